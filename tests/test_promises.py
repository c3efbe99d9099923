"""docs/promises.md names tests; each of them exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROMISES = (ROOT / "docs" / "promises.md").read_text("utf-8")


def test_every_test_that_a_promise_names_exists() -> None:
    named = re.findall(r"`((?:browser/)?test_\w+\.py)(?:::(test_\w+))?`", PROMISES)
    assert len(named) > 20
    for file, name in named:
        source = (ROOT / "tests" / file).read_text("utf-8")
        assert f"def {name}(" in source if name else "def test_" in source, (file, name)


def test_every_promise_of_the_design_has_a_test() -> None:
    chapters = re.split(r"^## ", PROMISES, flags=re.MULTILINE)[1:]
    assert [chapter[0] for chapter in chapters] == list("123456")
    assert all("`test_" in chapter for chapter in chapters)
