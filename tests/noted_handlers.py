"""Which handlers write, and which of them write down who did it? Read from their source."""

import ast
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOTE = "storage.audit.note"


@cache
def _calls() -> dict[str, set[str]]:
    """By function of handlers and storage: what it calls of theirs; "write" for a transaction."""
    found: dict[str, set[str]] = {}
    for folder in ("handlers", "storage"):
        for path in sorted((ROOT / folder).glob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            here = f"{folder}.{path.stem}"
            names = dict(_imported(tree))
            own = {node.name for node in tree.body if _is_function(node)}  # type: ignore[attr-defined] # a function has a name
            names |= {name: f"{here}.{name}" for name in own}
            for node in tree.body:
                for function, at in _functions(node, here):
                    found[at] = set(_called(function, names))
    return found


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _functions(node: ast.AST, here: str) -> Iterator[tuple[ast.AST, str]]:
    if _is_function(node):
        yield node, f"{here}.{node.name}"  # type: ignore[attr-defined] # a function has a name
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            yield from _functions(inner, f"{here}.{node.name}")


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in {
            "handlers",
            "storage",
        }:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _called(function: ast.AST, names: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case ast.Call(ast.Attribute(ast.Attribute(_, "db"), "write")):
                yield "write"
            case ast.Name(name) if name in names:
                yield names[name]
            case ast.Attribute(ast.Name(module), name) if module in names:
                yield f"{names[module]}.{name}"


def writers() -> set[str]:
    """Every function of a handler that begins a transaction to write."""
    calls = _calls()
    return {
        name.removeprefix("handlers.")
        for name, called in calls.items()
        if name.startswith("handlers.") and "write" in called
    }


def notes(name: str) -> bool:
    """Whether it writes down who did it, by itself or by what it calls."""
    return reaches(name, {NOTE})


def reaches(name: str, wanted: Collection[str]) -> bool:
    """Whether one of these is called, by itself or by what it calls."""
    calls, seen, left = _calls(), set[str](), [f"handlers.{name}"]
    while left:
        one = left.pop()
        if one in wanted:
            return True
        if one not in seen:
            seen.add(one)
            left += calls.get(one, ())
    return False
