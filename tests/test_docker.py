"""The image, without a Docker engine: its file is linted, its steps are taken in a folder."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

from utvag.settings import load

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "setuptools"
]["packages"]
VENDORED = ("htmx.min.js", "ext/hx-sse.min.js", "ext/hx-csp.min.js")


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "UTVAG_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=plain | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name}\s+(.+)$", joined, re.MULTILINE)


def test_the_dockerfile_has_no_finding() -> None:
    run(Path(sys.executable).parent / "hadolint", "Dockerfile", folder=ROOT)


def test_the_image_runs_without_root_and_keeps_its_state_in_one_volume() -> None:
    assert instructions("USER") == ["10001"]
    assert instructions("VOLUME") == ["/data"]
    assert "UTVAG_DATA_DIR=/data" in instructions("ENV")[0]


def test_the_image_has_the_programs_of_the_postgresql_that_compose_runs() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    version = services["database"]["image"].partition(":")[2]
    assert f" postgresql-client-{version} " in " ".join(instructions("RUN")) + " "


def test_the_image_migrates_before_it_serves_and_passes_a_command_on(tmp_path: Path) -> None:
    entry = json.loads(instructions("ENTRYPOINT")[0])
    told = tmp_path / "told"
    program = tmp_path / "utvag"
    program.write_text(f'#!/bin/sh\necho "$*" >> {shlex.quote(str(told))}\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    run(*entry, folder=tmp_path, PATH=path)
    assert told.read_text().splitlines() == ["migrate", "serve --host 0.0.0.0 --port 8000"]
    told.unlink()
    run(*entry, "staff", "invite", "Alva", folder=tmp_path, PATH=path)
    assert told.read_text().splitlines() == ["staff invite Alva"]


def test_the_image_does_not_serve_what_could_not_be_migrated(tmp_path: Path) -> None:
    entry = json.loads(instructions("ENTRYPOINT")[0])
    program = tmp_path / "utvag"
    program.write_text('#!/bin/sh\necho "$1" >> told\n[ "$1" != migrate ]\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(entry, cwd=tmp_path, env={"PATH": path}, check=False)
    assert done.returncode == 1
    assert (tmp_path / "told").read_text().split() == ["migrate"]


def test_the_build_sees_all_packages_and_neither_data_nor_secrets() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    assert {name for name in PACKAGES if "." not in name} <= allowed
    for copied in " ".join(instructions("COPY")).split():
        if (ROOT / copied).is_file():
            assert copied in allowed, copied
    assert not any(fnmatch.fnmatch(kept, "*data*") or kept == "secrets" for kept in allowed)


def test_compose_keeps_secrets_in_files_and_the_root_file_system_read_only() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    line = services["utvag"]
    assert line["read_only"] is True
    assert all(port.startswith("127.0.0.1:") for port in line["ports"])
    assert "ports" not in services["database"]
    secret = {n for n in line["environment"] if re.search("KEY|TOKEN|DATABASE_URL", n)}
    assert secret
    assert all(name.endswith("_FILE") for name in secret)


COMPOSED = re.compile(r"\$\{(\w+)(?:(:[-+?])([^}]*))?\}")
"""Source: https://docs.docker.com/reference/compose-file/interpolation/"""


def composed(given: dict[str, str]) -> dict[str, str]:
    """The line's environment, as compose fills it in."""

    def filled(found: re.Match[str]) -> str:
        value, how, other = given.get(found[1], ""), found[2], found[3]
        return {":-": value or other, ":+": other if value else ""}.get(how, value)

    line = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["utvag"]
    return {name: COMPOSED.sub(filled, str(text)) for name, text in line["environment"].items()}


