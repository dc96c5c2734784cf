"""The index of meanings: papers as vectors, in a folder with the model that made them. Reads no store, knows no words.

A paper's vector is the middle of its two languages' vectors, or the one it has. The embedder is one given from outside,
or else a space of the index's own (`features.lsi`), which `learn` fits on the papers it is shown while the index is
still empty; an index is never refitted, but built anew beside the old one. `stale` tells when that is worth it.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zhaiyao.errors import EmbedderError, IndexDamaged, SearchError
from zhaiyao.features import Embedder, Pair, Passage
from zhaiyao.features.lexicon import MOST_TITLES, Lexicon, learn
from zhaiyao.features.lsi import ENOUGH_PAIRS, ENOUGH_TEXTS, MOST_TEXTS, LsiEmbedder, fit, unfitted
from zhaiyao.finding import Document, Note, Remark
from zhaiyao.search import segments, words
from zhaiyao.search.vectors import VectorIndex

if TYPE_CHECKING:
    from zhaiyao.features import Vectors

AT_ONCE = 2000
"""Papers embedded in one go: what it takes in memory, some 100 MB at most."""

_FORMAT = 1
_HEAD = "semantic.json"
_ENGLISH, _CHINESE, _BOTH = 1, 2, 3
_OWED = 4  # beside one of these: the embedder did not answer
_HINT = "Run zhaiyao index --rebuild."


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What there is to learn from: papers in both languages, and papers at all."""

    pairs: int = 0
    texts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What one state of the folder holds. `fresh`: nothing was committed since it learned."""

    embedder: Embedder
    lexicon: Lexicon
    vectors: VectorIndex
    built_from: Material
    fresh: bool
    seen: tuple[int, int] | None

    @property
    def held(self) -> Material:
        pairs = self.vectors.count(_BOTH) + self.vectors.count(_BOTH | _OWED)
        return Material(pairs=pairs, texts=self.vectors.size)

    @property
    def crosslingual(self) -> bool:
        return not isinstance(self.embedder, LsiEmbedder) or self.embedder.crosslingual

    @property
    def is_blank(self) -> bool:
        """Whether it was made while an embedder from outside did not even tell how long its vectors are."""
        return not self.vectors.dimensions


class SemanticIndex:
    """An index in a folder, made if there is none. One process changes it at a time; any number asks meanwhile, also in
    several threads.

    Raises IndexDamaged if it cannot be read, or if its vectors were made by another embedder than the one given. Where
    the given one does not answer, papers are taken in without vectors and are `owed` them. `signs_from`: papers from
    which signs are searched first.
    """

    def __init__(
        self, folder: Path, embedder: Embedder | None = None, *, signs_from: int = segments.SIGNS_FROM
    ) -> None:
        self._folder = folder
        self._given = embedder
        self._signs_from = signs_from
        if not (folder / _HEAD).exists():
            _create(folder, embedder or unfitted(terms), Lexicon({}))
        self._opened = self._open()

    @property
    def size(self) -> int:
        """Papers in it."""
        return self._followed().vectors.size

    @property
    def crosslingual(self) -> bool:
        """Whether Chinese finds English here, and the other way round. A model from outside is trusted with it."""
        return self._followed().crosslingual

    @property
    def learned(self) -> bool:
        """Whether anything can be found by meaning here."""
        now = self._followed()
        return now.embedder.fitted if isinstance(now.embedder, LsiEmbedder) else not now.is_blank

    @property
    def missing(self) -> int:
        """Translated papers that are still missing before the languages can be tied together; 0 if they are."""
        now = self._followed()
        return 0 if now.crosslingual else max(0, ENOUGH_PAIRS - now.held.pairs)

    def notes(self, text: str) -> tuple[Note, ...]:
        """What to know of that which is found for a text: whether it is nothing, or in the text's language only."""
        now = self._followed()
        if now.is_blank:
            return (Note(remark=Remark.UNANSWERED),)
        if not self.learned:
            return (Note(remark=Remark.UNTAUGHT, count=max(0, ENOUGH_TEXTS - now.held.texts)),)
        if not now.crosslingual and any(chunk.is_han for chunk in words.chunks(text)):
            return (Note(remark=Remark.ONE_LANGUAGE, count=self.missing),)
        return ()

    def owed(self, *, limit: int) -> list[str]:
        """Papers without a vector, since the embedder did not answer."""
        now = self._followed()
        return [] if self._given is None or now.is_blank else now.vectors.marked(_OWED, limit=limit)

    @property
    def lexicon(self) -> Lexicon:
        """Translations of words, for the index of words."""
        return self._followed().lexicon

    @property
    def stale(self) -> bool:
        """Whether there is so much more to learn from that the index should be built anew; or an embedder that never
        answered now does."""
        now = self._followed()
        if now.is_blank:
            return now.vectors.size > 0 and _length(now.embedder) > 0
        return worth_learning(now.built_from, now.held)

    def learn(self, documents: Iterable[Document]) -> None:
        """Learns from these papers: the lexicon, and the space if it is the index's own. Looks at some ten thousand.

        Raises SearchError if the index holds papers already: their vectors would not fit.
        """
        if self.size:
            raise SearchError("only an empty index can learn", subject=str(self._folder), hint=_HINT)
        pairs, english = _material(documents)
        model = self._given or fit(pairs, english, terms)
        self._opened.vectors.close()
        _create(self._folder, model, learn(pairs, spoken))
        self._opened = self._open()

    def apply(self, documents: Iterable[Document]) -> None:
        """Adds papers, each in the place of what was there of it. Seen and safe after `commit`."""
        following = iter(documents)
        now = self._opened
        while batch := tuple(islice(following, AT_ONCE)):
            try:
                vectors, owed = self._embedded(now, batch), 0
            except EmbedderError:
                vectors, owed = np.zeros((len(batch), now.vectors.dimensions), np.float32), _OWED
            kinds = [_kind(document) | owed for document in batch]
            ids = [document.paper_id for document in batch]
            now.vectors.put(ids, vectors, now.embedder.hubness(vectors), kinds)

    def remove(self, ids: Collection[str]) -> None:
        """Removes papers; unknown ones are left alone. Seen and safe after `commit`."""
        self._opened.vectors.remove(ids)

    def commit(self) -> None:
        """Makes all changes seen and safe. The first one notes what the index was built from, for `stale`: what was
        learned from may be but a part of that."""
        now = self._opened
        now.vectors.commit()
        if now.fresh:
            _write_head(self._folder, now.embedder, now.held, fresh=False)
            self._opened = replace(now, built_from=now.held, fresh=False, seen=_identity(self._folder))

    def search(self, text: str, *, limit: int, allowed: Collection[str] | None = None) -> list[tuple[str, float]]:
        """(paper id, score) of the papers nearest to a text in either language, among the allowed ones.

        Nothing for a text of which no word is known. Raises EmbedderError if an embedder from outside does not answer.
        """
        now = self._followed()
        if now.is_blank:
            return []
        vector = self._fitting(now, now.embedder.embed([Passage(title=text)]))[0]
        if not vector.any():
            return []
        return now.vectors.search(vector, limit=limit, allowed=allowed)

    def similar(
        self, ids: Collection[str], *, limit: int, allowed: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """(paper id, score) of the papers nearest to the middle of these, without them."""
        return self._followed().vectors.near(ids, limit=limit, allowed=allowed)

    def close(self) -> None:
        """Lets the files go. Idempotent."""
        self._opened.vectors.close()

    def _embedded(self, now: _Opened, documents: Sequence[Document]) -> "Vectors":
        """The middle of the vectors of the languages a paper has. Being the middle of two, it may be shorter than 1:
        so a paper in both languages is no nearer to everything than one in a single language."""
        if now.is_blank:
            raise EmbedderError("it never told how long its vectors are", subject=now.embedder.name)
        english = [(at, passage) for at, one in enumerate(documents) if (passage := english_of(one)).text]
        chinese = [(at, passage) for at, one in enumerate(documents) if (passage := chinese_of(one)).text]
        vectors = np.zeros((len(documents), now.vectors.dimensions), np.float32)
        sides = np.zeros(len(documents), np.float32)
        told = [*english, *chinese]
        made = self._fitting(now, now.embedder.embed([passage for _, passage in told])) if told else ()
        for (at, _), vector in zip(told, made, strict=True):
            vectors[at] += vector
            sides[at] += vector.any()
        return np.asarray(vectors / np.maximum(sides, 1)[:, None], np.float32)

    def _fitting(self, now: _Opened, vectors: "Vectors") -> "Vectors":
        """The same vectors, if they are as long as those that are held."""
        if vectors.shape[1] != now.vectors.dimensions:
            what = f"holds vectors of {now.vectors.dimensions} dimensions, and {now.embedder.name} makes others"
            raise IndexDamaged(what, subject=str(self._folder), hint=_HINT)
        return vectors

    def _followed(self) -> _Opened:
        """The present state, opened again if another index took this one's place; other threads finish on the old."""
        now = _identity(self._folder)
        if now and now != self._opened.seen:  # none between the old one's leaving and the new one's coming
            self._opened = self._open()
        return self._opened

    def _open(self) -> _Opened:
        seen = _identity(self._folder)
        try:
            told = json.loads((self._folder / _HEAD).read_text(encoding="utf-8"))
            made_by, built_from, fresh = (
                (told["embedder"], told["version"]),
                Material(**told["built_from"]),
                told["fresh"],
            )
            if told["format"] != _FORMAT:
                raise IndexDamaged("is of another version of Zhaiyao", subject=str(self._folder), hint=_HINT)
        except (OSError, ValueError, KeyError, TypeError) as error:
            what = f"the semantic index cannot be read: {error}"
            raise IndexDamaged(what, subject=str(self._folder), hint=_HINT) from None
        embedder = self._given or LsiEmbedder.load(self._folder, terms)
        if (embedder.name, embedder.version) != made_by:
            what = f"its vectors were made by {made_by[0]}, not by {embedder.name}"
            raise IndexDamaged(what, subject=str(self._folder), hint=_HINT)
        return _Opened(
            embedder=embedder,
            lexicon=Lexicon.load(self._folder / "lexicon.json"),
            vectors=VectorIndex(self._folder / "vectors", signs_from=self._signs_from),
            built_from=built_from,
            fresh=bool(fresh),
            seen=seen,
        )


def worth_learning(then: Material, now: Material) -> bool:
    """Whether to learn again: there is twice the material, in both languages if there is enough of that."""
    if now.pairs >= ENOUGH_PAIRS:
        return now.pairs >= 2 * then.pairs
    return now.texts >= max(ENOUGH_TEXTS, 2 * then.texts)


def english_of(document: Document) -> Passage:
    """A paper's original text."""
    return Passage(title=document.title, body=document.abstract, language="en")


def chinese_of(document: Document) -> Passage:
    """A paper's translation, with the TL;DR."""
    body = f"{document.abstract_zh}\n{document.tldr_zh}".strip()
    return Passage(title=document.title_zh, body=body, language="zh")


def terms(text: str) -> list[str]:
    """All words of a text and their other names: what a text is about is more than one way to write it.

    Line by line, since the index of words has just cut the same lines, and `words.stream` remembers.
    """
    return " ".join(part for line in text.split("\n") for part in words.stream(line)).split()


def spoken(text: str) -> list[str]:
    """The words of a text, once each as they stand: what a translation is of."""
    return words.stream(text)[0].split()


def _kind(document: Document) -> int:
    return (_ENGLISH if document.title or document.abstract else 0) | (_CHINESE if document.title_zh else 0)


def _material(documents: Iterable[Document]) -> tuple[list[Pair], list[Passage]]:
    """Papers in both languages, and the original texts of others."""
    pairs: list[Pair] = []
    english: list[Passage] = []
    for document in documents:
        if _kind(document) == _BOTH:
            if len(pairs) < MOST_TITLES:
                pairs.append(Pair(english=english_of(document), chinese=chinese_of(document)))
        elif document.title and len(english) < MOST_TEXTS:
            english.append(english_of(document))
    return pairs, english


def _create(folder: Path, embedder: Embedder, lexicon: Lexicon) -> None:
    """Writes an empty index; the head comes last, so that a folder with one is whole. Raises SearchError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _HEAD).unlink(missing_ok=True)
        VectorIndex.create(folder / "vectors", _length(embedder)).close()
        if isinstance(embedder, LsiEmbedder):
            embedder.save(folder)
        lexicon.save(folder / "lexicon.json")
        _write_head(folder, embedder, Material(), fresh=True)
    except OSError as error:
        what = f"the semantic index cannot be written: {error.strerror}"
        raise SearchError(what, subject=str(folder), hint="Check the folder's rights and free space.") from None


def _length(embedder: Embedder) -> int:
    """Length of an embedder's vectors; 0 if it does not tell now."""
    try:
        return embedder.dimensions
    except EmbedderError:
        return 0


def _write_head(folder: Path, embedder: Embedder, built_from: Material, *, fresh: bool) -> None:
    told = {
        "format": _FORMAT,
        "embedder": embedder.name,
        "version": embedder.version,
        "built_from": {"pairs": built_from.pairs, "texts": built_from.texts},
        "fresh": fresh,
    }
    temporary = (folder / _HEAD).with_suffix(".tmp")
    temporary.write_text(json.dumps(told), encoding="utf-8")
    temporary.replace(folder / _HEAD)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells an index from one that takes its place."""
    try:
        told = (folder / _HEAD).stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns
