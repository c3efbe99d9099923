"""A line is a card's number with its name, its languages and its script."""

import asyncio

import pytest

from handlers.add_line import add_line, all_lines
from handlers.errors import BadInput
from handlers.house import House
from tests.branches import branches

NUMBER = "+46701740605"


async def test_lines_are_listed_in_the_order_in_which_they_were_added(house: House) -> None:
    await add_line(house, "+46 70 174 06 06", " Card B ", ("en",), "exit", provider_stops=True)
    await add_line(house, NUMBER, "Card A", ("sv", "en"), "exit")
    first, second = await all_lines(house)
    assert (first.address, first.name, first.languages) == ("+46701740606", "Card B", ("en",))
    assert (first.provider_stops, second.provider_stops) == (True, False)
    assert (second.address, second.script) == (NUMBER, "exit")


@pytest.mark.parametrize(
    ("number", "name", "languages", "script", "field", "problem"),
    [
        ("0701740605", "Card", ("sv",), "exit", "number", "not_e164"),
        ("+46", "Card", ("sv",), "exit", "number", "not_e164"),
        ("nummer", "Card", ("sv",), "exit", "number", "not_e164"),
        (NUMBER, " ", ("sv",), "exit", "name", "empty"),
        (NUMBER, "Card", ("sv",), "nope", "script", "unknown"),
        (NUMBER, "Card", ("sv", "xx"), "exit", "languages", "not_in_script"),
        (NUMBER, "Card", (), "exit", "languages", "not_in_script"),
    ],
)
async def test_a_line_that_could_not_work_is_refused_by_its_field(
    house: House,
    number: str,
    name: str,
    languages: tuple[str, ...],
    script: str,
    field: str,
    problem: str,
) -> None:
    with pytest.raises(BadInput) as told:
        await add_line(house, number, name, languages, script)
    assert (told.value.field, told.value.problem) == (field, problem)
    assert await all_lines(house) == []


async def test_a_number_has_one_line_also_when_two_add_it_at_once(
    house: House, database_url: str
) -> None:
    async with branches(house, database_url, 2) as houses:
        results = await asyncio.gather(
            *(add_line(h, NUMBER, "Card", ("sv",), "exit") for h in houses),
            return_exceptions=True,
        )
    refused = [result for result in results if isinstance(result, BadInput)]
    assert [error.problem for error in refused] == ["taken"]
    assert len(await all_lines(house)) == 1
