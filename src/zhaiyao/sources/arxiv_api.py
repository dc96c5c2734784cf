"""The metadata of papers asked for by id, or by when they were submitted: arXiv's query API.

It knows papers hours to days after they were announced, answers with an empty page now and then, and shows no more
than 10,000 results of one query. So an empty page is asked for again before it is believed, and long spans are split.
The API holds no announcement date. Its manual: https://info.arxiv.org/help/api/user-manual.html.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import FetchError, InvalidId, ParseError
from zhaiyao.http import Fetcher, Response, refusal
from zhaiyao.records import Sighting
from zhaiyao.sources import second_try
from zhaiyao.sources.api_formats import Answer, read, scope, submitted_between

DEFAULT_BASE = "https://export.arxiv.org"

BATCH = 100  # ids in one request
PAGE = 200  # results on one page of a query
REACH = 10_000  # results of one query that can be paged through; the manual's 30,000 is no longer true
RETRIES = 3  # of an answer that shows less than there should be
REFUSALS = 10  # in a row, before one bad id in a batch is no longer the explanation

_LATER = "Ask again later; what came before is right."
_MINUTE = timedelta(minutes=1)

_Window = tuple[datetime, datetime]


class ArxivApi:
    """A `ports.Texts`: current (or given) versions by id. `base` is the address above `/api/query`."""

    def __init__(self, http: Fetcher, *, base: str = DEFAULT_BASE) -> None:
        self._http = http
        self._url = f"{base.rstrip('/')}/api/query"

    def of(self, ids: Collection[str]) -> tuple[Sighting, ...]:
        """These papers' current versions, or `IDvN`'s version N, each once, in the order asked, without announcements.

        Absent is what arXiv does not know, or not yet, or refuses as an id. Raises FetchError or ParseError.
        """
        wanted = _parsed(ids)
        found: dict[ArxivId, Sighting] = {}
        works = False
        refusals: list[_Refused] = []
        waiting = list(_batches(wanted))
        while waiting and (works or len(refusals) < REFUSALS):
            batch = waiting.pop(0)
            try:
                found |= self._known(batch)
                works = True
            except _Refused as error:
                named = _named(batch, error)
                works = works or named is not None
                refusals.append(error)
                waiting[:0] = _without(named, batch)
        if refusals and not works:
            raise refusals[-1]
        return tuple(found[one] for one in wanted if one in found)

    def submitted(self, category: str, first: date, last: date) -> Iterator[Sighting]:
        """Each paper of a category or archive whose first version was submitted on these dates (UTC, both included),
        in its current version, page by page as it is consumed.

        When a paper was announced is not said, and one that moderators held back comes in later. Raises
        UnknownCategory, FetchError or ParseError, also midway; what came before is right.
        """
        within = scope(category)
        given: set[str] = set()
        waiting = [_whole_days(first, last)] if first <= last else []
        while waiting:
            window = waiting.pop()
            query = f"{within} AND {submitted_between(*window)}"
            opening = self._page(query, 0)
            if opening.total > REACH:
                waiting += self._halves(window, opening.total)
                continue
            for sighting in self._walk(query, opening):
                if sighting.paper.id not in given:
                    given.add(sighting.paper.id)
                    yield sighting

    def _known(self, batch: Sequence[ArxivId]) -> dict[ArxivId, Sighting]:
        """What arXiv knows of a batch. An answer that shows nothing, or less than it counts, is not believed soon."""
        found: dict[ArxivId, Sighting] = {}
        missing = {one.paper: one for one in batch}
        for _ in range(1 + RETRIES):
            answer = self._ask({"id_list": ",".join(map(str, missing.values())), "max_results": str(len(missing))})
            shown = {one.paper.id: one for one in answer.sightings if one.paper.id in missing}
            found |= {missing[paper]: one for paper, one in shown.items() if _is(one, missing[paper])}
            missing = {paper: one for paper, one in missing.items() if one not in found}
            if not missing or (shown and len(answer.sightings) >= answer.total):
                return found
        if answer.total and not found:
            raise self._fault(f"it counts {answer.total} of the {len(batch)} papers asked for, and shows none of them")
        return found

    def _walk(self, query: str, opening: Answer) -> Iterator[Sighting]:
        """All results of a query, some twice. Places on pages shift when papers come in or share a second, so what was
        shown is counted, and a walk that missed something is made once more."""
        seen: set[str] = set()
        for walk in range(2):
            answer = self._page(query, 0) if walk else opening
            start = 0
            while True:
                seen.update(sighting.paper.id for sighting in answer.sightings)
                yield from answer.sightings
                start += PAGE
                if start >= min(answer.total, REACH):
                    break
                answer = self._page(query, start)
            if len(seen) >= answer.total:
                return
        raise self._fault(f"it counts {answer.total} papers for {query}, and shows {len(seen)} of them")

    def _page(self, query: str, start: int) -> Answer:
        """A page with all that belongs on it. Only an empty first page of no results is believed, in the end."""
        for _ in range(1 + RETRIES):
            answer = self._ask(
                {
                    "search_query": query,
                    "start": str(start),
                    "max_results": str(PAGE),
                    "sortBy": "submittedDate",
                    "sortOrder": "ascending",
                }
            )
            if answer.sightings and len(answer.sightings) >= min(PAGE, answer.total - start):
                return answer
        if start == 0 and answer.total == 0 and not answer.sightings:
            return answer
        shown = len(answer.sightings)
        raise self._fault(f"it counts {answer.total} papers for {query}, and from {start} on shows {shown}")

    def _ask(self, params: Mapping[str, str]) -> Answer:
        """The answer to one request. Raises _Refused if arXiv gives a reason not to."""
        answer = second_try.ask(lambda: self._get(params), read)
        if answer.refusal:
            raise _Refused(
                f"arXiv's query API refused: {answer.refusal}",
                subject=self._url,
                hint="If it names an id, check that; else please report it with this message.",
            )
        return answer

    def _get(self, params: Mapping[str, str]) -> Response:
        """The body of an answer or of a reasoned refusal (400). A 500 also has a reason, but may pass: then the client
        tries again with its own patience, and the reason is kept for the error."""
        answer = self._http.get(self._url, params=params, expect=(400, 500))
        if answer.status == 500:
            reason = _reason(answer)
            try:
                answer = self._http.get(self._url, params=params, expect=(400,))
            except FetchError as error:
                what = f"{error.what} (at first it said: {reason})" if reason else error.what
                raise FetchError(what, subject=error.subject, hint=error.hint) from None
        if answer.status == 400 and not _reason(answer):
            raise refusal(answer)
        return answer

    def _halves(self, window: _Window, total: int) -> tuple[_Window, _Window]:
        """The later and the earlier half of a window, so that the earlier one is popped first."""
        first, last = window
        if first >= last:
            raise self._fault(f"it counts {total} papers of one minute, {first:%Y-%m-%d %H:%M}, and shows {REACH}")
        middle = first + (last - first) // _MINUTE // 2 * _MINUTE
        return (middle + _MINUTE, last), (first, middle)

    def _fault(self, what: str) -> FetchError:
        return FetchError(f"arXiv's query API contradicts itself: {what}", subject=self._url, hint=_LATER)


class _Refused(FetchError):
    """arXiv gave a reason for refusing, and one id of many may be it."""


def _parsed(ids: Collection[str]) -> tuple[ArxivId, ...]:
    """The ids, each once; what is none is left out, for arXiv would know no paper of it."""
    parsed: dict[ArxivId, None] = {}
    for told in ids:
        try:
            parsed[ArxivId.parse(told)] = None
        except InvalidId:
            continue
    return tuple(parsed)


def _batches(wanted: Sequence[ArxivId]) -> Iterator[tuple[ArxivId, ...]]:
    """Batches in which no paper stands twice, so that each entry of an answer belongs to one that was asked for."""
    waiting = list(wanted)
    while waiting:
        batch: dict[str, ArxivId] = {}
        left: list[ArxivId] = []
        for one in waiting:
            if len(batch) < BATCH and one.paper not in batch:
                batch[one.paper] = one
            else:
                left.append(one)
        yield tuple(batch.values())
        waiting = left


def _is(shown: Sighting, asked: ArxivId) -> bool:
    return asked.version in (0, shown.version.number)


def _named(batch: Sequence[ArxivId], error: FetchError) -> ArxivId | None:
    """Which id of a batch a refusal blames, if it does."""
    words = set(error.what.replace("'", " ").split())
    return next((one for one in batch if str(one) in words), None)


def _without(bad: ArxivId | None, batch: Sequence[ArxivId]) -> list[tuple[ArxivId, ...]]:
    """What to ask for after a refusal: all but the bad id, or while that is unknown both halves, until it is alone."""
    middle = len(batch) // 2
    parts = [batch[:middle], batch[middle:]] if bad is None else [[one for one in batch if one != bad]]
    return [tuple(part) for part in parts if 0 < len(part) < len(batch)]


def _reason(answer: Response) -> str:
    """Why arXiv refused, in its words; empty if the body is something else."""
    try:
        return read(answer.content).refusal
    except ParseError:
        return ""


def _whole_days(first: date, last: date) -> _Window:
    return datetime.combine(first, time(), UTC), datetime.combine(last, time(23, 59), UTC)
