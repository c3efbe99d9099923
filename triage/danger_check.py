"""Is a file of danger signs fit to be used? What a counsellor edited is told with its line."""

from triage.danger_rules import compile_rules
from triage.script import Finding, ScriptError


def is_about_danger(source: str) -> bool:
    """Whether a file holds danger signs, not questions."""
    tops = {line.split(":")[0] for line in source.splitlines() if line[:1].isalpha()}
    return "script" not in tops and "danger" in tops


def danger_findings(source: str) -> list[Finding]:
    """Every mistake in it, in the order of its lines; none when it can be used."""
    try:
        compile_rules(source)
    except ScriptError as error:
        return list(error.findings)
    return []
