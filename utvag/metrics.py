"""What an operator may count: numbers without anybody in them, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, generate_latest


class Metrics:
    """One registry an app, so that two apps in a process do not mix."""

    def __init__(self) -> None:
        """All begin at zero."""
        self.registry = CollectorRegistry()
        self.refused = Counter(
            "utvag_webhooks_refused", "Webhooks not let in", ["why"], registry=self.registry
        )
        self.received = Counter(
            "utvag_messages_received", "Messages handed in by providers", registry=self.registry
        )
        self.calls = Counter(
            "utvag_calls",
            "Calls, by whether they were stored at once",
            ["stored"],
            registry=self.registry,
        )
        self.unkept = Counter(
            "utvag_updates_unkept",
            "Telegram updates that could not be stored, by whether staff see that somebody wrote",
            ["told"],
            registry=self.registry,
        )
        self.sent = Counter(
            "utvag_sends", "Attempts to send, by their result", ["result"], registry=self.registry
        )
        self.found_again = Counter(
            "utvag_messages_found_again", "Messages found by listing", registry=self.registry
        )
        self.calls_found_again = Counter(
            "utvag_calls_found_again", "Calls found by listing", registry=self.registry
        )
        self.failures = Counter(
            "utvag_loop_failures", "Rounds of a loop that failed", ["loop"], registry=self.registry
        )

    def exposition(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)
