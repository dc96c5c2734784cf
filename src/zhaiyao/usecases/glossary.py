"""The reader's glossary: lists, adds, removes, imports, exports and checks terms. Changes no rendition."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from zhaiyao.errors import ParseError, UsageError
from zhaiyao.glossary import FORMATS, Glossary, checked, defaults, dump_terms, missing, read_terms, wordings
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import Rendition, RenditionKind, SegmentState, Term

LANGUAGE = "zh"

AT_ONCE = 500
"""Papers whose renditions are held together."""

Rendered = dict[RenditionKind, Rendition]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A reader's term and what does not keep to it: how many sentences, in which papers."""

    term: Term
    sentences: int
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How the stored renditions keep to the reader's terms. `imported` papers were counted and not looked at."""

    terms: int
    papers: int
    missed: tuple[Missed, ...]
    imported: int


def listed(store: Store, *, find: str = "", everything: bool = False) -> tuple[Term, ...]:
    """The reader's terms by source; with `everything` the packaged ones too that no reader's term replaces. With
    `find` only those of which some wording holds it."""
    with store.reading() as tx:
        terms = tx.glossary.terms(language=LANGUAGE)
    if everything:
        terms = combined(terms).terms
    wanted = find.casefold()
    found = (term for term in terms if wanted in "\n".join((term.source, *wordings(term), *term.avoid)).casefold())
    return tuple(sorted(found, key=lambda term: term.source.casefold()))


def combined(terms: Iterable[Term]) -> Glossary:
    """The packaged terms and the reader's, of which the latter win."""
    return Glossary((*defaults(LANGUAGE), *terms))


def add(store: Store, terms: Iterable[Term]) -> tuple[Term, ...]:
    """Adds terms of a reader, or replaces those of the same source; of several for one source the last is kept.
    Returns what was kept. Raises UsageError if one cannot be a term."""
    told = tuple({term.source.casefold(): term for term in map(checked, terms)}.values())
    with store.writing() as tx:
        tx.glossary.put(told)
    return told


def remove(store: Store, source: str) -> None:
    """Removes a reader's term. Raises UsageError if there is none."""
    with store.writing() as tx:
        removed = tx.glossary.drop(source, language=LANGUAGE)
    if not removed:
        packaged = combined(()).get(source) is not None
        raise UsageError(
            "no term of yours",
            subject=source[:80],
            hint=(
                "It comes with Zhaiyao: add a term of the same source to have it otherwise."
                if packaged
                else "See `zhaiyao glossary list`."
            ),
        )


def read(data: bytes, form: str, *, name: str) -> tuple[Term, ...]:
    """The terms of a file. Raises UsageError for an unknown format, ParseError that names file and line."""
    if form not in FORMATS:
        raise UsageError("the format is not known", subject=name, hint=f"--format names it: {', '.join(FORMATS)}.")
    try:
        return read_terms(data.decode("utf-8-sig"), form, language=LANGUAGE)
    except UnicodeDecodeError as error:
        raise ParseError("is not UTF-8 text", subject=name, hint="Save it as UTF-8, and import it again.") from error
    except ParseError as error:
        hint = "Nothing was imported."
        raise ParseError(error.what, subject=f"{name}, {error.subject}", hint=hint) from error


def written(store: Store, form: str, *, everything: bool = False) -> str:
    """The terms as a file's text; see `listed`."""
    return dump_terms(listed(store, everything=everything), form)


def check(store: Store) -> Checked:
    """Which current renditions of the stored papers miss a reader's term. Imported ones are counted only."""
    with store.reading() as tx:
        terms = tx.glossary.terms(language=LANGUAGE)
        found: dict[Term, dict[str, int]] = {term: {} for term in Glossary(terms).terms}
        papers = imported = 0
        for paper_id, rendered in latest_renditions(tx):
            own = [one for one in rendered.values() if not one.is_legacy]
            papers, imported = papers + bool(own), imported + (len(own) < len(rendered))
            for term in _missed(own, terms):
                found[term][paper_id] = found[term].get(paper_id, 0) + 1
    missed = (
        Missed(term=term, sentences=sum(counts.values()), papers=tuple(counts))
        for term, counts in found.items()
        if counts
    )
    return Checked(terms=len(found), papers=papers, missed=tuple(missed), imported=imported)


def latest_renditions(tx: UnitOfWork, papers: Iterable[str] | None = None) -> Iterator[tuple[str, Rendered]]:
    """The current renditions of each paper's latest version that has any: of these papers or, page by page, of all."""
    for ids in [tuple(papers)] if papers is not None else _pages(tx):
        held = tx.papers.versions(ids)
        places = dict.fromkeys((one.paper_id, one.number) for versions in held.values() for one in versions)
        current = tx.renditions.current(places, language=LANGUAGE)
        latest: dict[str, tuple[int, Rendered]] = {}
        for (paper_id, number), rendered in current.items():
            if rendered and number >= latest.get(paper_id, (-1, {}))[0]:
                latest[paper_id] = number, rendered
        for paper_id in ids:
            if paper_id in latest:
                yield paper_id, latest[paper_id][1]


def _pages(tx: UnitOfWork) -> Iterator[tuple[str, ...]]:
    after = ""
    while ids := tx.papers.ids(after=after, limit=AT_ONCE):
        yield ids
        after = ids[-1]


def _missed(renditions: Iterable[Rendition], terms: tuple[Term, ...]) -> Iterator[Term]:
    """The terms that a sentence misses, once for each such sentence."""
    for rendition in renditions:
        for segment in rendition.segments:
            if segment.source and segment.state is SegmentState.TRANSLATED:
                yield from missing(segment.source, segment.target, terms)
