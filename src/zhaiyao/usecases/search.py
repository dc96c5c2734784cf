"""Searches everything stored: the one use case behind the command, the web page and MCP. Prints nothing.

What came into the store a moment ago is read before the answer, if it is little; else the answer tells what is missing.
The index gives ids; texts come from the store as they are now, and with them what shows why a paper was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import UsageError
from zhaiyao.finding import And, Document, Found, Hit, Index, Mode, Note, Query, Remark, Snippet
from zhaiyao.ports import Store
from zhaiyao.search.querying import parse, widened
from zhaiyao.search.snippets import snippets
from zhaiyao.usecases.index import documents, follow_a_little

MOST = 1000
"""Hits that may be asked for at once."""

LONGEST_TEXT = 20_000
"""Characters of a text that is looked for its like; what is longer is cut, since an abstract is never near that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A found paper as a list shows it. `announced` is the latest date; `snippets` tell why it was found."""

    paper_id: str
    title: str
    title_zh: str
    tldr_zh: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    announced: date | None
    marks: tuple[str, ...]
    score: float
    places: tuple[tuple[Mode, int], ...] = ()
    snippets: tuple[Snippet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a search found, best first; `total` is how many papers match in all, None where that has no border.

    `searched` is how many papers there were to find, `fuzzy` are the words in which typing errors were allowed, and
    `notes` say why something may be missing.
    """

    query: str
    mode: Mode
    cards: tuple[Card, ...]
    total: int | None
    searched: int
    fuzzy: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def search(
    store: Store, index: Index, text: str, *, limit: int = 20, mode: Mode | None = None, fuzzy: bool = False
) -> Answer:
    """Papers that match a query (`search.querying` tells its language), in the given mode or the best there is.

    Raises UsageError for a query that cannot be read or is empty, SearchError if the index cannot be asked.
    """
    query = parse(text, fuzzy=fuzzy)
    if query == And():
        raise UsageError("nothing to look for", subject=text[:80], hint='Try: zhaiyao search "protein diffusion"')
    how, most = _mode(index, mode), _bounded(limit)
    behind = follow_a_little(store, index)
    found = index.find(query, text, limit=most, mode=how)
    return _answer(store, index, found, query=query, text=text, mode=how, behind=behind)


def like_papers(store: Store, index: Index, ids: Sequence[str], *, limit: int = 20, mode: Mode | None = None) -> Answer:
    """Papers like these (ids in any form), themselves left out. Raises InvalidId, UsageError for unknown ones."""
    wanted = [ArxivId.parse(one).paper for one in ids]
    with store.reading() as tx:
        known = documents(tx, wanted)
    missing = sorted(set(wanted) - {document.paper_id for document in known})
    if missing or not known:
        raise UsageError(
            "not in the store",
            subject=", ".join(missing),
            hint="Only a stored paper can be compared; or give its text.",
        )
    how, most = _mode(index, mode), _bounded(limit)
    behind = follow_a_little(store, index)
    found = index.like(known, limit=most, mode=how)
    return _answer(store, index, found, query=None, text=" ".join(wanted), mode=how, behind=behind)


def like_text(store: Store, index: Index, text: str, *, limit: int = 20, mode: Mode | None = None) -> Answer:
    """Papers like a text, such as an abstract, in Chinese or English. Raises UsageError for an empty one."""
    if not text.strip():
        raise UsageError("an empty text is like nothing", hint="Give an abstract, or some sentences.")
    how, most = _mode(index, mode), _bounded(limit)
    behind = follow_a_little(store, index)
    document = Document(paper_id="", abstract=text[:LONGEST_TEXT])
    found = index.like((document,), limit=most, mode=how)
    return _answer(store, index, found, query=None, text=text[:80], mode=how, behind=behind)


def cards(store: Store, hits: Sequence[Hit], *, query: Query | None) -> tuple[Card, ...]:
    """Hits with their texts, in the same order. What the store holds no more is left out."""
    with store.reading() as tx:
        known = {document.paper_id: document for document in documents(tx, [hit.paper_id for hit in hits])}
    return tuple(_card(known[hit.paper_id], hit, query) for hit in hits if hit.paper_id in known)


def _card(document: Document, hit: Hit, query: Query | None) -> Card:
    return Card(
        paper_id=document.paper_id,
        title=document.title,
        title_zh=document.title_zh,
        tldr_zh=document.tldr_zh,
        authors=document.authors,
        categories=document.categories,
        announced=max(document.announced, default=None),
        marks=document.marks,
        score=hit.score,
        places=hit.places,
        snippets=snippets(document, query),
    )


def _answer(
    store: Store, index: Index, found: Found, *, query: Query | None, text: str, mode: Mode, behind: int
) -> Answer:
    return Answer(
        query=text,
        mode=mode,
        cards=cards(store, found.hits, query=query),
        total=found.total,
        searched=index.papers,
        fuzzy=widened(query) if query is not None else (),
        notes=(*found.notes, *((Note(remark=Remark.BEHIND, count=behind),) if behind else ())),
    )


def _mode(index: Index, mode: Mode | None) -> Mode:
    modes = index.modes
    if mode is None:
        return modes[0]
    if mode not in modes:
        known = ", ".join(modes)
        raise UsageError("there is no index for it", subject=f"mode {mode}", hint=f"Here one can search: {known}.")
    return mode


def _bounded(limit: int) -> int:
    if not 1 <= limit <= MOST:
        raise UsageError("not a number of hits", subject=str(limit), hint=f"Ask for 1 to {MOST}.")
    return limit
