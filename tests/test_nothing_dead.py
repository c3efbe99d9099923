"""What nobody uses is not kept: names at the top of a module, templates, classes of a style sheet.

Words have a test of their own (`test_staff_words.py`).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_house import OURS, ROOT, named, texts, trees

FOR_TESTS = {
    "domain.retention.USUAL": "what holds until somebody decides, as a whole",
    "handlers.shipped.script": "the line reads its scripts out of the database",
    "simulator.listening.Listener": "a line that only listens, for who tests against the simulator",
    "simulator.serving.running": "the simulator in the process of a test",
    "staff.visit.SESSION_COOKIE": "how a browser is signed in without a passphrase",
    "storage.backup_scope.KEPT": "the tables of a back-up: each must be in it or left out",
    "storage.messages.by_ids": "messages that the desk shows by conversation",
}
"""Used by tests alone, and why all the same."""

COMMAND = re.compile(r"\b(command|callback)\(")
SHEETS = sorted(ROOT.glob("*/static/*.css"))
PAGES = [path for path in sorted(ROOT.glob("*/templates/*")) if path.suffix == ".html"]


def sources(package: str) -> str:
    return "\n".join(
        text
        for suffix in (".py", ".html", ".js")
        for name, text in texts(suffix)
        if name.startswith(f"{package}/") and "/vendor/" not in name
    )


# Names


def defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not any(COMMAND.search(ast.unparse(one)) for one in node.decorator_list):
                yield node.name
        elif isinstance(node, ast.Assign):
            yield from (one.id for one in node.targets if isinstance(one, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def used(module: str, tree: ast.Module, modules: set[str]) -> Iterator[str]:
    """Every name of a module of ours that this one uses, by the module's."""
    called: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in modules:
            yield from (f"{node.module}.{one.name}" for one in node.names)
        if isinstance(node, ast.ImportFrom):
            called |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield f"{module}.{node.id}"
        elif isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Constant):
            yield from (f"{module}.{one}" for one in re.findall(r"\w+", str(node.annotation.value)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{called.get(node.value.id)}.{node.attr}"


def test_every_name_is_used_by_more_than_its_tests() -> None:
    here = {
        name.removesuffix(".py").replace("/", "."): tree
        for name, tree in trees(*OURS)
        if "/versions/" not in name
    }
    found = {name for module, tree in here.items() for name in used(module, tree, set(here))}
    known = {f"{m}.{name}" for m, tree in here.items() for name in defined(tree)}
    dead = {name for name in known - found if not name.endswith(".__all__")}
    assert sorted(dead - FOR_TESTS.keys()) == []
    assert sorted(FOR_TESTS.keys() - dead) == [], "used after all, or gone"


# Templates and style sheets


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_template_is_shown_by_something(page: Path) -> None:
    package = named(page).partition("/")[0]
    by_kind = f'"{page.stem}"' in (ROOT / "staff/thread_view.py").read_text("utf-8")
    assert by_kind or f'"{page.name}"' in sources(package)


@pytest.mark.parametrize("sheet", SHEETS, ids=named)
def test_every_class_of_a_style_sheet_is_given_to_something(sheet: Path) -> None:
    source = sources(named(sheet).partition("/")[0])
    bare = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    classes = set(re.findall(r"\.([A-Za-z][\w-]*)", bare))
    given = set(re.findall(r"[A-Za-z][\w-]*", source))
    coded = [
        rf"{family}\w+" if family.endswith("-") else rf"{family}\d+"
        for family in re.findall(r"([A-Za-z][\w-]*)\{\{", source)
    ]
    dead = {one for one in classes - given if not any(re.fullmatch(code, one) for code in coded)}
    assert sorted(dead) == []
