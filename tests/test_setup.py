"""Two commands on a fresh machine: what they do, what they say when something is missing."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
NEEDED = ("Makefile", "pyproject.toml", "package.json", "package-lock.json", "requirements", ".ci")


def plain_environment(**more: str) -> dict[str, str]:
    """Without what an outer make hands down."""
    handed = ("MAKE", "MFLAGS", "UTVAG_", "GNUMAKEFLAGS", "PORT", "WORKERS", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(handed)}
    return kept | more


def make(
    folder: Path, *arguments: str, shell: str = "make", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, *arguments],
        cwd=folder,
        env=plain_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """The files that set-up reads, on which nothing was set up."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    for name in NEEDED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def ready(fresh: Path) -> Path:
    """The same, set up before."""
    (fresh / ".venv/bin").mkdir(parents=True)
    (fresh / ".venv/bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (fresh / ".venv/bin/python").chmod(0o755)
    (fresh / "staff/static/vendor").mkdir(parents=True)
    (fresh / "staff/static/vendor/htmx.min.js").touch()
    (fresh / ".set-up").mkdir()
    for stamp in ("venv", "run", "test", "htmx"):
        (fresh / ".set-up" / stamp).touch()
    return fresh


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH that holds the shell's everyday tools, and neither Chromium nor apt-get."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for tool in ("sh", "bash", "make", "awk", "rm", "mkdir", "touch", "env", "dirname", "printf"):
        found = shutil.which(tool)
        assert found is not None, tool
        (folder / tool).symlink_to(found)
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


# The Makefile


def test_make_alone_says_what_can_be_made(ready: Path) -> None:
    said = make(ready).stdout
    for target in ("help", "demo", "test", "check", "pictures", "requirements", "clean"):
        assert re.search(rf"^  make {target} +\w", said, re.MULTILINE), target


def test_a_second_demo_starts_at_once(ready: Path) -> None:
    said = make(ready, "-n", "demo", "PORT=8123").stdout
    assert said.splitlines() == ["exec .venv/bin/utvag demo --port 8123"]


def test_a_first_demo_installs_what_runs_and_no_tests(fresh: Path) -> None:
    said = make(fresh, "-n", "demo").stdout
    assert "-m venv .venv" in said
    assert "--require-hashes -r requirements/run.txt" in said
    assert "npm" in said
    assert "test.txt" not in said


@pytest.mark.parametrize("changed", ["requirements/run.txt", "pyproject.toml"])
def test_changed_pins_are_installed_before_the_next_demo(ready: Path, changed: str) -> None:
    later = (ready / ".set-up/run").stat().st_mtime + 5
    os.utime(ready / changed, (later, later))
    assert "-r requirements/run.txt" in make(ready, "-n", "demo").stdout


def test_htmx_is_fetched_again_when_it_is_gone(ready: Path) -> None:
    (ready / "staff/static/vendor/htmx.min.js").unlink()
    assert "npm" in make(ready, "-n", "demo").stdout


def test_a_broken_environment_is_made_anew(ready: Path) -> None:
    program(ready / ".venv/bin", "python", "exit 1")
    said = make(ready, "-n", "demo").stdout
    assert "-m venv .venv" in said
    assert "-r requirements/run.txt" in said


def test_without_a_python_that_is_new_enough_it_says_what_to_do(
    fresh: Path, bare_path: Path
) -> None:
    program(bare_path, "python3", "exit 1")
    done = make(fresh, "demo", PATH=str(bare_path))
    assert done.returncode != 0
    assert "Install one, or name it: make PYTHON=" in done.stderr


def test_an_older_python_is_passed_over(fresh: Path, bare_path: Path) -> None:
    program(bare_path, "python3", "exit 1")
    program(bare_path, "python3.12", f'exec "{sys.executable}" "$@"')
    said = make(fresh, "-n", "demo", PATH=str(bare_path)).stdout
    assert '"python3.12" -m venv .venv' in said


def test_without_ensurepip_it_names_the_package_to_install(fresh: Path, bare_path: Path) -> None:
    refuses = f'case "$2" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"'
    program(bare_path, "python3", refuses)
    done = make(fresh, "demo", PATH=str(bare_path))
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr
    assert not (fresh / ".venv").exists()


def test_without_chromium_the_browser_tests_are_left_out_loudly(
    ready: Path, bare_path: Path
) -> None:
    said = make(ready, "-n", "test", PATH=str(bare_path)).stdout
    assert said.count("No Chromium was found") == 2
    assert '-m "not browser"' in said


def test_a_chromium_that_is_named_is_used(ready: Path, bare_path: Path) -> None:
    said = make(ready, "-n", "test", PATH=str(bare_path), UTVAG_CHROMIUM="/opt/chromium").stdout
    assert 'UTVAG_CHROMIUM="/opt/chromium" .venv/bin/pytest' in said
    assert "not browser" not in said


def test_where_the_browser_is_required_its_absence_fails_before_anything_runs(
    ready: Path, bare_path: Path
) -> None:
    done = make(ready, "test", PATH=str(bare_path), UTVAG_REQUIRE_BROWSER="1")
    assert done.returncode != 0
    assert "No Chromium was found" in done.stdout
    assert "ruff" not in done.stdout


@pytest.mark.parametrize("wrong", ["pytest", "mypy", "ruff", None])
def test_whatever_is_wrong_is_told_and_fails_though_it_runs_beside_the_rest(
    ready: Path, bare_path: Path, wrong: str | None
) -> None:
    for tool in ("ruff", "mypy", "lint-imports", "hadolint", "utvag", "pytest"):
        script = (
            f"echo {tool} found an error; exit 2" if tool == wrong else f"echo {tool} is content"
        )
        program(ready / ".venv/bin", tool, script)
    cat = shutil.which("cat")
    assert cat is not None
    (bare_path / "cat").symlink_to(cat)
    done = make(ready, "test", PATH=str(bare_path), UTVAG_CHROMIUM="/opt/chromium")
    assert (done.returncode != 0) is (wrong is not None)
    if wrong:
        assert f"{wrong} found an error" in done.stdout
    else:
        assert "mypy is content" in done.stdout


def test_clean_leaves_data_alone(ready: Path) -> None:
    for folder in ("data", "demo-data"):
        (ready / folder).mkdir()
    assert make(ready, "clean").returncode == 0
    left = {path.name for path in ready.iterdir()}
    assert {"data", "demo-data", "Makefile"} <= left
    assert not {".venv", ".set-up"} & left


# .ci/run


def ci(folder: Path, path: Path) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run it with tools that only note how they were called."""
    told = path / "told"
    for name in ("make", "apt-get"):
        (path / name).unlink(missing_ok=True)
        program(path, name, f'echo "{name} $* [$UTVAG_REQUIRE_BROWSER $UTVAG_DRAWS]" >> "{told}"')
    done = make(folder, ".ci/run", shell=str(path / "bash"), PATH=str(path))
    return done, told.read_text().splitlines() if told.exists() else []


def test_ci_runs_make_test_requires_the_browser_and_draws_the_same_every_time(
    fresh: Path, bare_path: Path
) -> None:
    program(bare_path, "python3", "exit 0")
    program(bare_path, "chromium", "exit 0")
    done, told = ci(fresh, bare_path)
    assert done.returncode == 0, done.stderr
    assert told == ["make --no-print-directory test [1 same]"]


def test_ci_installs_what_a_bare_machine_lacks_after_updating_the_lists(
    fresh: Path, bare_path: Path
) -> None:
    program(bare_path, "python3", "exit 1")
    done, told = ci(fresh, bare_path)
    assert done.returncode == 0, done.stderr
    update, install, test = told
    assert update.startswith("apt-get update")
    assert "--no-install-recommends python3 python3-venv chromium" in install
    assert test == "make --no-print-directory test [1 same]"


# The pins


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements" / f"{name}.txt").read_text("utf-8")))


@pytest.mark.parametrize("name", ["run", "test", "node", "compile"])
def test_every_pin_has_a_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    blocks = re.split(r"\n(?=[a-z])", text)[1:]
    assert len(blocks) == len(pins(name)) > 0
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_tests_run_on_the_versions_that_the_line_runs_on() -> None:
    assert pins("run").items() <= pins("test").items()


def test_every_dependency_is_pinned() -> None:
    def bare(names: list[str]) -> set[str]:
        return {re.split(r"[\[<>=;~! ]", name)[0].lower() for name in names}

    extras = PROJECT["optional-dependencies"]
    assert bare(PROJECT["dependencies"] + extras["build"]) <= pins("run").keys()
    assert bare(extras["test"]) <= pins("test").keys()


def test_htmx_is_one_version_with_an_integrity_hash_and_without_a_host() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]["htmx.org"]
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    (name,) = (key for key in lock if key)
    assert lock[name]["version"] == wanted
    assert lock[name]["integrity"].startswith("sha512-")
    assert "resolved" not in lock[name]
