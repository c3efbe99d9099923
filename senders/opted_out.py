"""The provider's errors after which nothing else arrives either, as data.

Source: https://www.twilio.com/docs/api/errors. What each means is said in words on staff pages.
Not among them, since a later text may arrive: 63016 (outside WhatsApp's window), 63024 (no WhatsApp
at the number), 63032 and 63049 (WhatsApp chose not to deliver this one).
"""

from collections.abc import Mapping

from domain.message import OptOut

OPTED_OUT: Mapping[int, OptOut] = {
    21610: OptOut.PROVIDER,  # unsubscribed at the provider; only START lifts it
    63014: OptOut.BLOCKED,  # blocked, or opted out of, in the channel's own app
}
"""By the provider's code: who stopped us."""