@pytest.mark.parametrize(("mode", "is_on"), [("", False), ("polling", True), ("webhook", True)])
def test_compose_turns_telegram_on_by_its_mode_alone(
    tmp_path: Path, mode: str, is_on: bool
) -> None:
    asked = {
        "UTVAG_PUBLIC_URL": "https://line.example.org",
        "UTVAG_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "UTVAG_TELEGRAM_MODE": mode,
    }
    texts = {
        "database_url": "postgresql+asyncpg://utvag:x@database/utvag",
        "secret_key": "x" * 48,
        "twilio_auth_token": "x" * 32,
        "telegram_token": f"7100000001:{'x' * 35}" if mode else "",
        "telegram_webhook_secret": "x" * 48,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = {n: v.replace("/run/secrets", str(tmp_path)) for n, v in composed(asked).items()}
    assert load(found).telegram_is_on is is_on
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    assert set(services["services"]["utvag"]["secrets"]) == set(texts)
    assert set(texts) < set(services["secrets"])
    for name in set(texts) - {"twilio_auth_token"}:
        assert f'"{name}":' in (ROOT / "README.md").read_text("utf-8")


IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    assert "site-packages" in package.__file__, package.__file__
    for module in pkgutil.iter_modules(package.__path__, name + "."):
        if module.name.rpartition(".")[2] not in ("__main__", "env"):
            importlib.import_module(module.name)
"""
"""A program's own entry and Alembic's environment run when they are imported."""


# The steps of the image, in a plain virtual environment


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `COPY . .` brings, with files in the places of the htmx stage."""
    folder = tmp_path_factory.mktemp("image") / "source"
    unwanted = shutil.ignore_patterns("__pycache__", "vendor", "*.egg-info")
    for package in (name for name in PACKAGES if "." not in name):
        shutil.copytree(ROOT / package, folder / package, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in VENDORED:
        place = folder / "staff/static/vendor" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("/* htmx */")
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--no-index", "--wheel-dir", source.parent, ".", folder=source)
    (found,) = source.parent.glob("utvag-*.whl")
    return found


@pytest.fixture
def image(wheel: Path) -> Path:
    """A virtual environment with requirements/run.txt and the wheel, and nothing else."""
    folder = wheel.parent / "venv"
    venv.create(folder)
    pip = (sys.executable, "-m", "pip", "--python", folder, "install", "--quiet", "--no-compile")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements/run.txt", folder=wheel.parent)
    run(*pip, "--no-deps", "--no-index", wheel, folder=wheel.parent)
    return folder


def test_the_wheel_holds_every_file_of_every_package(source: Path, wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(source).as_posix()
        for package in {name.partition(".")[0] for name in PACKAGES}
        for path in (source / package).rglob("*")
        if path.is_file() and path.suffix != ".mako"
    }
    assert wanted - packed == set()
    for name in ("templates/queue.html", *(f"static/vendor/{each}" for each in VENDORED)):
        assert f"staff/{name}" in packed
    assert "triage/scripts/exit.yaml" in packed
    assert any(name.startswith("storage/migrations/versions/m0001") for name in packed)


@pytest.mark.timeout(300)
def test_what_is_pinned_for_running_is_enough_to_run(image: Path, tmp_path: Path) -> None:
    utvag = image / "bin/utvag"
    assert "migrate" in run(utvag, "--help", folder=tmp_path)
    assert "nothing to mend" in run(utvag, "script", "check", folder=tmp_path)
    settings = {
        "UTVAG_DATA_DIR": str(tmp_path / "data"),
        "UTVAG_SECRET_KEY": "forty characters that only a test would use",
        "UTVAG_PUBLIC_URL": "https://utvag.example.org",
    }
    assert "up to date" in run(utvag, "migrate", folder=tmp_path, **settings)
    run(utvag, "line", "add", "+46701740605", "--name", "Card", folder=tmp_path, **settings)
    link = run(utvag, "staff", "invite", "Alva", folder=tmp_path, **settings)
    assert link.startswith("https://utvag.example.org/join/")
    run(image / "bin/python", "-c", IMPORT_ALL, *PACKAGES, folder=tmp_path)
