"""arXiv, as the settings say how it is to be asked; or as the package carries it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

from zhaiyao.wiring.places import clock

if TYPE_CHECKING:
    from zhaiyao.gate import Turnstile
    from zhaiyao.http import HttpClient
    from zhaiyao.ports import Arxiv, Clock
    from zhaiyao.settings import Places, Settings

DEMO_CATEGORY = "cs.LG"


@contextmanager
def arxiv(
    settings: "Settings", places: "Places", *, clock: "Clock" = clock, sleep: Callable[[float], None] = time.sleep
) -> "Iterator[Arxiv]":
    """arXiv's interfaces, behind the gates that all processes of this home share; connections end with the block.

    An interval of 0, which is for a server of one's own, means no gates and no pauses between tries either.
    """
    from zhaiyao.gate import gates, open_gates
    from zhaiyao.http import HttpClient, Patience, ResponseCache, user_agent
    from zhaiyao.ports import Arxiv
    from zhaiyao.settings import insist_on_politeness
    from zhaiyao.sources import arxiv_api, arxiv_feed, arxiv_listing, arxiv_oai
    from zhaiyao.sources.setbacks import Setbacks

    told = settings.arxiv
    insist_on_politeness(told)
    patience = Patience(timeout=told.timeout)
    polite = told.interval > 0
    intervals = {"services": told.interval, "pages": told.listing_interval}
    opened = gates(places.gate, **intervals, clock=clock, sleep=sleep) if polite else open_gates()
    setbacks = Setbacks()
    with ExitStack() as clients:

        def client(gate: "Turnstile") -> "HttpClient":
            return clients.enter_context(
                HttpClient(
                    agent=user_agent(told.contact),
                    patience=patience if polite else patience.without_pauses(),
                    gate=gate,
                    cache=ResponseCache(places.cache),
                    clock=clock,
                    sleep=sleep,
                    overcome=setbacks.note,
                )
            )

        services, pages = client(opened.services), client(opened.pages)
        yield Arxiv(
            feed=arxiv_feed.ArxivFeed(services, base=told.base_url or arxiv_feed.DEFAULT_BASE),
            listings=arxiv_listing.ArxivListings(pages, base=told.base_url or arxiv_listing.DEFAULT_BASE)
            if told.listings
            else None,
            texts=arxiv_api.ArxivApi(services, base=told.base_url or arxiv_api.DEFAULT_BASE) if told.api else None,
            harvest=arxiv_oai.ArxivOai(services, base=told.base_url or arxiv_oai.DEFAULT_BASE) if told.oai else None,
            setbacks=setbacks,
        )


def demo_arxiv() -> "Arxiv":
    """The sample day that the package carries, in arXiv's own format."""
    from zhaiyao.ports import Arxiv
    from zhaiyao.sources.bundled import BundledFeed

    return Arxiv(feed=BundledFeed((files("zhaiyao") / "data" / "demo" / "rss.xml").read_bytes()))
