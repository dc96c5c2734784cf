"""The index of words: a folder that tantivy keeps. One process writes at a time, any number read meanwhile.

Texts go in as `words.stream` cuts them, joined by blanks, and are not kept: a hit is an id and a score, and whoever
shows it has the text from the store. How far the index has read the store's log of changes stands in it as a record of
its own, committed with the papers, so that the two never disagree.
"""

import json
import math
import time
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import tantivy

from zhaiyao.errors import IndexDamaged, SearchError
from zhaiyao.finding import Document, Found, Hit, Query, Reached
from zhaiyao.search import words
from zhaiyao.search.clauses import Clauses, Translate
from zhaiyao.search.entries import FORMAT, STATE, entry, schema, state
from zhaiyao.search.querying import wanted

TELLING = 25
"""Words of a text that say what it is about: those with the highest frequency here and the lowest elsewhere."""

MOST_WEIGHED = 400
"""Different words of a text that are weighed at most."""

_MARK = "zhaiyao.json"
_HEAP = 96_000_000
_LITTLE_HEAP = 16_000_000
_FOOTER_MAGIC = 1337


class LexicalIndex:
    """An index in a folder, open for reading. Thread-safe. Raises IndexDamaged if it cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._schema = schema()
        self._seen: tuple[int, int, int] | None = None
        self._index: tantivy.Index | None = None

    @classmethod
    def create(cls, folder: Path) -> "LexicalIndex":
        """An empty index in a folder that holds none; folders are made. Raises SearchError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _readable(folder):
                tantivy.Index(schema(), path=str(folder))
            (folder / _MARK).write_text(json.dumps({"format": FORMAT}), encoding="ascii")
        except OSError as error:
            raise _unusable(folder, error) from None
        return cls(folder)

    @property
    def reached(self) -> Reached:
        """How far the index has read the log of changes."""
        searcher = self._searcher()
        with _readable(self._folder):
            found = searcher.search(Clauses(self._schema).ids([STATE]), 1, count=False).hits
            if not found:
                return Reached()
            held = searcher.doc(found[0][1])
            return Reached(seq=int(held["watermark"][0]), proof=str(held["proof"][0]))

    @property
    def papers(self) -> int:
        """How many papers are in it."""
        total = self._run(Clauses(self._schema).everything(), limit=1, count=True, ranked=True).total
        return total or 0

    def search(
        self,
        query: Query,
        *,
        limit: int,
        any_word: bool = False,
        translate: Translate | None = None,
        count: bool = True,
    ) -> Found:
        """The best hits, and with `count` how many papers match in all. Without words, the latest papers first.

        With `any_word`, one word is enough, and the more the better; with `translate`, in the other language, too.
        Raises IndexDamaged.
        """
        asked = Clauses(self._schema, any_word=any_word, translate=translate).of(query)
        return self._run(asked, limit=limit, count=count, ranked=any(wanted(query)))

    def like(self, texts: Sequence[str], *, limit: int) -> tuple[Hit, ...]:
        """Papers that share the telling words of these texts, best first. Raises IndexDamaged."""
        searcher = self._searcher()
        counted = Counter(word for text in texts for word in words.stream(text)[0].split() if len(word) > 1)
        with _readable(self._folder):
            papers = max(searcher.num_docs, 1)
            weights: dict[str, float] = {}
            for word, times in counted.most_common(MOST_WEIGHED):
                held = searcher.doc_freq("body", word)
                if held > 1 and word not in words.EMPTY:
                    weights[word] = times * math.log(papers / held)
        telling = sorted(weights, key=lambda word: -weights[word])[:TELLING]
        if not telling:
            return ()
        asked = Clauses(self._schema).weighted({word: weights[word] for word in telling})
        return self._run(asked, limit=limit, count=False, ranked=True).hits

    def among(self, ids: Collection[str], query: Query) -> frozenset[str]:
        """Those of these papers that match a query. Raises IndexDamaged."""
        if not ids:
            return frozenset()
        clauses = Clauses(self._schema)
        both = clauses.both(clauses.ids(ids), clauses.of(query))
        found = self._run(both, limit=len(ids), count=False, ranked=True)
        return frozenset(hit.paper_id for hit in found.hits)

    def verify(self) -> None:
        """Reads every file of the last commit and compares it with its checksum. Raises IndexDamaged and names the
        first that differs. What a killed writer left behind is no part of the index.
        """
        for name in sorted(_committed(self._folder)):
            file = self._folder / name
            try:
                whole = _is_whole(file)
            except FileNotFoundError:
                whole = name not in _committed(self._folder)  # merged into another meanwhile
            except OSError as error:
                raise _unusable(self._folder, error) from None
            if not whole:
                raise IndexDamaged("does not hold what was written to it", subject=str(file), hint=HINT)

    def load(self, documents: Iterable[Document], *, reached: Reached | None = None) -> int:
        """Adds papers that are known to be new and commits them; returns how many. For an empty index, in bulk."""
        with self.writing(bulk=True) as writer:
            count = writer.load(documents)
            writer.commit(reached or Reached())
        return count

    @contextmanager
    def writing(self, *, bulk: bool = False) -> "Iterator[Writer]":
        """The right to write, for one process at a time. What is not committed when the block ends is dropped.

        `bulk`: with more memory (100 MB), for thousands of papers at once. Raises SearchError if another one writes.
        """
        index = self._opened()
        with _readable(self._folder, busy=True):
            writer = index.writer(heap_size=_HEAP if bulk else _LITTLE_HEAP, num_threads=1)
        _clear_leftovers(self._folder)
        try:
            yield Writer(self._folder, self._schema, writer)
        finally:
            with suppress(IndexDamaged), _readable(self._folder):
                writer.wait_merging_threads()

    def close(self) -> None:
        """Lets the files go. Idempotent."""
        self._index = None
        self._seen = None

    def _run(self, query: tantivy.Query, *, limit: int, count: bool, ranked: bool) -> Found:
        searcher = self._searcher()
        with _readable(self._folder):
            result = searcher.search(query, limit, count=count, order_by_field=None if ranked else "latest")
            hits = tuple(
                Hit(paper_id=str(searcher.doc(address)["id"][0]), score=float(score) if ranked else 0.0)
                for score, address in result.hits
            )
            return Found(hits=hits, total=_count(result) if count else None)

    def _searcher(self) -> tantivy.Searcher:
        """The state last committed, by whichever process."""
        index = self._opened()
        with _readable(self._folder):
            return index.searcher()

    def _opened(self) -> tantivy.Index:
        """The index, opened again if another one stands in its place, and reloaded if something was committed.

        A rebuilt index takes the place of the old one between two of our looks, so what fails is tried again.
        """
        for pause in (0.01, 0.05, 0.2, None):
            try:
                return self._open()
            except IndexDamaged:
                self.close()
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _open(self) -> tantivy.Index:
        seen = _identity(self._folder)
        if self._index is None or self._seen is None or self._seen[0] != seen[0]:
            _check_format(self._folder)
            with _readable(self._folder):
                index = tantivy.Index.open(str(self._folder))
                index.config_reader(reload_policy="manual")
                index.reload()
            self._index = index
        elif self._seen != seen:
            with _readable(self._folder):
                self._index.reload()
        self._seen = seen
        return self._index


