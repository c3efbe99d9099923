"""What runs at every tick, text or page reads by an index, however much was ever stored."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import event

from domain.message import Channel
from domain.priority import Tier
from handlers.house import House
from storage import (
    agreed_to,
    agreements,
    aliases,
    answering,
    audit_looked,
    board,
    contact_pairs,
    contacts,
    conversations,
    copies,
    decided_words,
    disclosures,
    duties,
    events,
    exports,
    given_roles,
    holds,
    invitations,
    messages,
    outbox,
    pages,
    pictures,
    plans,
    policies,
    queue,
    quiet_words,
    reading_reasons,
    receipts,
    register_words,
    resealing,
    revisions,
    searches,
    sessions,
    stranger_words,
    swaps,
    triages,
    troubles,
    waits,
)
from storage.database import Tx
from storage.due import due
from storage.receipts import Receipt

NOW = datetime(2026, 1, 31, tzinfo=UTC)
ANY = UUID(int=7)
GROWING = (
    *("outbox", "messages", "events", "triages", "contacts", "conversations", "notes"),
    *("revisions", "pictures", "aliases", "searches", "noted_troubles", "sessions", "pages"),
    *("receipts", "waits", "plans", "contact_pairs", "contact_keys", "swaps"),
    *("duties", "disclosures", "exports", "register_words", "agreements"),
    *("stranger_words", "holds"),
    *("reading_reasons", "audit", "quiet_words", "decided_words"),
)

Ask = Callable[[Tx], Awaitable[object]]

ASKED: dict[str, Ask] = {
    "is there something to send": lambda tx: outbox.any_sendable(tx, NOW),
    "what is to be sent": lambda tx: outbox.sendable(tx, NOW, 32),
    "how many somebody has": lambda tx: queue.how_many_of(tx, ANY),
    "is something unsettled": lambda tx: outbox.any_unsettled(tx, NOW),
    "what was lost": lambda tx: outbox.lost(tx, NOW, 16),
    "what is unsettled": lambda tx: outbox.unsettled(tx, NOW, 16),
    "whose status is told": lambda tx: outbox.by_codes(tx, ["a code"]),
    "is it claimed": lambda tx: outbox.claimed(tx, ["an id"]),
    "is an answer due": lambda tx: triages.any_due(tx, NOW, silent=False),
    "is somebody silent": lambda tx: triages.any_due(tx, NOW, silent=True),
    "whose answer is due": lambda tx: triages.due(tx, NOW, silent=False, limit=16),
    "who is silent": lambda tx: triages.due(tx, NOW, silent=True, limit=16),
    "which questions run": lambda tx: triages.running(tx, [ANY]),
    "who writes": lambda tx: contacts.locked(tx, [(ANY, "sms", b"index")]),
    "in which conversation": lambda tx: conversations.of_contacts(tx, [ANY]),
    "what the machine has not read": lambda tx: messages.for_triage(tx, [ANY]),
    "what was just heard": lambda tx: messages.last_heard(tx, [ANY], NOW),
    "the thread": lambda tx: messages.of_conversation(tx, ANY),
    "the queue": queue.still_open,
    "one row of the queue": lambda tx: queue.of_conversation(tx, ANY),
    "has anything happened": events.newest,
    "has anything happened here": lambda tx: events.newest(tx, ANY),
    "what happened here": lambda tx: events.of_conversation(tx, ANY),
    "what is to be seen to": lambda tx: troubles.to_see_to(tx, ANY, 50),
    "what was noted here": lambda tx: troubles.noted(tx, ANY),
    "which edits are searched": lambda tx: searches.edited_before(tx, [ANY], searches.LAST, 200),
    "what is searched": lambda tx: searches.said_before(tx, [ANY], searches.LAST, 200),
    "which notes are searched": lambda tx: searches.noted_before(tx, [ANY], searches.LAST, 200),
    "whose search it is": lambda tx: searches.kept(tx, ANY, ANY, NOW),
    "whose alias it is": lambda tx: aliases.called(tx, "Tall", None),
    "some rows of the queue": lambda tx: queue.of_conversations(tx, [ANY]),
    "is there something to send by one channel": lambda tx: outbox.any_sendable(
        tx, NOW, [Channel.TELEGRAM]
    ),
    "what is to be sent by one channel": lambda tx: outbox.sendable(
        tx, NOW, 32, [Channel.TELEGRAM]
    ),
    "who edits": lambda tx: contacts.of_address(tx, Channel.TELEGRAM, [ANY], [b"index"]),
    "whose telephone may be watched": lambda tx: contacts.watched_at_addresses(tx, [b"index"]),
    "whoever has the same telephone": lambda tx: contacts.at_addresses(tx, [b"index"]),
    "what was agreed with them": lambda tx: quiet_words.of_contact(tx, ANY),
    "what was agreed in these": lambda tx: quiet_words.of_conversations(tx, [ANY]),
    "what was decided": lambda tx: decided_words.decided(tx, [ANY]),
    "which line they wrote to last": lambda tx: contacts.last_lines(
        tx, Channel.TELEGRAM, [ANY], [b"index"]
    ),
    "what was edited": lambda tx: messages.from_contacts(tx, [ANY], "1"),
    "what it said": lambda tx: revisions.of_message(tx, ANY),
    "what was edited here": lambda tx: revisions.of_conversation(tx, ANY),
    "was it said here": lambda tx: messages.with_text(tx, [ANY], "only_text"),
    "what a page missed": lambda tx: events.after(tx, 7, 500),
    "what happened here meanwhile": lambda tx: events.after(tx, 7, 2, ANY),
    "was it heard of before": lambda tx: receipts.known(tx, [Receipt(b"one"), Receipt(b"two")]),
    "did it happen lately": lambda tx: events.happened_since(tx, ANY, ["called"], NOW),
    "who took how many P1s": lambda tx: events.p1s_taken(tx, [ANY], NOW, NOW),
    "which lines page otherwise": policies.editions,
    "who is climbed by another policy": lambda tx: conversations.climbing_by_another(
        tx, {ANY: 1}, 50
    ),
    "who stands ahead of the clock": lambda tx: conversations.climbing_ahead(tx, NOW, 50),
    "did they look": lambda tx: events.known(tx, ANY, "picture_shown", ANY, "x/0"),
    "which sessions hold": lambda tx: sessions.holding(tx, ["a token"], NOW),
    "about whom is somebody paged": lambda tx: conversations.page_due(tx, NOW, 50),
    "who is told something while they wait": lambda tx: waits.due(tx, NOW, 64),
    "how long others waited": lambda tx: waits.lately(tx, ANY, NOW),
    "how they wait": lambda tx: waits.of_conversations(tx, [ANY]),
    "has anybody been reached": lambda tx: pages.all_failed(tx, ANY, NOW),
    "who is not answered": lambda tx: conversations.unanswered(tx, NOW),
    "when it happened last": lambda tx: events.last_at(tx, ANY, ["nudged"]),
    "what was planned": lambda tx: plans.due(tx, NOW, 32),
    "what is planned here": lambda tx: plans.of_conversation(tx, ANY),
    "was it followed up": lambda tx: plans.latest(tx, [ANY]),
    "which follow-ups are to be seen to": lambda tx: plans.tasks(tx, 50),
    "is the follow-up seen to": lambda tx: plans.done(tx, ANY, NOW),
    "was the planned one held back": lambda tx: plans.refuse(tx, {ANY: "blocked"}, NOW),
    "who was woken because of it": lambda tx: pages.paged_since(tx, [ANY], ANY, NOW),
    "which reasons were given": lambda tx: reading_reasons.all_given(tx, ANY, NOW),
    "was a reason given": lambda tx: reading_reasons.given(tx, [ANY], ANY, NOW),
    "what was last done of a kind": lambda tx: audit_looked.last(tx, "verified"),
    "what the log says": lambda tx: audit_looked.before(tx, audit_looked.Wanted(), 7, 100),
    "which role somebody was given": lambda tx: given_roles.of_member(tx, ANY),
    "whose an invitation is": lambda tx: invitations.said(tx, ANY),
    "which invitations stand": lambda tx: invitations.open_ones(tx, NOW),
    "which role everybody was given": given_roles.staff,
    "who is on call without a rota": lambda tx: answering.on_call(tx, NOW),
    "is anybody on call without a rota": lambda tx: answering.anybody_on_call(tx, NOW),
    "whose role reads who was not let in": answering.sealed_out,
    "who read what": lambda tx: audit_looked.between(
        tx, audit_looked.Wanted(acts=("opened",), since=NOW, until=NOW), 100
    ),
    "which pages are due": lambda tx: pages.any_due(tx, NOW),
    "what is due at all": lambda tx: due(tx, NOW, list(Channel)),
    "which pages leave": lambda tx: pages.lease(tx, NOW, NOW, 16),
    "what a code means": lambda tx: pages.coded(tx, ANY, "4831", NOW),
    "who is asked for": lambda tx: pages.asking(tx, ANY),
    "who has read it": lambda tx: pages.acknowledge(tx, ANY, ANY, NOW),
    "what is open at a glance": board.glance,
    "which P1s are paged about": lambda tx: board.paged(tx, Tier.P1),
    "whom no page reaches": lambda tx: board.unreached(tx, [ANY], NOW),
    "what reached nobody": lambda tx: troubles.everywhere(tx, 12),
    "how much reached nobody": troubles.by_line,
    "which swaps are asked of somebody": lambda tx: swaps.to_answer(
        tx, ANY, [ANY], NOW.replace(tzinfo=None)
    ),
    "which pictures are there": lambda tx: pictures.kept(tx, [ANY]),
    "which copies are spent": lambda tx: copies.spent(tx, "messages", NOW, NOW, 9, lock=False),
    "which copies have left": lambda tx: copies.spent(tx, "outbox", NOW, NOW, 9, lock=False),
    "to whom it is sealed": lambda tx: contact_pairs.learn_of(tx, [ANY]),
    "whose keys open it": lambda tx: contact_pairs.look_up(tx, [ANY]),
    "are all texts sealed": resealing.unfinished,
    "what must be reported": lambda tx: duties.still_open(tx, 50),
    "what must they report": lambda tx: duties.still_open(tx, 50, theirs=ANY),
    "what must be reported here": lambda tx: duties.open_of(tx, [ANY]),
    "must anything be reported here": lambda tx: duties.any_open(tx, [ANY]),
    "what was ever to be reported here": lambda tx: duties.of_conversations(tx, [ANY]),
    "what is overdue": lambda tx: duties.overdue(tx, NOW, 16),
    "is anything overdue": lambda tx: duties.any_late(tx, NOW),
    "what was reported lately": lambda tx: duties.closed_since(tx, NOW, 50),
    "what is to be told of what is asked for": lambda tx: disclosures.to_tell(tx, NOW, 16),
    "who agreed by the log": lambda tx: agreed_to.of_entries(tx, [ANY]),
    "what somebody was given then": lambda tx: given_roles.at(tx, [(ANY, 7)]),
    "who agreed": lambda tx: agreements.of_entries(tx, [ANY]),
    "what was written of a stranger": lambda tx: stranger_words.of_entries(tx, [ANY]),
    "what keeps a conversation": lambda tx: holds.standing(tx, [ANY], NOW),
    "what is asked for": lambda tx: disclosures.unsettled(tx, 50),
    "is anything undecided here": lambda tx: disclosures.any_unsettled(tx, [ANY]),
    "what was asked for here": lambda tx: disclosures.of_conversations(tx, [ANY]),
    "which files were made of it": lambda tx: exports.of_conversations(tx, [ANY]),
    "what was written in the register": lambda tx: register_words.of_entries(tx, [ANY]),
}


async def test_each_is_found_by_an_index(house: House) -> None:
    """One database answers all: it is empty, and stays so."""
    found: dict[str, list[str]] = {}
    for name, ask in ASKED.items():
        async with house.db.write() as tx:
            if faults := await faults_of(tx, ask):
                found[name] = faults
    assert found == {}


async def faults_of(tx: Tx, ask: Ask) -> list[str]:
    """Its statements that read a table from end to end, or a word where it said none."""
    said: list[tuple[str, Any]] = []
    if tx.postgres:  # which else reads small tables from end to end, rightly
        await tx.conn.exec_driver_sql("SET LOCAL enable_seqscan = off")

    def heard(_c: object, _u: object, statement: str, given: Any, *_: object) -> None:
        said.append((statement, given))

    event.listen(tx.conn.sync_connection, "before_cursor_execute", heard)
    await ask(tx)
    event.remove(tx.conn.sync_connection, "before_cursor_execute", heard)
    found = []
    for statement, given in said:
        if any(is_read_through(line) for line in await plan(tx, statement, given)):
            found.append(statement)
    return found if said else ["it asks nothing"]


async def plan(tx: Tx, statement: str, given: Any) -> list[str]:
    """How the database would find what the statement asks for, step by step."""
    explain = "EXPLAIN " if tx.postgres else "EXPLAIN QUERY PLAN "
    rows = await tx.conn.exec_driver_sql(explain + statement, given)
    return [str(row[-1]) for row in rows]


def is_read_through(step: str) -> bool:
    """Whether a table that grows with every text is read from end to end."""
    return any(
        step.strip().removeprefix("->").strip().startswith(f"Seq Scan on {table}")
        or (step.startswith(f"SCAN {table}") and "INDEX ix_" not in step)
        for table in GROWING
    )
