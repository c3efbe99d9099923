"""The simulator's parts that need no server: bills, book, dates, overrides, faults, thread."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from simulator.__main__ import configuration, parse
from simulator.book import Book, Message
from simulator.date_filter import read_dates
from simulator.faults import Faults
from simulator.segments import segments
from simulator.switches import BadFault
from simulator.thread import readable, thread
from simulator.webhooks_out import split_override
from simulator.words import WORDS

LINE, PHONE, OTHER = "+46701740605", "+46701740611", "+46701740612"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def message(number: int, *, sender: str = PHONE, to: str = LINE) -> Message:
    at = NOON + timedelta(seconds=number)
    return Message(
        f"SM{number:032x}",
        "inbound",
        sender,
        to,
        f"text {number}",
        f"text {number}",
        at,
        at,
        "received",
        1,
        "GSM-7",
        sent=at,
    )


@pytest.mark.parametrize(
    ("text", "count", "encoding"),
    [
        ("", 1, "GSM-7"),
        ("a" * 160, 1, "GSM-7"),
        ("a" * 161, 2, "GSM-7"),
        ("a" * 306, 2, "GSM-7"),
        ("a" * 307, 3, "GSM-7"),
        ("åäöÅÄÖé" * 22, 1, "GSM-7"),
        ("€" * 80, 1, "GSM-7"),
        ("€" * 81, 2, "GSM-7"),
        ("a" * 152 + "€" + "a" * 20, 2, "GSM-7"),
        ("a" * 152 + "€" + "a" * 152, 3, "GSM-7"),
        ("ç" * 70, 1, "UCS-2"),
        ("ç" * 71, 2, "UCS-2"),
        ("🙂" * 35, 1, "UCS-2"),
        ("🙂" * 36, 2, "UCS-2"),
        ("🙂" * 66, 2, "UCS-2"),
        ("🙂" * 67, 3, "UCS-2"),
        ("مرحبا", 1, "UCS-2"),
    ],
)
def test_a_text_is_billed_as_the_standard_says(text: str, count: int, encoding: str) -> None:
    bill = segments(text)
    assert (bill.count, bill.encoding) == (count, encoding)


def test_the_book_forgets_the_oldest_and_still_finds_the_rest_by_phone() -> None:
    book, choose = Book(cap=50), random.Random(7)
    kept: list[Message] = []
    for number in range(1000):
        sender = choose.choice([PHONE, OTHER, *(f"+467017406{n}" for n in range(20, 90))])
        kept.append(book.add(message(number, sender=sender)))
    kept = kept[-50:]
    assert len(book) == 50
    assert book.oldest_first(LINE) == kept
    for phone in (PHONE, OTHER, "+46701740644"):
        assert book.oldest_first(phone) == [m for m in kept if m.sender == phone]
    assert book.get(f"SM{0:032x}") is None
    assert book.change(f"SM{0:032x}", status="sent") is None


def test_the_book_holds_no_list_for_a_phone_that_is_forgotten() -> None:
    book = Book(cap=10)
    for number in range(500):
        book.add(message(number, sender=f"+4670174{number:04}"))
    assert len(book._by_number) <= 11
    assert sum(len(seqs) for seqs in book._by_number.values()) <= 32


def test_a_page_begins_below_the_order_it_is_given() -> None:
    book = Book(cap=100)
    added = [book.add(message(number)) for number in range(6)]
    page = list(book.newest_first(LINE, PHONE, before=added[3].seq))
    assert page == [added[2], added[1], added[0]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, True),
        ({"DateSent": "2026-01-31"}, True),
        ({"DateSent": "2026-01-30"}, False),
        ({"DateSent>": "2026-01-31"}, True),
        ({"DateSent>": "2026-01-31T12:00:00Z"}, True),
        ({"DateSent>": "2026-01-31T12:00:01Z"}, False),
        ({"DateSent<": "2026-01-31T12:00:00Z"}, True),
        ({"DateSent<": "2026-01-31T11:59:59Z"}, False),
        ({"DateSent>": "2026-01-31T11:00:00Z", "DateSent<": "2026-01-31T13:00:00Z"}, True),
        ({"DateSent>": "2026-01-31T13:00:00+01:00"}, True),
    ],
)
def test_a_list_by_date_includes_the_second_it_names(query: dict[str, str], found: bool) -> None:
    sent = NOON + timedelta(milliseconds=900)
    assert read_dates(query, "DateSent").matches(sent) is found


def test_a_message_that_was_not_sent_yet_matches_no_date() -> None:
    assert not read_dates({"DateSent>": "2026-01-31"}, "DateSent").matches(None)
    assert read_dates({}, "DateSent").matches(None)


def test_the_override_is_read_from_the_fragment_and_kept_within_twilios_limits() -> None:
    address, override = split_override("http://localhost/a?b=1#rc=5&rp=ct,rt,5xx&tt=99999&rt=50")
    assert address == "http://localhost/a?b=1"
    assert override.retries == 5
    assert override.policy == frozenset({"ct", "rt", "5xx"})
    assert (override.total, override.read, override.connect) == (15, 0.1, 5)


def test_without_an_override_there_is_one_retry_on_a_failed_connection_only() -> None:
    _, override = split_override("http://localhost/a")
    assert (override.retries, override.total) == (1, 15)
    assert override.policy == frozenset({"ct"})


def test_a_fault_ends_by_itself_after_its_times_and_only_where_it_applies() -> None:
    faults = Faults()
    faults.replace_with({"500": {"times": 2, "to": PHONE}, "down": True, "slow": False})
    assert [fault.kind for fault in faults.active()] == ["500", "down"]
    assert faults.take("500", to=OTHER) is None
    assert faults.take("500", operation="read", to=PHONE) is None
    assert faults.take("500", to=PHONE) and faults.take("500", to=PHONE)
    assert faults.take("500", to=PHONE) is None
    assert faults.take("down", operation="read")


@pytest.mark.parametrize(
    "wanted",
    [
        {"nonsense": True},
        {"500": {"times": 0}},
        {"500": {"when": 1}},
        {"500": 3},
        {"slow": {"seconds": -1}},
        {"opt_out_mode": "never"},
        {"opted_out": PHONE},
    ],
)
def test_a_wrong_switch_is_refused_and_changes_nothing(wanted: dict[str, object]) -> None:
    faults = Faults()
    faults.replace_with({"slow": {"seconds": 1}})
    before = faults.as_json()
    with pytest.raises(BadFault):
        faults.replace_with({"down": True} | wanted)
    assert faults.as_json() == before


def test_what_was_not_delivered_is_not_on_the_screen() -> None:
    book = Book(cap=10)
    book.add(message(1))
    outbound = message(2, sender=LINE, to=PHONE)
    for number, status in enumerate(("queued", "sent", "undelivered", "delivered")):
        book.add(replace(outbound, sid=f"SM{number}", status=status, text=status))
    days = thread(
        book, PHONE, LINE, words=WORDS["en"], language="en", now=NOON.astimezone(ZoneInfo("UTC"))
    )
    assert [bubble.text for day in days for bubble in day.bubbles] == ["text 1", "delivered"]


def test_the_screen_names_days_as_people_do() -> None:
    book = Book(cap=10)
    for days_ago in (9, 1, 0):
        at = NOON - timedelta(days=days_ago)
        book.add(replace(message(1), sid=f"SM{days_ago}", created=at))
    zone = ZoneInfo("Europe/Stockholm")
    days = thread(book, PHONE, LINE, words=WORDS["sv"], language="sv", now=NOON.astimezone(zone))
    assert [day.name for day in days] == ["Torsdag 22 januari", "I går", "I dag"]
    assert days[-1].bubbles[0].time == "13:00"


def test_both_languages_have_every_word() -> None:
    assert WORDS["sv"].keys() == WORDS["en"].keys()


def test_a_number_is_shown_as_people_write_it() -> None:
    assert readable(PHONE) == "070-174 06 11"
    assert readable("Kommunen") == "Kommunen"


def test_the_command_line_becomes_a_configuration() -> None:
    told = [
        *("--account-sid", "AC1", "--auth-token", "t", "--webhook", "http://localhost:8000/w#rc=5"),
        *("--line", LINE, "--line", "+46701740606", "--phone", PHONE),
    ]
    config = configuration(parse(told))
    assert config.lines == (LINE, "+46701740606")
    assert config.phones == (PHONE,)
    assert config.webhook.endswith("#rc=5")


def test_the_command_line_refuses_what_is_no_address() -> None:
    with pytest.raises(SystemExit):
        parse(["--account-sid", "A", "--auth-token", "t", "--webhook", "here", "--line", LINE])
