"""Whatever staff change is written down with who did it, or a table says why it is not."""

import ast
from datetime import time
from uuid import UUID, uuid4

import pytest

from domain.access import Role
from domain.block import Lasts, Reason
from domain.ceiling import Limits
from domain.contact_rules import SafeHours
from domain.gate import Gate
from domain.member import Member
from domain.noted import Noted
from handlers import recovery_sheet
from handlers.account import change_passphrase
from handlers.add_line import add_line
from handlers.block import block, lift
from handlers.calendar_feed import end_feed, renew_feed
from handlers.change_line import change_line
from handlers.errors import UseCaseError
from handlers.invite import invite
from handlers.order_ways import move_way, remove_way
from handlers.pagers import add_own_sms, add_pager
from handlers.reassign import reassign
from handlers.redact import redact
from handlers.retire_numbers import retire_numbers
from handlers.see_conversation import see_conversation
from handlers.seen import Said
from handlers.set_gate import set_gate
from handlers.set_limits import set_limits, set_limits_of
from handlers.set_safe_hours import set_safe_hours
from handlers.step_in import join_talk, take_over
from handlers.take import take
from storage import audit, blocks, lines, members, ways
from tests.noted_handlers import ROOT, notes, writers
from tests.sealed import Sealed
from tests.team import known_of, proves
from tests.world import LINE, World

THREAD = "the conversation's own thread says who and when"
OWN = "what they keep for themselves, or where they are signed in"
MACHINE = "the machine's work on what came or is due, by nobody's decision"
COUNTED = "wrong sign-ins are counted, and the count is written down when they are forgotten"
ELSEWHERE = "a part of a use case that is written down with it"

QUIET: dict[str, str] = {
    **dict.fromkeys((
        "ask_help.ask_help", "ask_help.end_help", "close.close", "hand_over.hand_over",
        "note_trouble.note_trouble", "plan_text.plan_text", "plan_text.withdraw_plan",
        "release.release", "resend.resend", "send_template.send_template",
        "show_picture.fetch_picture", "show_picture.see_picture", "step_in.know_taken_over",
        "take.take", "take_up.note_follow_up", "take_up.take_up", "transfer.transfer",
        "write_aside.write_aside", "write_note.write_note", "note_shown.note_shown",
        "acknowledge.acknowledge",
    ), THREAD),
    **dict.fromkeys((
        "account.end_everywhere", "account.end_session", "debrief.answer_debrief",
        "keep_draft.keep_draft", "keep_draft.keep_note_draft", "link_chat.make_link",
        "note_team_news.note_team_news", "pagers.ask_again", "pagers.try_way",
        "renew_push.renew_push", "sign_in.sign_out", "sign_in.use_session",
        "work_shift.end_shift", "work_shift.start_shift", "swap.ask_swap", "swap.withdraw_swap",
    ), OWN),
    **dict.fromkeys((
        "calendar_feed.read_feed", "called._called", "copies_again.copies_again",
        "escalate.escalate", "naming.name", "let_go._bring_back",
        "every_line.take_in_every_line", "note_reach._note", "note_status._note_all",
        "only_one._give_all_back", "only_one._give_back", "only_one._hold",
        "planned.send_planned", "rekey._compact", "remove_copies._ask",
        "remove_copies._leave_to_people", "remove_copies.remove_copies",
        "revise._revise",
        "send._hold_back", "send.lease", "send.record", "send_pages._delivered",
        "send_pages.lease_pages", "send_pages.page_undelivered", "send_pages.record_page",
        "settle._ask", "settle.find_lost", "settle.settle", "sign_in.end_sessions",
        "step_triage.step_triage", "sweep_copies.sweep_copies", "tell_gaps.tell_gaps",
        "end_searches.end_searches",
        "tell_overdue.tell_overdue", "tell_undecided.tell_undecided",
        "tell_waiting.tell_waiting", "unanswered.see_to_unanswered", "unkept._unkept",
        "way_codes.sweep_codes", "wipe._wipe",
    ), MACHINE),
    **dict.fromkeys(("sign_in._count", "sign_in.proved", "sign_in.sign_in"), COUNTED),
    "recovery_sheet.asked_back": ELSEWHERE,
}  # fmt: skip


