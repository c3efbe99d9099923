"""The house's rules: which way things depend, where everything lies, what no file may hold."""

import ast
import configparser
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["setuptools"]["packages"]
OURS = sorted({name.partition(".")[0] for name in PACKAGES})

LONGEST = 350
GENERATED = "storage/migrations/versions/"
OUTERMOST = {
    "bot/polling.py": "one round, and one update of it: told, tried again, given up in the end",
    "handlers/step_triage.py": "one conversation's questions: an error hands them to a human",
    "utvag/app.py": "one request, and the page that says so: answered 500 with an id",
    "utvag/loops.py": "one round of a loop: counted, logged, tried again",
    "utvag/postman.py": "one letter's way: counted, logged, settled later",
}
"""What may go wrong in ways that nobody foresaw without taking its neighbours along."""

NO_SENDER = {"__init__", "media", "opted_out", "sender", "window"}
"""The protocols and tables of error codes: what handlers may know of senders."""

IGNORED = {
    line.strip("/\n") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines() if line
}


def files(suffix: str = "") -> Iterator[Path]:
    """Every file that belongs to the repository, without asking git."""
    for folder, inner, names in os.walk(ROOT):
        here = Path(folder)
        inner[:] = [name for name in inner if not _ignored(here / name)]
        yield from (
            here / name for name in names if name.endswith(suffix) and not _ignored(here / name)
        )


def _ignored(path: Path) -> bool:
    inside = path.relative_to(ROOT).as_posix()
    if path.name == ".git" or path.name in IGNORED or inside in IGNORED:
        return True
    return any(path.match(pattern) for pattern in IGNORED if "*" in pattern)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts(suffix: str = "") -> Iterator[tuple[str, str]]:
    for path in files(suffix):
        content = path.read_bytes()
        if b"\0" not in content:
            yield named(path), content.decode("utf-8")


def trees(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for name, text in texts(".py"):
        if name.partition("/")[0] in packages:
            yield name, ast.parse(text)


# Which way things depend


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_edges_know_handlers_handlers_know_storage_and_everyone_knows_domain() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout
    assert re.search(r"Contracts: 8 kept, 0 broken", result.stdout), result.stdout


@pytest.fixture
def astray(tmp_path: Path) -> Path:
    """A copy of the house in which each contract is broken once."""
    for package in OURS:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for module, unwanted in (
        ("domain/gate.py", "storage"),
        ("staff/app.py", "senders"),
        ("handlers/house.py", "fastapi"),
        ("triage/engine.py", "time"),
        ("handlers/send.py", "senders.twilio"),
        ("simulator/app.py", "domain"),
        ("utvag/app.py", "simulator"),
        ("bot/__init__.py", "webhooks"),
    ):
        with (tmp_path / module).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {unwanted}\n")
    return tmp_path


def test_every_contract_notices_when_it_is_broken(astray: Path) -> None:
    result = lint_imports(astray)
    assert result.returncode == 1
    assert "Contracts: 0 kept, 8 broken" in result.stdout, result.stdout


def test_no_package_is_left_out_of_the_contracts() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", "utf-8")
    assert contracts["importlinter"]["root_packages"].split() == OURS
    simulator = contracts["importlinter:contract:simulator"]["forbidden_modules"].split()
    assert sorted([*simulator, "simulator"]) == OURS
    outside = contracts["importlinter:contract:outside"]["source_modules"].split()
    assert sorted([*outside, "simulator"]) == OURS


def test_no_sender_is_left_out_of_the_contract_that_hides_senders_from_handlers() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", "utf-8")
    hidden = contracts["importlinter:contract:protocol"]["forbidden_modules"].split()
    senders = {path.stem for path in (ROOT / "senders").glob("*.py")} - NO_SENDER
    assert set(hidden) == {f"senders.{name}" for name in senders}


# Where everything lies


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_with_a_common_name_is_the_one_of_this_repository(package: str) -> None:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    assert Path(found.origin) == ROOT / package.replace(".", "/") / "__init__.py"


def test_every_folder_of_modules_is_listed_for_the_wheel() -> None:
    folders = {
        named(path.parent).replace("/", ".")
        for path in files(".py")
        if named(path).partition("/")[0] in OURS
    }
    assert folders == set(PACKAGES)


def test_no_folder_of_tests_shadows_a_package() -> None:
    inside = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert not inside & set(OURS)


# What no file may hold


def test_no_file_names_a_registry_or_an_index() -> None:
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com")
    more = (
        "js" + "delivr",
        "un" + "pkg",
        "ghcr" + ".io",
        "quay" + ".io",
        "docker" + ".io",
        "gcr" + ".io",
    )
    options = ("--index" + "-url", "--extra-index" + "-url", "--find" + "-links")
    pattern = re.compile("|".join(re.escape(each) for each in (*hosts, *more, *options)))
    found = [f"{name}: {m.group()}" for name, text in texts() for m in pattern.finditer(text)]
    assert not found


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    pattern = re.compile(r"(?<![\w.)\]}>/-])/(?:root|home|work|Users|mnt)/\w+")
    found = [
        f"{name}: {m.group()}"
        for name, text in texts()
        if name != named(Path(__file__))
        for m in pattern.finditer(text)
    ]
    assert not found


def test_whoever_silences_a_tool_says_why() -> None:
    silenced = re.compile(r"# (?:noqa|type: ignore|pragma: no cover|pyright: ignore)")
    reasoned = re.compile(
        r"# (?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)* - \w+|type: ignore\[[\w, -]+\] # \w+)"
    )
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts(".py")
        if name != named(Path(__file__))
        for number, line in enumerate(text.splitlines(), 1)
        if silenced.search(line) and not reasoned.search(line)
    ]
    assert not found


def test_a_file_is_short_enough_to_answer_one_question() -> None:
    lengths = {name: text.count("\n") for name, text in texts(".py")}
    long = {
        name: lines
        for name, lines in lengths.items()
        if lines > LONGEST and not name.startswith(GENERATED)
    }
    assert not long


def test_only_the_outermost_loops_catch_everything() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in trees(*OURS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _catches_all(node) and not _raises_on(node)
    ]
    assert {place.partition(":")[0] for place in found} == set(OUTERMOST), found


def _catches_all(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(e, ast.Name) and e.id in {"Exception", "BaseException"} for e in caught)


def _raises_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_only_utvag_reads_the_clock() -> None:
    """The simulator is a program of its own and has a clock of its own."""
    found = [
        f"{name}:{place}"
        for name, tree in trees(*(set(OURS) - {"utvag", "simulator"}))
        for place in _clocks(tree)
    ]
    assert not found


def test_utvag_reads_the_clock_in_one_place() -> None:
    assert {name for name, tree in trees("utvag") if list(_clocks(tree))} == {"utvag/clock.py"}


def _clocks(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name("datetime" | "date" | "func"), "now" | "utcnow" | "today"):
                yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.Attribute(_, "current_timestamp" | "CURRENT_TIMESTAMP"):
                yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.Import(names) if any(each.name == "time" for each in names):
                yield f"{node.lineno}: import time"
            case ast.ImportFrom("time"):
                yield f"{node.lineno}: from time"
