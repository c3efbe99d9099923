import re

from handlers import shipped
from triage.graph import mermaid
from triage.loader import load

SCRIPT = shipped.script("exit")


def test_every_step_and_every_answer_is_drawn() -> None:
    drawn = mermaid(SCRIPT, "sv")
    nodes = set(re.findall(r"^(s_\w+)[\[(]", drawn, re.MULTILINE))
    arrows = re.findall(r"^(s_\w+) -(?:- \"[^\"]*\" -)?-> (s_\w+)$", drawn, re.MULTILINE)
    assert len(nodes) == len(SCRIPT.steps)
    assert {end for arrow in arrows for end in arrow} <= nodes
    assert drawn.startswith("flowchart TD\n")
    assert '-- "1 ja (P1)" -->' in drawn
    assert '-- "2 nej (inte säkert)" -->' in drawn
    assert '-- "1 under 18 (P2, under_18)" -->' in drawn


def test_it_is_drawn_in_the_language_asked_for() -> None:
    assert "Is it safe to text now?" in mermaid(SCRIPT, "en")
    assert "a human takes over" in mermaid(SCRIPT, "en")
    assert mermaid(SCRIPT, "xx") == mermaid(SCRIPT, "sv")


def test_no_text_breaks_out_of_its_box() -> None:
    source = shipped.source("exit").replace("Skriv när det passar dig.", 'Skriv \\"]; <b> # & nu.')
    drawn = mermaid(load(source), "sv")
    assert "Skriv #quot;]; #lt;b#gt; #35; #amp; nu." in drawn