def test_every_handler_that_writes_says_who_did_it_or_stands_here() -> None:
    silent = {name for name in writers() if not notes(name)}
    assert silent - QUIET.keys() == set()
    assert QUIET.keys() - silent == set()


def test_the_walk_sees_who_writes_and_who_notes() -> None:
    assert {"take.take", "set_gate.set_gate", "see_conversation._opened"} <= writers()
    assert "see_board.see_board" not in writers()
    assert notes("set_gate.set_gate")
    assert notes("see_conversation._opened")
    assert notes("lose_device.lose_device")
    assert not notes("take.take")


def test_every_act_that_is_noted_is_known() -> None:
    found = set()
    for folder in ("handlers", "storage"):
        for path in (ROOT / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                match node:
                    case ast.Call(ast.Attribute(ast.Name("audit"), "note"), [_, act, *_]):
                        found.add(_act(act))
                    case ast.Call(ast.Name("note"), [_, act, *_]) if path.stem == "audit":
                        found.add(_act(act))
    assert found == set(Noted)


def _act(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return Noted[node.attr]
    assert isinstance(node, ast.Constant)
    return str(node.value)


# What the entries say


@pytest.fixture
async def boss(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


Entry = tuple[str, UUID | None, UUID | None, str]


async def since(world: World, number: int) -> list[Entry]:
    async with world.house.db.read() as tx:
        found = [e async for e in audit.entries(tx, number)]
    return [(e.act, e.member_id, e.object_id, e.detail) for e in found]


async def now(world: World) -> int:
    async with world.house.db.read() as tx:
        return (await audit.head(tx)).number


async def test_what_is_decided_in_a_conversation(world: World, boss: Member) -> None:
    house, alva = world.house, world.counsellor
    await world.text("hej")
    talk = await world.taken()
    begins = await now(world)
    await set_gate(house, alva, talk, Gate.OPEN)
    await set_gate(house, alva, talk, Gate.OPEN)
    await set_safe_hours(house, alva, talk, SafeHours(time(18), time(22)))
    await set_safe_hours(house, alva, talk, None)
    first = next(i for i in (await world.see(talk)).thread if isinstance(i, Said))
    await redact(house, alva, talk, first.id)
    await join_talk(house, boss, talk)
    await take_over(house, boss, talk, alva.id)
    assert [e for e in await since(world, begins) if e[0] != "opened"] == [
        ("gate", alva.id, talk, "open"),
        ("safe_hours", alva.id, talk, "hours_set"),
        ("safe_hours", alva.id, talk, "hours_removed"),
        ("redacted", alva.id, talk, ""),
        ("joined_talk", boss.id, talk, "unasked"),
        ("taken_over", boss.id, talk, ""),
    ]


async def test_who_reassigns_and_who_blocks(world: World, boss: Member) -> None:
    house, alva = world.house, world.counsellor
    await world.text("hej")
    talk = await world.taken()
    begins = await now(world)
    await reassign(house, boss, talk, alva.id, None)
    await block(house, boss, talk, Reason.THREATS, Lasts.WEEK, say=False)
    async with house.db.read() as tx:
        (known,) = await blocks.since(tx, world.clock.now())
    await lift(house, boss, known.id)
    await lift(house, boss, known.id)
    assert await since(world, begins) == [
        ("reassigned", boss.id, talk, "to_queue"),
        ("blocked", boss.id, talk, "threats"),
        ("block_lifted", boss.id, talk, ""),
    ]


async def test_lines_and_limits(world: World, boss: Member) -> None:
    house = world.house
    begins = await now(world)
    await add_line(house, "+46701740606", "Card 2027", ("sv",), "exit")
    with pytest.raises(UseCaseError):
        await add_line(house, "+46701740606", "Card 2027", ("sv",), "exit")
    await change_line(house, "+46701740606", media_refused=True)
    async with house.db.read() as tx:
        old, new = (line.id for line in await lines.every(tx))
    await set_limits(house, boss, old, Limits(90, 20))
    await set_limits_of(house, LINE, 80, None)
    assert await since(world, begins) == [
        ("line", None, new, "added"),
        ("line", None, new, "changed"),
        ("limits", boss.id, old, "90 20"),
        ("limits", None, old, "80 20"),
    ]


async def test_ways_and_the_calendars_address(world: World) -> None:
    house, alva = world.house, world.counsellor
    begins = await now(world)
    await add_own_sms(house, alva, "070-174 06 40")
    await add_pager(house, "Alva", "+46701740641", verified=True)
    async with house.db.read() as tx:
        held = (await ways.of_members(tx, [alva.id]))[alva.id]
    known = await known_of(house, alva)
    await move_way(house, alva, held[1].id, 0, known)
    await remove_way(house, alva, held[0].id)
    await end_feed(house, alva)
    await renew_feed(house, alva, known)
    await end_feed(house, alva)
    await end_feed(house, alva)
    assert await since(world, begins) == [
        ("way", alva.id, alva.id, "added"),
        ("way", None, alva.id, "added"),
        ("way", alva.id, alva.id, "moved"),
        ("way", alva.id, alva.id, "removed"),
        ("feed", alva.id, alva.id, "renewed"),
        ("feed", alva.id, alva.id, "ended"),
    ]


async def test_an_invitation_says_for_whom_and_as_what(world: World) -> None:
    begins = await now(world)
    await invite(world.house, "Cia", Role.REPORTER)
    await invite(world.house, "Cia", Role.COORDINATOR)
    async with world.house.db.read() as tx:
        entry = await members.by_name(tx, "Cia")
    assert entry is not None
    found = await since(world, begins)
    marks = [detail for act, *_, detail in found if act == "link"]
    assert len(set(marks)) == 2
    assert found == [
        ("link", None, entry.id, marks[0]),
        ("invited", None, entry.id, "reporter"),
        ("link", None, entry.id, marks[1]),
        ("invited", None, entry.id, "coordinator"),
    ]


async def test_the_keys(sealed: Sealed) -> None:
    world = sealed
    said = await proves(sealed.alva)
    begins = await now(world)
    sheet = await recovery_sheet.make_sheet(sealed.desk, world.counsellor, said)
    typed = " ".join(sheet.groups[place - 1] for place in sheet.asked_back)
    await recovery_sheet.confirm_sheet(sealed.desk, world.counsellor, sheet.id, typed)
    who = world.counsellor.id
    assert await since(world, begins) == [
        ("keys", who, who, "sheet_drawn"), ("keys", who, who, "sheet_made")
    ]  # fmt: skip


async def test_what_the_machine_forgets_by_itself(world: World) -> None:
    await world.text("hej")
    begins = await now(world)
    world.clock.advance(days=91)
    assert await retire_numbers(world.house) == 1
    assert await since(world, begins) == [("numbers_forgotten", None, None, "1")]
    assert await retire_numbers(world.house) == 0
    assert len(await since(world, begins)) == 1


async def test_what_is_refused_leaves_no_entry_of_the_deed(world: World) -> None:
    await world.text("hej")
    talk = await world.only()
    begins = await now(world)
    for deed in (
        set_gate(world.house, world.counsellor, talk, Gate.OPEN),
        redact(world.house, world.counsellor, talk, uuid4()),
        change_passphrase(world.house, world.counsellor, "", "x", "y", "z"),
    ):
        with pytest.raises(UseCaseError):
            await deed
    assert await since(world, begins) == []
    await take(world.house, world.counsellor, talk)
    await see_conversation(world.house, world.counsellor, talk)
    assert [e[0] for e in await since(world, begins)] == ["opened"]
