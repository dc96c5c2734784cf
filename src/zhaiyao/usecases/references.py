"""Gathers papers to evaluate translations on, with references where there are any. Translates and stores nothing.

From the store; or from a classic digest, the earlier system's archive, or lines of JSON of one's own: `id`, `title`,
`abstract`, and what is known of `title_zh`, `abstract_zh`, `tldr_zh`. Other keys are passed over.
"""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from zhaiyao.errors import ParseError
from zhaiyao.ports import Progress, Store, UnitOfWork
from zhaiyao.records import Rendition, RenditionKind, Version
from zhaiyao.sources import archive, digest_file
from zhaiyao.sources.containers import Document, Piece, Shape
from zhaiyao.sources.fields import line, prose
from zhaiyao.usecases.importing import batches

_AT_ONCE = 1000
_NO_MATTER = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST = 50_000
"""Characters of a text. The longest abstract of arXiv's has a tenth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A paper's text, and the reference for each kind of rendition, `""` where there is none."""

    paper_id: str
    title: str
    abstract: str
    title_zh: str = ""
    abstract_zh: str = ""
    tldr_zh: str = ""

    @property
    def has_reference(self) -> bool:
        """Whether there is any."""
        return bool(self.title_zh or self.abstract_zh or self.tldr_zh)


class _Line(msgspec.Struct):
    id: str
    title: str
    abstract: str
    title_zh: str = ""
    abstract_zh: str = ""
    tldr_zh: str = ""


_decoder = msgspec.json.Decoder(_Line)


def sample(examples: Iterable[Example], papers: int, *, seed: int) -> tuple[Example, ...]:
    """So many of them, each paper once, by chance but the same for the same seed, in the order of their ids.

    Holds no more than it returns (reservoir sampling: Vitter 1985, algorithm R) but for the ids.
    """
    chance = random.Random(seed)
    chosen: list[Example] = []
    seen: set[str] = set()
    for example in examples:
        if example.paper_id in seen or not example.abstract.strip():
            continue
        seen.add(example.paper_id)
        if len(chosen) < papers:
            chosen.append(example)
        elif (place := chance.randrange(len(seen))) < papers:
            chosen[place] = example
    return tuple(sorted(chosen, key=lambda one: one.paper_id))


def read(document: Document, *, name: str, progress: Progress) -> Iterator[Example]:
    """The papers of a document, whatever its shape. Raises ParseError, which names a bad line of the user's own file;
    records of the archive that cannot be read are passed over, as `import` tells of them."""
    try:
        if document.shape is Shape.TEXT:
            yield from _digest(document.whole(), name)
            return
        own = document.shape is Shape.LINES
        for pieces in batches(document, _AT_ONCE, progress):
            for piece in pieces:
                example = _line(piece) if own else _filed(piece)
                if example is not None:
                    yield example
    except ParseError as error:
        raise ParseError(error.what, subject=error.subject or name, hint=error.hint) from None


def stored(store: Store, *, seed: int) -> Iterator[Example]:
    """What a store holds to compare with: first each sentence that a reader corrected, as a text of its own, then the
    papers with a translation from another system, in an order by chance."""
    with store.reading() as tx:
        corrections = tx.glossary.corrections(language="zh")
    for number, one in enumerate(corrections, 1):
        yield Example(paper_id=f"{one.paper_id}#{number}", title="", abstract=one.source, abstract_zh=one.target)
    ids = list(_ids(store))
    random.Random(seed).shuffle(ids)
    for start in range(0, len(ids), _AT_ONCE):
        with store.reading() as tx:
            found = list(_imported(tx, ids[start : start + _AT_ONCE]))
        yield from found


def _ids(store: Store) -> Iterator[str]:
    after = ""
    while True:
        with store.reading() as tx:
            ids = tx.renditions.translated(language="zh", after=after, limit=_AT_ONCE)
        if not ids:
            return
        yield from ids
        after = ids[-1]


def _imported(tx: UnitOfWork, ids: list[str]) -> Iterator[Example]:
    """Papers of these whose imported abstract renders a text that is held."""
    made = tx.renditions.of(ids, language="zh")
    for paper_id, versions in tx.papers.versions(ids).items():
        legacy = [one for one in made.get(paper_id, ()) if one.is_legacy and not _faults(one)]
        for version in versions:
            texts = {one.kind: one.text for one in legacy if one.version == version.number}
            if texts.get(RenditionKind.ABSTRACT):
                yield _example(version, texts)
                break


def _faults(rendition: Rendition) -> bool:
    """Whether the import found it to be no translation. That its source was cut is no fault of it."""
    return any(set(segment.faults) - {"cut-source"} for segment in rendition.segments)


def _example(version: Version, texts: Mapping[RenditionKind, str]) -> Example:
    return Example(
        paper_id=version.paper_id,
        title=version.title,
        abstract=version.abstract,
        title_zh=texts.get(RenditionKind.TITLE, ""),
        abstract_zh=texts.get(RenditionKind.ABSTRACT, ""),
        tldr_zh=texts.get(RenditionKind.TLDR, ""),
    )


def _digest(data: bytes, name: str) -> Iterator[Example]:
    digest = digest_file.parse(data, made_at=_NO_MATTER, name=name)
    texts: dict[str, dict[RenditionKind, str]] = {}
    for one in digest.renditions:
        texts.setdefault(one.paper_id, {})[one.kind] = one.text
    for version in digest.versions:
        yield _example(version, texts.get(version.paper_id, {}))


def _filed(piece: Piece) -> Example | None:
    try:
        filed = archive.parse(piece.content(), made_at=_NO_MATTER)
    except ParseError:
        return None
    sound = {one.kind: one.text for one in filed.renditions if one.language == "zh" and not _faults(one)}
    return _example(filed.version, sound)


def _line(piece: Piece) -> Example | None:
    """A line of a user's file. Raises ParseError."""
    where = f"line {piece.name}"
    try:
        told = _decoder.decode(piece.content())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = "Every line is a JSON object with id, title, abstract, and title_zh, abstract_zh, tldr_zh if known."
        raise ParseError(f"{where}: {error}", hint=hint) from None
    except ParseError as error:
        raise ParseError(f"{where}: {error.what}", hint=error.hint) from None
    if len(told.title) + len(told.abstract) > _LONGEST:
        raise ParseError(f"{where}: longer than any paper's text", hint=f"At most {_LONGEST} characters.")
    if not told.id.strip() or not told.abstract.strip():
        raise ParseError(f"{where}: has no id or no abstract", hint="Fill it in, or take the line out.")
    return Example(
        paper_id=told.id,
        title=line(told.title),
        abstract=prose(told.abstract),
        title_zh=told.title_zh.strip(),
        abstract_zh=told.abstract_zh.strip(),
        tldr_zh=told.tldr_zh.strip(),
    )