class Writer:
    """The right to change an index. Nothing is seen by readers before `commit`."""

    def __init__(self, folder: Path, schema: tantivy.Schema, writer: tantivy.IndexWriter) -> None:
        self._folder = folder
        self._schema = schema
        self._writer = writer

    def put(self, documents: Iterable[Document]) -> int:
        """Adds papers, each in the place of what was there of it; returns how many."""
        count = 0
        with _readable(self._folder):
            for document in documents:
                self._writer.delete_documents_by_term("id", document.paper_id)
                self._writer.add_document(entry(document))
                count += 1
        return count

    def load(self, documents: Iterable[Document]) -> int:
        """Adds papers that are known to be new; returns how many."""
        count = 0
        with _readable(self._folder):
            for document in documents:
                self._writer.add_document(entry(document))
                count += 1
        return count

    def remove(self, ids: Iterable[str]) -> None:
        """Removes papers; unknown ones are left alone."""
        with _readable(self._folder):
            for paper_id in ids:
                self._writer.delete_documents_by_term("id", paper_id)

    def commit(self, reached: Reached) -> None:
        """Makes all changes seen and safe, together with how far the log of changes was read."""
        with _readable(self._folder):
            self._writer.delete_documents_by_term("id", STATE)
            self._writer.add_document(state(reached))
            self._writer.commit()


