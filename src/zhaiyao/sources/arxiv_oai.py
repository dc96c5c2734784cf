"""Everything that changed on a day, and single records: arXiv's OAI-PMH. It tells papers in their current version.

A walk over a list is by offset over a set that lives: when a record changes meanwhile, it leaves its old day, and those
behind it move up, so that one is passed over. So a walk of several pages is held against the day's list of identifiers,
which stand on one page. What left the day is told on the day it went to: past days only are whole. Datestamps are dates
of the last change of a record (a journal reference too), in UTC, and not of an announcement.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import date

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import FetchError
from zhaiyao.http import Fetcher
from zhaiyao.records import Sighting
from zhaiyao.sources import second_try
from zhaiyao.sources.oai_formats import BAD_TOKEN, NO_RECORDS, OaiPage, read, set_of

DEFAULT_BASE = "https://oaipmh.arxiv.org"

FORMAT = "arXivRaw"
RESTARTS = 2  # of a walk that broke off
MOST_PAGES = 300  # of one walk: four times as many as arXiv's largest day has, on which 90,000 records changed
SINGLES = 30  # papers that a walk may pass over and that are then asked for one by one; more, and it is made again

_LATER = "Ask again later; what came before is right."


class ArxivOai:
    """A `ports.Harvest`: papers by the date their records last changed. `base` is the address above `/oai`."""

    def __init__(self, http: Fetcher, *, base: str = DEFAULT_BASE) -> None:
        self._http = http
        self._url = f"{base.rstrip('/')}/oai"

    def changed(self, category: str, day: date) -> Iterator[Sighting]:
        """Each paper of a category or archive whose record last changed on this date (UTC), once, page by page.

        Nothing for a day without changes. Raises UnknownCategory, FetchError or ParseError, also midway; what came
        before is right. Deleted records are passed over; `pages` tells them.
        """
        for page in self.pages(category, day):
            yield from page.sightings

    def pages(self, category: str, day: date) -> Iterator[OaiPage]:
        """As `changed`, with headers and deleted records. No paper stands on two pages."""
        asked = {
            "metadataPrefix": FORMAT,
            "set": set_of(category),
            "from": day.isoformat(),
            "until": day.isoformat(),
        }
        given: set[str] = set()
        for _ in range(1 + RESTARTS):
            pages = yield from self._walk(asked, given)
            passed_over = self._roster(asked) - given if pages > 1 else set()
            if pages and len(passed_over) <= SINGLES:
                for paper_id in sorted(passed_over):
                    yield self._single(ArxivId(paper=paper_id))
                return
        raise self._fault(f"{1 + RESTARTS} walks through {day} broke off or passed papers over")

    def record(self, paper_id: str) -> Sighting:
        """One paper's record, in its current version. Raises InvalidId, FetchError (also for an unknown paper) or
        ParseError."""
        (sighting,) = self._single(ArxivId.parse(paper_id)).sightings
        return sighting

    def _walk(self, asked: Mapping[str, str], given: set[str]) -> Generator[OaiPage, None, int]:
        """One walk from page to page, without the papers already given; of how many pages, of none if a token was
        refused. Raises FetchError for a walk that cannot end."""
        params = {"verb": "ListRecords", **asked}
        walked: set[str] = set()
        tokens: set[str] = set()
        while True:
            page = self._ask(params)
            if page.error == BAD_TOKEN and tokens:
                return 0
            if page.error not in ("", NO_RECORDS):
                raise self._refusal(page)
            papers = {header.paper_id for header in page.headers}
            if papers <= walked and (papers or page.token):
                raise self._fault("a page brought nothing that was not on the pages before")
            walked |= papers
            if papers:
                yield _without(page, given)
            given |= papers
            if not page.token:
                return 1 + len(tokens)
            if page.token in tokens:
                raise self._fault("it sends back to a page that was read")
            if len(tokens) + 1 >= MOST_PAGES:
                raise self._fault(f"{MOST_PAGES} pages, and still there are more")
            tokens.add(page.token)
            params = {"verb": "ListRecords", "resumptionToken": page.token}

    def _roster(self, asked: Mapping[str, str]) -> set[str]:
        """The papers that a walk should have shown: headers come so many on a page that nothing can slip between."""
        page = self._ask({"verb": "ListIdentifiers", **asked})
        if page.error not in ("", NO_RECORDS):
            raise self._refusal(page)
        return {header.paper_id for header in page.headers if not header.deleted}

    def _single(self, asked: ArxivId) -> OaiPage:
        page = self._ask({"verb": "GetRecord", "metadataPrefix": FORMAT, "identifier": asked.oai})
        if page.error:
            raise self._refusal(page)
        shown = {one.paper.id: one for one in page.sightings}
        if asked.paper not in shown:
            told = "its record is deleted" if asked.paper in page.deleted else "another paper's record came"
            raise FetchError(f"arXiv's OAI-PMH does not tell {asked.paper}: {told}", subject=self._url, hint=_LATER)
        return replace(page, sightings=(shown[asked.paper],))

    def _ask(self, params: Mapping[str, str]) -> OaiPage:
        return second_try.ask(lambda: self._http.get(self._url, params=params), read)

    def _refusal(self, page: OaiPage) -> FetchError:
        return FetchError(f"arXiv's OAI-PMH refused ({page.error}): {page.reason}", subject=self._url)

    def _fault(self, what: str) -> FetchError:
        return FetchError(f"arXiv's OAI-PMH does not come to an end: {what}", subject=self._url, hint=_LATER)


def _without(page: OaiPage, given: set[str]) -> OaiPage:
    """The page without papers that were given before, and each of its own once."""
    headers = {header.paper_id: header for header in page.headers if header.paper_id not in given}
    sightings = {one.paper.id: one for one in page.sightings if one.paper.id not in given}
    return replace(page, headers=tuple(headers.values()), sightings=tuple(sightings.values()))
