"""The indexes of words and of meanings as one: asked together, changed together, rebuilt in place of damaged ones.

One process changes them at a time and holds a lock while it does; any number asks meanwhile. How far the store's log of
changes has been read is committed with the words, after the meanings are safe, so that a kill in between only repeats
some work. A rebuilt index grows beside the old one and takes its place when it is whole.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from zhaiyao.errors import EmbedderError, IndexDamaged, SearchError
from zhaiyao.finding import And, Document, Found, Hit, IndexSize, Mode, Note, Query, Reached, Remark
from zhaiyao.search.lexical import HINT, LexicalIndex, Writer
from zhaiyao.search.querying import filters, spoken

DEEP = 200
"""How many hits of each index are fused, at least; more where more are asked for."""

FEW = 2000
"""Papers that pass a filter, up to which their ids are handed to the search by meaning. Above, hits are sieved."""


class Lexicon(Protocol):
    """Translations of words."""

    def of(self, word: str) -> Iterable[tuple[str, float]]:
        """What a word becomes in the other language, with probabilities."""


class Meaning(Protocol):
    """The index of meanings, as `search.semantic` builds it. What is applied or removed is seen after `commit`."""

    @property
    def size(self) -> int:
        """Papers in it."""

    @property
    def stale(self) -> bool:
        """Whether there is so much more to learn from than when it learned that building anew is worth it."""

    @property
    def learned(self) -> bool:
        """Whether anything can be found by meaning."""

    @property
    def lexicon(self) -> Lexicon:
        """Translations that it learned, for the index of words."""

    def notes(self, text: str) -> tuple[Note, ...]:
        """What to know of that which is found for a text."""

    def owed(self, *, limit: int) -> list[str]:
        """Papers without a vector, since the embedder did not answer."""

    def learn(self, documents: Iterable[Document]) -> None:
        """Learns from these papers, while it is empty."""

    def apply(self, documents: Iterable[Document]) -> None:
        """Adds papers, each in the place of what was there of it."""

    def remove(self, ids: Collection[str]) -> None:
        """Removes papers; unknown ones are left alone."""

    def commit(self) -> None:
        """Makes the changes safe."""

    def search(self, text: str, *, limit: int, allowed: Collection[str] | None = None) -> list[tuple[str, float]]:
        """(paper id, score), nearest first, of those that are allowed. Raises EmbedderError."""

    def similar(
        self, ids: Collection[str], *, limit: int, allowed: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """(paper id, score) of the papers nearest to the middle of these, without them."""

    def close(self) -> None:
        """Lets files go."""


Fuse = Callable[[Sequence[Hit], Sequence[tuple[str, float]]], Sequence[Hit]]


class Indexes:
    """`finding.Index` over a folder. `meaning` opens the index of meanings in a folder of its own; None: words alone.

    The meanings are opened when they are first needed: a search for words does not pay for them. Who changes them opens
    them once more, so that other threads search meanwhile what was committed.
    """

    def __init__(
        self, folder: Path, *, meaning: Callable[[Path], Meaning] | None = None, fuse: Fuse | None = None
    ) -> None:
        self._folder = folder
        self._current = folder / "current"
        self._lexical = LexicalIndex(self._current / "words")
        self._open_meaning = meaning
        self._meaning: Meaning | None = None
        self._fuse = fuse

    @property
    def modes(self) -> tuple[Mode, ...]:
        """How it can be asked, the best way first."""
        return (Mode.FUSED, Mode.LEXICAL, Mode.SEMANTIC) if self._open_meaning and self._fuse else (Mode.LEXICAL,)

    @property
    def reached(self) -> Reached:
        """How far it has read the log of changes; nothing of it where there is no index yet. Raises IndexDamaged."""
        return self._lexical.reached if self._current.exists() else Reached()

    @property
    def papers(self) -> int:
        """How many papers there are to find. Raises IndexDamaged."""
        return self._lexical.papers if self._current.exists() else 0

    @property
    def size(self) -> IndexSize:
        """How large it is. Raises IndexDamaged."""
        meaning = self._meanings() if self._current.exists() else None
        files = (file for file in self._current.rglob("*") if file.is_file())
        return IndexSize(papers=self.papers, vectors=meaning.size if meaning else 0, bytes=sum(map(_bytes, files)))

    @property
    def stale(self) -> bool:
        """Whether it would understand more if it were built anew. Raises IndexDamaged."""
        meaning = self._meanings() if self._current.exists() else None
        return meaning is not None and meaning.stale

    def owed(self, *, limit: int) -> tuple[str, ...]:
        """Papers that are found by their words only, since the embedder did not answer. Raises IndexDamaged."""
        meaning = self._meanings() if self._current.exists() else None
        return tuple(meaning.owed(limit=limit)) if meaning is not None else ()

    def find(self, query: Query, text: str, *, limit: int, mode: Mode) -> Found:
        """The best hits of a query; `text` is how it was written. Raises IndexDamaged, SearchError.

        By meaning, the words are compared as one text; only the query's filters, words of a field among them, must
        hold. Fused, one word of the query is enough to be a candidate, and `total` is how many papers hold all. As long
        as nothing is known of meanings, that is the answer by words; if an embedder does not answer, it is that of any
        words.
        """
        if not self._current.exists():
            return Found(hits=(), total=0)
        asked = spoken(query)
        if mode is Mode.LEXICAL or not asked:
            return self._lexical.search(query, limit=limit)
        meaning = self._meant()
        notes = meaning.notes(asked)
        if not meaning.learned:
            found = self._lexical.search(query, limit=limit) if mode is Mode.FUSED else Found(hits=())
            return replace(found, notes=notes)
        try:
            near = self._nearest(asked, filters(query), limit=max(limit, DEEP), least=limit)
        except EmbedderError as error:
            if mode is Mode.SEMANTIC:
                raise
            near, notes = [], (_unanswered(error),)
        if mode is Mode.SEMANTIC:
            return Found(hits=tuple(_by_meaning(near)[:limit]), notes=notes)
        translate = meaning.lexicon.of
        some = self._lexical.search(query, limit=max(limit, DEEP), any_word=True, translate=translate, count=False)
        total = self._lexical.search(query, limit=1).total
        return Found(hits=tuple(self._fused(some.hits, near))[:limit], total=total, notes=notes)

    def like(self, documents: Sequence[Document], *, limit: int, mode: Mode) -> Found:
        """Papers most like these, themselves left out; a document without id is a text. Raises IndexDamaged,
        SearchError.
        """
        if not self._current.exists():
            return Found(hits=())
        known = {document.paper_id for document in documents}
        asked = max(limit + len(known), DEEP)
        texts = [f"{one.title}\n{one.title_zh}\n{one.abstract}\n{one.abstract_zh}" for one in documents]
        hits: Sequence[Hit] = ()
        if mode is not Mode.SEMANTIC:
            hits = [hit for hit in self._lexical.like(texts, limit=asked) if hit.paper_id not in known]
        if mode is Mode.LEXICAL:
            return Found(hits=tuple(hits)[:limit])
        meaning = self._meant()
        text = "\n".join(texts)
        notes = meaning.notes(text)
        if not meaning.learned:
            return Found(hits=tuple(hits)[:limit], notes=notes)
        try:
            near = meaning.search(text, limit=asked) if "" in known else meaning.similar(known, limit=asked)
        except EmbedderError as error:
            if mode is Mode.SEMANTIC:
                raise
            return Found(hits=tuple(hits)[:limit], notes=(_unanswered(error),))
        hits = self._fused(hits, near) if mode is Mode.FUSED else _by_meaning(near)
        return Found(hits=tuple(hits)[:limit], notes=notes)

    def among(self, ids: Iterable[str], query: Query) -> frozenset[str]:
        """Those of these papers that match all of a query, by words. Raises IndexDamaged."""
        return self._lexical.among(frozenset(ids), query) if self._current.exists() else frozenset()

    def verify(self) -> None:
        """Reads all of the index of words and compares it with its checksums. Raises IndexDamaged."""
        if self._current.exists():
            self._lexical.verify()

    @contextmanager
    def updating(self, *, wait: float, bulk: bool = False) -> "Iterator[Update | None]":
        """The right to change the index; None if another process has it for longer than `wait` seconds.

        Raises IndexDamaged (then `rebuilding` is what helps) and SearchError.
        """
        with self._locked(wait) as ours:
            if not ours:
                yield None
                return
            meaning = self._open_meaning(self._current / "meaning") if self._open_meaning else None
            try:
                if meaning is not None and not meaning.size and self._lexical.papers:
                    raise IndexDamaged("the index of meanings is missing", subject=str(self._current), hint=HINT)
                with self._lexical.writing(bulk=bulk) as writer:
                    yield Update(writer, meaning, reached=self._lexical.reached)
            finally:
                if meaning is not None:
                    meaning.close()

    @contextmanager
    def rebuilding(self, *, wait: float) -> "Iterator[Update | None]":
        """As `updating`, but of an empty index, which takes the place of this one when the block ends well."""
        with self._locked(wait) as ours:
            if not ours:
                yield None
                return
            new = self._folder / "new"
            for leftover in (new, self._folder / "old"):
                shutil.rmtree(leftover, ignore_errors=True)
            lexical = LexicalIndex.create(new / "words")
            meaning = self._open_meaning(new / "meaning") if self._open_meaning else None
            try:
                with lexical.writing(bulk=True) as writer:
                    yield Update(writer, meaning, reached=Reached(), fresh=True)
            finally:
                lexical.close()
                if meaning is not None:
                    meaning.close()
            self._replace_by(new)

    def close(self) -> None:
        """Lets all files go. Idempotent."""
        self._lexical.close()
        if self._meaning is not None:
            self._meaning.close()
            self._meaning = None

    def _replace_by(self, new: Path) -> None:
        old = self._folder / "old"
        self.close()
        try:
            if self._current.exists():
                self._current.rename(old)
            new.rename(self._current)
        except OSError as error:
            raise SearchError(
                f"the rebuilt index cannot take its place: {error.strerror}",
                subject=str(self._current),
                hint="Check the folder's rights and call zhaiyao index --rebuild again.",
            ) from None
        shutil.rmtree(old, ignore_errors=True)

    @contextmanager
    def _locked(self, wait: float) -> Iterator[bool]:
        """Whether this process may change the index. The lock dies with its process, so none is left behind."""
        from filelock import FileLock, Timeout  # only who writes pays for the import

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._folder / "lock", timeout=wait)
            lock.acquire()
        except Timeout:
            yield False
            return
        except OSError as error:
            what, hint = f"the search index cannot be used: {error.strerror}", "Check the folder's rights."
            raise SearchError(what, subject=str(self._folder), hint=hint) from None
        try:
            yield True
        finally:
            lock.release()

    def _meanings(self) -> Meaning | None:
        if self._meaning is None and self._open_meaning is not None:
            self._meaning = self._open_meaning(self._current / "meaning")
        return self._meaning

    def _meant(self) -> Meaning:
        meaning = self._meanings()
        if meaning is None:
            raise SearchError("there is no index of meanings", hint="Search with --mode lexical.")
        return meaning

    def _fused(self, hits: Sequence[Hit], near: Sequence[tuple[str, float]]) -> Sequence[Hit]:
        if self._fuse is None:
            raise SearchError("there is no index of meanings", hint="Search with --mode lexical.")
        return self._fuse(hits, near)

    def _nearest(self, text: str, narrowed: Query, *, limit: int, least: int) -> list[tuple[str, float]]:
        """The nearest papers that pass the filters, `least` if there are as many."""
        meaning = self._meant()
        if narrowed == And():
            return meaning.search(text, limit=limit)
        passing = self._lexical.search(narrowed, limit=1).total or 0
        if passing <= FEW:
            ids = {hit.paper_id for hit in self._lexical.search(narrowed, limit=FEW, count=False).hits}
            return meaning.search(text, limit=limit, allowed=ids)
        asked = max(2 * limit, 3 * least * meaning.size // passing)
        while True:
            near = meaning.search(text, limit=asked)
            among = self._lexical.among([paper_id for paper_id, _ in near], narrowed)
            kept = [one for one in near if one[0] in among]
            if len(kept) >= least or len(near) < asked:
                return kept[:limit]
            asked *= 4


class Update:
    """`finding.IndexUpdate`: changes to the indexes, which nobody else sees before `commit`."""

    def __init__(self, writer: Writer, meaning: Meaning | None, *, reached: Reached, fresh: bool = False) -> None:
        self._writer = writer
        self._meaning = meaning
        self._fresh = fresh
        self.reached = reached

    def learn(self, documents: Iterable[Document]) -> None:
        """Learns what words mean from these papers. Only of use to an empty index, before the first `put`."""
        if self._meaning is not None:
            self._meaning.learn(documents)

    def put(self, documents: Sequence[Document]) -> None:
        """Adds papers, each in the place of what was there of it."""
        if self._fresh:
            self._writer.load(documents)
        else:
            self._writer.put(documents)
        if self._meaning is not None:
            self._meaning.apply(documents)

    def remove(self, ids: Sequence[str]) -> None:
        """Removes papers; unknown ones are left alone."""
        self._writer.remove(ids)
        if self._meaning is not None:
            self._meaning.remove(ids)

    def commit(self, reached: Reached) -> None:
        """Makes the changes seen and safe, with how far the log of changes was read.

        The meanings first: a kill in between leaves changes that are read, and made, once more.
        """
        if self._meaning is not None:
            self._meaning.commit()
        self._writer.commit(reached)
        self.reached = reached


def _unanswered(error: EmbedderError) -> Note:
    return Note(remark=Remark.UNANSWERED, detail=error.what)


def _by_meaning(near: Sequence[tuple[str, float]]) -> list[Hit]:
    return [
        Hit(paper_id=paper_id, score=score, places=((Mode.SEMANTIC, place),))
        for place, (paper_id, score) in enumerate(near, 1)
    ]


def _bytes(file: Path) -> int:
    with suppress(OSError):  # replaced meanwhile
        return file.stat().st_size
    return 0
