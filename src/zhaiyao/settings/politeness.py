"""How fast arXiv may be asked. Asks nobody."""

from urllib.parse import urlsplit

from zhaiyao.errors import ConfigError
from zhaiyao.settings.fields import POLITE_INTERVAL, POLITE_LISTING_INTERVAL, ArxivSettings


def insist_on_politeness(told: ArxivSettings) -> None:
    """Raises ConfigError for an interval shorter than arXiv asks for, unless a server of one's own is asked."""
    polite = {"interval": POLITE_INTERVAL, "listing_interval": POLITE_LISTING_INTERVAL}
    for name, least in polite.items():
        if getattr(told, name) < least and _is_arxiv(told.base_url):
            raise ConfigError(
                f"{getattr(told, name):g} s is less than the {least:g} s that arXiv asks for between requests",
                subject=f"arxiv.{name}",
                hint=f"Leave it at {least:g} or more; less is for a server of your own, named by arxiv.base_url or "
                "--base-url.",
            )


def _is_arxiv(base_url: str) -> bool:
    """Whether requests go to arXiv, as far as the address tells; an address without a host is not taken for another."""
    try:
        host = (urlsplit(base_url).hostname or "arxiv.org").rstrip(".")
    except ValueError:
        return True
    return host == "arxiv.org" or host.endswith(".arxiv.org")