@contextmanager
def _readable(folder: Path, *, busy: bool = False) -> Iterator[None]:
    """Turns tantivy's complaints into ours: ValueError and OSError for files that are missing or make no sense, a panic
    for those that make the wrong one. `busy`: the complaint is about the writers' lock."""
    try:
        yield
    except (ValueError, OSError) as error:
        if busy and "lock" in str(error).lower():
            what, hint = "another process writes the search index", "Wait until it is done and try again."
            raise SearchError(what, subject=str(folder), hint=hint) from None
        raise IndexDamaged(f"the search index cannot be read: {error}", subject=str(folder), hint=HINT) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3's, which has no importable name
            raise
        raise IndexDamaged("the search index makes no sense", subject=str(folder), hint=HINT) from None


HINT = "Run zhaiyao index --rebuild."
_PARTS = ("term", "idx", "pos", "fieldnorm", "fast", "store")
"""Files of each segment (tantivy, src/index/segment_component.rs)."""


def _count(result: tantivy.SearchResult) -> int:
    return int(result.count)  # type: ignore[attr-defined]  # tantivy's type stubs forget it


def _check_format(folder: Path) -> None:
    try:
        told = json.loads((folder / _MARK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise IndexDamaged("holds no search index", subject=str(folder), hint=HINT) from None
    except OSError as error:
        raise _unusable(folder, error) from None
    except ValueError:
        told = None
    if told != {"format": FORMAT}:
        raise IndexDamaged("is a search index of another version of Zhaiyao", subject=str(folder), hint=HINT)


def _identity(folder: Path) -> tuple[int, int, int]:
    """What tells this index from another in its place, and this commit from the one before. Raises IndexDamaged."""
    try:
        place, commit = folder.stat(), (folder / "meta.json").stat()
    except FileNotFoundError:
        raise IndexDamaged("there is no search index yet", subject=str(folder), hint="Run zhaiyao index.") from None
    except OSError as error:
        raise _unusable(folder, error) from None
    return place.st_ino, commit.st_mtime_ns, commit.st_ino


def _committed(folder: Path) -> set[str]:
    """The names of all files that the last commit is made of. Raises IndexDamaged."""
    try:
        segments = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["segments"]
        names = {f"{one['segment_id'].replace('-', '')}.{part}" for one in segments for part in _PARTS}
        gone = [one for one in segments if one.get("deletes")]
        return names | {f"{one['segment_id'].replace('-', '')}.{one['deletes']['opstamp']}.del" for one in gone}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"meta.json cannot be read: {error}", subject=str(folder), hint=HINT) from None


def _clear_leftovers(folder: Path) -> None:
    """Removes lists of deleted papers that a killed writer left behind, for who holds the writers' lock.

    They bear numbers after that of the last commit. Who makes the same changes again comes to the same numbers, and
    tantivy refuses to write over a file.
    """
    try:
        last = int(json.loads((folder / "meta.json").read_text(encoding="utf-8"))["opstamp"])
        for file in folder.glob("*.del"):
            if int(file.name.split(".")[1]) > last:
                file.unlink(missing_ok=True)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise IndexDamaged(f"meta.json cannot be read: {error}", subject=str(folder), hint=HINT) from None


def _is_whole(file: Path) -> bool:
    """Whether a file's bytes have the checksum that tantivy wrote behind them.

    The end of a file is its footer: a JSON object with a CRC-32, the object's length, and a magic number (tantivy,
    src/directory/footer.rs).
    """
    data = file.read_bytes()
    length, magic = int.from_bytes(data[-8:-4], "little"), int.from_bytes(data[-4:], "little")
    try:
        footer = json.loads(data[-8 - length : -8])
    except ValueError:
        return False
    return magic == _FOOTER_MAGIC and zlib.crc32(data[: -8 - length]) == footer["crc"]


def _unusable(folder: Path, error: OSError) -> SearchError:
    return SearchError(
        f"the search index cannot be used: {error.strerror}", subject=str(folder), hint="Check the folder's rights."
    )
