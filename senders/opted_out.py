"""The provider's errors that staff must see differently, as data.

Source: https://www.twilio.com/docs/api/errors. What each means is said in words on staff pages.
"""

OPTED_OUT = frozenset({21610})
"""The recipient is unsubscribed at the provider; only START lifts it."""
