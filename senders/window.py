"""By which of the provider's errors does it say that its window for free words has closed?

Source: https://www.twilio.com/docs/api/errors/63016.
"""

WINDOW_CLOSED = 63016
"""It knows better than the line's own count: the two clocks, and what each has heard, differ."""
