"""What of all that happens to a conversation do people read in its thread?"""

SHOWN = frozenset(
    {
        "taken", "released", "transferred", "closed", "reopened", "tier_raised", "tier_lowered",
        "redacted", "opted_out", "opted_in", "blocked", "unblocked",
        "gate_open", "gate_closed", "gate_unknown", "delete_requested",
        "hours_set", "follow_up_agreed", "follow_up_declined", "triage_failed", "resent",
        "called", "called_hidden", "gate_unsure", "picture_shown", "unkept",
        "chose_wait", "chose_call", "chose_later", "chose_yes", "chose_no",
        "nudged", "unanswered", "help_asked", "help_ended", "helper_joined", "taken_over",
        "followed_up", "plan_refused", "follow_up_now", "follow_up_later",
        "follow_up_done", "taken_up", "planned", "plan_withdrawn",
        "trouble_noted", "paged", "paged_nobody", "page_delivered", "page_failed",
        "page_read", "deletion_begun", "deleted", "deleted_part", "delete_declined",
        "sender_blocked", "block_lifted", "block_broken", "kept_away", "let_back",
    }
)  # fmt: skip
"""The events that people read in the thread; the others only wake open pages."""
