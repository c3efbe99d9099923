"""What of all that happens to a conversation do people read in its thread, and see to?"""

from domain.contact_rules import Refusal
from domain.delivery import Delivery
from storage.outbox import Sending

SHOWN = frozenset(
    {
        "taken", "released", "transferred", "closed", "reopened", "tier_raised", "tier_lowered",
        "redacted", "opted_out", "opted_in", "blocked", "unblocked",
        "gate_open", "gate_closed", "gate_unknown", "delete_requested",
        "hours_set", "watched_said", "watched_known", "watched_on", "watched_off", "ways_set",
        "first_yes", "first_no", "first_unsaid", "word_agreed", "word_forgotten",
        "follow_up_agreed", "follow_up_declined", "triage_failed", "resent",
        "called", "called_hidden", "gate_unsure", "gate_lost", "picture_shown", "unkept",
        "chose_wait", "chose_call", "chose_later", "chose_yes", "chose_no",
        "nudged", "unanswered", "help_asked", "help_ended", "helper_joined", "taken_over",
        "followed_up", "plan_refused", "follow_up_now", "follow_up_later",
        "follow_up_done", "taken_up", "planned", "plan_withdrawn",
        "trouble_noted", "paged", "paged_nobody", "page_delivered", "page_failed",
        "page_read", "deletion_begun", "deleted", "deleted_part", "delete_declined",
        "sender_blocked", "block_lifted", "block_broken", "kept_away", "let_back",
        "words_gone", "notes_gone", "number_gone",
        "hold_put", "hold_lifted", "duty_raised", "duty_closed", "duty_late", "exported",
        "disclosure_asked", "disclosure_agreed", "disclosure_refused", "disclosure_given",
    }
)  # fmt: skip
"""The events that people read in the thread; the others only wake open pages."""


def is_for_people(sending: Sending) -> bool:
    """A text in trouble that somebody sees to: what the rules alone held back is none, unless it
    would have betrayed the contact; then a person says it in other words."""
    held_back = sending.state is Delivery.WITHHELD and sending.refusal != Refusal.BETRAYS
    return sending.by_hand or not held_back
