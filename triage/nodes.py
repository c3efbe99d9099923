"""How is YAML read so that every finding has its line? (YAML 1.2: yes, no, on, off are words.)

Every scalar is a text; nothing is ever constructed from a tag. Anchors, aliases, tags, deep nesting
and duplicate keys are findings, so a file cannot grow when it is read.
"""

from collections.abc import Iterator

import yaml

from triage.script import Finding, ScriptError

MAX_LENGTH = 200_000
"""Characters; the shipped script has about a tenth of it."""

MAX_DEPTH = 12

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""The same rules; the first takes a tenth of the time."""


class Findings:
    """Collects what is found while a file is read."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def error(self, where: yaml.Node | int, message: str) -> None:
        """Note an error at a node or a line."""
        line = where if isinstance(where, int) else line_of(where)
        self.all.append(Finding(line, "error", message))

    def stop_if_any(self) -> None:
        """Raise ScriptError with everything found so far, in the order of the file."""
        if self.all:
            raise ScriptError(tuple(sorted(self.all, key=lambda finding: finding.line)))


def line_of(node: yaml.Node) -> int:
    """The line on which a node begins, counted from 1."""
    return int(node.start_mark.line) + 1


def compose(source: str) -> yaml.MappingNode:
    """The file's outermost mapping. Raises ScriptError."""
    findings = Findings()
    if len(source) > MAX_LENGTH:
        findings.error(1, f"the file is longer than {MAX_LENGTH} characters")
        findings.stop_if_any()
    try:
        _refuse_tricks(source, findings)
        findings.stop_if_any()
        root = yaml.compose(source, Loader=_LOADER)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = getattr(wrong, "problem", None) or getattr(wrong, "reason", None) or "no YAML"
        raise ScriptError((Finding(line, "error", f"not readable: {problem}"),)) from wrong
    if not isinstance(root, yaml.MappingNode):
        raise ScriptError((Finding(1, "error", "the file must be a mapping"),))
    return root


def _refuse_tricks(source: str, findings: Findings) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if getattr(event, "anchor", None) is not None:
            findings.error(line, "anchors and aliases are not allowed")
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            findings.error(line, "tags are not allowed")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            findings.error(line, f"nested deeper than {MAX_DEPTH}")
            return


def entries(node: yaml.Node, what: str, findings: Findings) -> Iterator[tuple[str, yaml.Node]]:
    """The keys and values of a mapping; a duplicate key is an error and its value left out."""
    if not isinstance(node, yaml.MappingNode):
        findings.error(node, f"{what} must be a mapping")
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = text(key, f"a key of {what}", findings)
        if name in seen:
            findings.error(key, f"{what}: {name!r} stands twice")
        else:
            seen.add(name)
            yield name, value


def fields(
    node: yaml.Node, what: str, known: str, findings: Findings, required: str = ""
) -> dict[str, yaml.Node]:
    """The entries of a mapping whose keys must be among the words of `known`."""
    found: dict[str, yaml.Node] = {}
    for name, value in entries(node, what, findings):
        if name in known.split():
            found[name] = value
        else:
            findings.error(value, f"{what}: {name!r} is not known here")
    for name in required.split():
        if name not in found:
            findings.error(node, f"{what} needs {name!r}")
    return found


def text(node: yaml.Node | None, what: str, findings: Findings) -> str:
    """A scalar as it is written; anything else is an error and reads as empty."""
    if node is None:
        return ""
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    findings.error(node, f"{what} must be a text")
    return ""


def items(node: yaml.Node | None, what: str, findings: Findings) -> list[yaml.Node]:
    """The nodes of a list; a single scalar counts as a list of one."""
    if node is None:
        return []
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if isinstance(node, yaml.ScalarNode):
        return [node]
    findings.error(node, f"{what} must be a list")
    return []


def texts(node: yaml.Node | None, what: str, findings: Findings) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(text(item, what, findings) for item in items(node, what, findings))
