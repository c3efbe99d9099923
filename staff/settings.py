"""What the desk is told when it is made."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class StaffSettings:
    """Where the pages are reached; the language where a browser asks for none of ours."""

    public_url: str
    default_language: str = "sv"
    framed_by: str = ""
    """The one origin whose page may show the desk within itself: the demo's stage, or nobody's."""

    @property
    def secure(self) -> bool:
        """Whether cookies may travel over TLS only."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def origin(self) -> str:
        """As a browser writes it: scheme, host, and the port where it is not the scheme's own."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def host(self) -> str:
        """The host by which pages are reached, in lower case, without its port."""
        return (urlsplit(self.public_url).hostname or "").lower()
