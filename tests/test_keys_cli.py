"""`utvag keys …`: what the command line says and does."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import passphrase as words
from handlers.house import House
from handlers.rekey import rekey
from handlers.rewrap_keys import rewrap_keys
from handlers.rotate_keys import AskedToRestart, rotate_keys
from handlers.sign_in import sign_in, whose_session
from handlers.verify_audit import Broken, export_audit, verify_audit
from storage import member_keys, members
from storage.encryption import Wrapper, WrongSecretKey
from storage.generation_use import HELD
from storage.known_keys import ASKS, KeysOfAnother
from storage.opening import open_database
from storage.pairs import new_pair
from tests.command import told
from tests.process import Machines, machines
from tests.test_keys_rotated import HERE, exchanged, rotated, there
from tests.world import SECRET, World
from utvag.doctor_keys import examine_keys

LATER = "the secret of forty characters of after."
PHRASE = "en lång mening som ingen gissar"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path) as made:
        yield made


def test_rotate_begins_one_and_says_when_it_was_begun_already(made: Machines) -> None:
    assert "Generation 2 seals from" in made.utvag("keys", "rotate")
    assert "has just begun: generation 2" in made.utvag("keys", "rotate")
    listed = json.loads(made.utvag("keys", "list", "--json"))
    states = {(one["purpose"], one["generation"]): one["state"] for one in listed}
    assert states["text", 1] == "seals"
    assert states["text", 2] == states["index", 2] == states["pepper", 2] == "coming"
    assert ("push", 2) not in states
    assert "text 2" in made.utvag("keys", "list")
    acts = [json.loads(row) for row in made.utvag("audit", "export").splitlines()]
    assert [one["detail"] for one in acts if one["act"] == "keys_rotated"] == ["2"]
    assert "each as it was written" in made.utvag("audit", "verify")


def test_rewrap_changes_the_secret_and_nothing_else(made: Machines) -> None:
    after = made.settings | {"secret_key": LATER}
    assert told(after, "line", "list").exit_code == 1
    wrong = told(after | {"old_secret_key": LATER.replace("after", "other")}, "keys", "rewrap")
    assert wrong.exit_code == 1
    assert "Neither of the two" in wrong.output
    done = told(after | {"old_secret_key": SECRET}, "keys", "rewrap")
    assert done.exit_code == 0, done.output
    assert told(after, "line", "list").exit_code == 0
    assert told(made.settings, "line", "list").exit_code == 1
    refused = told(after, "keys", "rotate")
    assert (refused.exit_code, "--restarted" in refused.output) == (1, True)
    assert told(after, "keys", "rotate", "--restarted").exit_code == 0
    again = told(after | {"old_secret_key": SECRET}, "keys", "rewrap")
    assert again.exit_code == 0, "it may have been killed behind it"
    assert SECRET not in done.output + again.output + wrong.output
    assert LATER not in done.output + again.output + wrong.output


def test_rewrap_asks_for_the_old_secret_and_refuses_the_same(made: Machines) -> None:
    after = made.settings | {"secret_key": LATER}
    assert "UTVAG_OLD_SECRET_KEY" in told(after, "keys", "rewrap").output
    same = told(made.settings | {"old_secret_key": SECRET}, "keys", "rewrap")
    assert (same.exit_code, "are the same" in same.output) == (1, True)


async def test_a_process_with_the_old_secret_goes_on_and_takes_nothing_under_keys_it_cannot_know(
    world: World, twin: House, database_url: str
) -> None:
    await rewrap_keys(world.house, LATER)
    world.clock.advance(seconds=ASKS.total_seconds())
    async with twin.db.write() as tx:
        assert await members.every(tx)
    with pytest.raises(WrongSecretKey):
        await rotate_keys(twin, restarted=True)
    world.house.db.wrapper = Wrapper(LATER)
    with pytest.raises(AskedToRestart):
        await rotate_keys(world.house)
    await rotate_keys(world.house, restarted=True)
    world.clock.advance(seconds=ASKS.total_seconds())
    with pytest.raises(KeysOfAnother):
        async with twin.db.write():
            pytest.fail("it would write by keys that may be gone")
    assert not await twin.db.is_ready()
    restarted = await open_database(database_url, LATER, world.clock.now())
    await restarted.close()


async def test_of_two_who_wrap_the_keys_anew_one_does(world: World, twin: House) -> None:
    other = LATER.replace("after", "other")
    pair = (rewrap_keys(world.house, LATER), rewrap_keys(twin, other))
    done = await asyncio.gather(*pair, return_exceptions=True)
    assert [type(one) for one in done if one is not True] == [WrongSecretKey]


async def test_a_pepper_stays_until_everybody_has_signed_in(world: World) -> None:
    recipe = words.new_recipe(world.house.db.keys)
    secret = await words.key_of(world.house.db.keys, PHRASE, recipe)
    async with world.house.db.write() as tx:
        key = member_keys.first(world.counsellor.id, new_pair())
        await member_keys.keep(tx, key, world.clock.now())
        await member_keys.wrap_by_passphrase(tx, key, recipe, secret, world.clock.now())
        await members.forget_hash(tx, world.counsellor.id)
    await rotated(world)
    await exchanged(world.house, world)
    world.clock.advance(seconds=HELD.total_seconds())
    await exchanged(world.house, world)
    assert (await there(world.house, "text"), await there(world.house, "pepper")) == ([2], [1, 2])
    said = [finding.line for finding in await examine_keys(world.house)]
    assert any("pepper 1 (waits for Alva to sign in)" in line for line in said), said
    token = await sign_in(world.house, "Alva", PHRASE, source="127.0.0.1")
    held = await whose_session(world.house, token)
    assert held is not None
    assert held.key is not None
    while await rekey(world.house, HERE):
        pass
    assert await there(world.house, "pepper") == [2]
    again = await sign_in(world.house, "Alva", PHRASE, source="127.0.0.1")
    assert await whose_session(world.house, again)


async def test_what_was_written_down_is_verified_after_the_keys_were_replaced(
    world: World,
) -> None:
    await rotated(world)
    await exchanged(world.house, world)
    world.clock.advance(seconds=HELD.total_seconds())
    await exchanged(world.house, world)
    assert not isinstance(await verify_audit(world.house), Broken)
    noted = [(row["act"], row["detail"]) for row in await export_audit(world.house)]
    assert ("keys_rotated", "2") in noted
    assert {("key_destroyed", "text 1"), ("key_destroyed", "address 1")} <= set(noted)
