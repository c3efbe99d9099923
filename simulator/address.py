"""How a sender and a receiver are written: a number alone, or WhatsApp's prefix before it.

Source: Twilio, "WhatsApp API overview": both addresses of a WhatsApp message are
`whatsapp:` and the number in E.164.
"""

PREFIX = "whatsapp:"


def is_whatsapp(address: str) -> bool:
    """Whether the address belongs to WhatsApp."""
    return address.startswith(PREFIX)


def number_of(address: str) -> str:
    """The number without the prefix."""
    return address.removeprefix(PREFIX)


def on_whatsapp(number: str) -> str:
    """The WhatsApp address of a number."""
    return PREFIX + number_of(number)


def from_query(told: str) -> str:
    """An address as it stands in a query, where a bare + has become a space; "" for none."""
    told = told.strip()
    number = number_of(told).strip().lstrip("+")
    if not number:
        return ""
    return f"{PREFIX}+{number}" if is_whatsapp(told) else f"+{number}"
