"""Cross-lingual latent semantic indexing: an embedder fitted on papers that are there in Chinese and English.

Each language gets a latent semantic space of its own (a truncated singular value decomposition of TF-IDF, Deerwester et
al. 1990). Canonical correlation analysis turns both so that the two sides of a paper fall together (Vinokourov et al.
2002); a word thereby becomes a vector, and a text the weighted sum of its words. Titles are also fitted against the
whole of the other side, since that is what a query is like. What is near to everything is pushed back (`hubness`:
cross-domain similarity local scaling, Conneau et al. 2018).

With too few translations there is but the English side: English finds English, and a Chinese text finds what shares
its Latin words. Before there is any text worth fitting, every word gets a random direction (`unfitted`).
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zhaiyao.errors import IndexDamaged
from zhaiyao.features import Pair, Passage, Tokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from zhaiyao.features import Vectors

DIMENSIONS = 384
"""Of a fitted space, where there are papers enough. 256 lose 2 points of recall@10, 512 gain half a one."""

ENOUGH_PAIRS = 200
"""Translated papers from which the two languages are tied together."""

ENOUGH_TEXTS = 50
"""Papers from which a space is fitted at all."""

MOST_TEXTS = 20_000
"""Papers that a fit looks at. More cost time in proportion and hardly change the space."""

_LATENT = 600  # singular vectors per language, of which the correlation keeps DIMENSIONS
_VOCABULARY = 30_000  # words per language
_TITLE = 2  # what a word of a title counts, in words of an abstract
_RIDGE = 0.5  # of the mean variance, added to each: many directions, few papers
_CORRELATION = 0.5  # power of a direction's correlation that it is weighted with
_NEIGHBOURS = 10
_LIKELY_QUERIES = 1000  # titles per language, against which hubness is measured
_PUSH = 0.5
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_METHOD = 1  # raise it with any change of what a text becomes


class LsiEmbedder:
    """A fitted space. Thread-safe. `crosslingual`: whether Chinese and English fall together in it."""

    name = "lsi"

    def __init__(
        self,
        tokenizer: Tokenizer,
        vocabularies: "dict[str, list[str]]",
        weights: "Vectors",
        projection: "NDArray[np.float16]",
        queries: "Vectors",
    ) -> None:
        self._tokenizer = tokenizer
        self._vocabularies = vocabularies
        self._weights = weights
        self._projection = projection
        self._queries = queries
        self._rows: dict[str, dict[str, int]] = {}
        start = 0
        for language, vocabulary in vocabularies.items():
            self._rows[language] = {word: start + at for at, word in enumerate(vocabulary)}
            start += len(vocabulary)
        self.dimensions = int(projection.shape[1])
        self.version = self._digest()

    @property
    def fitted(self) -> bool:
        """Whether it knows any word."""
        return bool(len(self._weights))

    @property
    def crosslingual(self) -> bool:
        """Whether the two languages were tied together."""
        return bool(self._vocabularies.get("zh"))

    def embed(self, passages: Sequence[Passage]) -> "Vectors":
        """See `Embedder`. A word that its own language does not know may be known to the other: names, acronyms."""
        from scipy.sparse import csr_matrix

        starts, columns, counts = [0], [], []
        for passage in passages:
            for column, count in self._columns(passage):
                columns.append(column)
                counts.append(count)
            starts.append(len(columns))
        counted = csr_matrix(
            (1 + np.log(np.array(counts, np.float32)), np.array(columns, np.int32), np.array(starts, np.int32)),
            shape=(len(passages), len(self._weights)),
        )
        return unit(self._projected(counted))

    def hubness(self, vectors: "Vectors") -> "Vectors":
        """See `Embedder`: half the mean similarity to the ten nearest of the titles kept, per language, averaged."""
        if not len(self._queries):
            return np.zeros(len(vectors), np.float32)
        found = np.zeros(len(vectors), np.float32)
        for titles in self._queries:
            near = vectors @ titles.T
            many = min(_NEIGHBOURS, near.shape[1])
            found += np.partition(near, -many, axis=1)[:, -many:].mean(axis=1)
        return np.asarray(_PUSH * found / len(self._queries), np.float32)

    def save(self, folder: Path) -> None:
        """Writes the model into an existing folder that holds none."""
        np.save(folder / "projection.npy", self._projection)
        np.save(folder / "weights.npy", self._weights)
        np.save(folder / "queries.npy", self._queries.astype(np.float16))
        told = {"method": _METHOD, "version": self.version, "vocabularies": self._vocabularies}
        (folder / "model.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, tokenizer: Tokenizer) -> "LsiEmbedder":
        """Opens a saved model; the largest part stays on disk and is mapped. Raises IndexDamaged."""
        hint = "Run zhaiyao index --rebuild."
        try:
            told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            projection = np.load(folder / "projection.npy", mmap_mode="r")
            weights = np.load(folder / "weights.npy")
            queries = np.load(folder / "queries.npy").astype(np.float32)
            model = cls(tokenizer, told["vocabularies"], weights, projection, queries)
            whole = told["method"] == _METHOD and told["version"] == model.version
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise IndexDamaged(f"the semantic model cannot be read: {error}", subject=str(folder), hint=hint) from None
        if not whole:
            raise IndexDamaged("the semantic model is of another version", subject=str(folder), hint=hint)
        return model

    def _columns(self, passage: Passage) -> Iterator[tuple[int, int]]:
        """The rows of a text's words in the table, and how often each occurs."""
        chinese = passage.language == "zh" or (not passage.language and bool(_HAN.search(passage.text)))
        own, other = (self._rows.get(language, {}) for language in (("zh", "en") if chinese else ("en", "zh")))
        for word, count in _weighed(passage, self._tokenizer).items():
            column = own.get(word)
            if column is None:
                column = other.get(word)
            if column is not None:
                yield column, count

    def _projected(self, counted: "csr_matrix") -> "Vectors":
        """Rows of counts into the space; only the words that occur are read from disk."""
        used = np.unique(counted.indices)
        words = self._projection[used].astype(np.float32) * self._weights[used, None]
        return np.asarray(counted[:, used] @ words, np.float32)

    def _digest(self) -> str:
        digest = hashlib.sha256(f"{_METHOD}\n{self._projection.shape}\n".encode())
        for words in self._vocabularies.values():
            digest.update("\n".join(words).encode())
        digest.update(np.ascontiguousarray(self._weights).tobytes())
        digest.update(np.ascontiguousarray(self._projection[:: max(1, len(self._projection) // 64)]).tobytes())
        return digest.hexdigest()[:16]


def fit(pairs: Sequence[Pair], english: Sequence[Passage], tokenizer: Tokenizer, *, seed: int = 0) -> LsiEmbedder:
    """Fits a space on papers in both languages, and on further ones that are there in English only.

    Takes `MOST_TEXTS` of each at most, the first ones. Too few of all, or no words that tell them apart: `unfitted`.
    About 20 s of one core for 10,000.
    """
    pairs = pairs[:MOST_TEXTS]
    if len(pairs) < ENOUGH_PAIRS:
        english = [*(pair.english for pair in pairs), *english]
        pairs = []
    if len(pairs) + len(english) < ENOUGH_TEXTS:
        return unfitted(tokenizer)
    side = _Side([*(pair.english for pair in pairs), *english][:MOST_TEXTS], tokenizer, seed)
    other = _Side([pair.chinese for pair in pairs], tokenizer, seed) if pairs else side
    if not (side.words and other.words):
        return unfitted(tokenizer)
    if not pairs:
        spread = np.linalg.norm(side.latent, axis=0) / np.sqrt(len(side.latent))
        axes = side.axes[:, :DIMENSIONS] / np.sqrt(np.maximum(spread[:DIMENSIONS], 1e-6))
        return _assembled(tokenizer, {"en": side}, {"en": axes}, ())
    return _aligned(pairs, side, other, tokenizer, seed)


def unfitted(tokenizer: Tokenizer) -> LsiEmbedder:
    """The space before any fit: knows no word and embeds nothing."""
    nothing = np.zeros((0, DIMENSIONS), np.float16)
    return LsiEmbedder(tokenizer, {"en": []}, np.zeros(0, np.float32), nothing, np.zeros((0, 0, 0), np.float32))


def unit(rows: "Vectors") -> "Vectors":
    """Rows scaled to length 1; zero rows stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1), np.float32)


class _Side:
    """One language while fitting: vocabulary, weights, and the axes of its own latent space."""

    def __init__(self, passages: Sequence[Passage], tokenizer: Tokenizer, seed: int) -> None:
        from sklearn.utils.extmath import randomized_svd

        self._tokenizer = tokenizer
        bags = [_weighed(passage, tokenizer) for passage in passages]
        occurrences = Counter(word for bag in bags for word in bag)
        common = (word for word, count in occurrences.most_common() if 2 <= count <= len(bags) / 2)
        self.words = [word for word, _ in zip(common, range(_VOCABULARY), strict=False)]
        self._columns = {word: at for at, word in enumerate(self.words)}
        self.weights = np.array(
            [np.log((1 + len(bags)) / (1 + occurrences[word])) + 1 for word in self.words], np.float32
        )
        if not self.words:
            self.axes = self.latent = np.zeros((0, 0), np.float32)
            return
        counted = self._counted(bags)
        rank = max(1, min(_LATENT, len(bags) // 2, len(self.words) - 1))
        _, _, axes = randomized_svd(counted, rank, n_iter=1, random_state=seed)
        self.axes = np.asarray(axes.T, np.float32)
        self.latent = np.asarray(counted @ self.axes, np.float32)

    def of(self, passages: Sequence[Passage]) -> "Vectors":
        """These passages in the latent space."""
        bags = [_weighed(passage, self._tokenizer) for passage in passages]
        return np.asarray(self._counted(bags) @ self.axes, np.float32)

    def _counted(self, bags: Sequence[Counter[str]]) -> "csr_matrix":
        from scipy.sparse import csr_matrix
        from sklearn.preprocessing import normalize

        starts, columns, values = [0], [], []
        for bag in bags:
            for word, count in bag.items():
                column = self._columns.get(word)
                if column is not None:
                    columns.append(column)
                    values.append((1 + np.log(count)) * self.weights[column])
            starts.append(len(columns))
        shape = (len(bags), len(self.words))
        return normalize(csr_matrix((np.array(values, np.float32), columns, starts), shape=shape), copy=False)


def _weighed(passage: Passage, tokenizer: Tokenizer) -> Counter[str]:
    """How often each word occurs; those of a title weigh more, unless there is nothing else."""
    title = tokenizer(passage.title)
    if not passage.body:
        return Counter(title)
    return Counter(title * _TITLE + tokenizer(passage.body))


def _aligned(pairs: Sequence[Pair], english: _Side, chinese: _Side, tokenizer: Tokenizer, seed: int) -> LsiEmbedder:
    """Canonical correlation of the two latent spaces, with a ridge."""
    titles_en = english.of([Passage(title=pair.english.title) for pair in pairs])
    titles_zh = chinese.of([Passage(title=pair.chinese.title) for pair in pairs])
    whole_en, whole_zh = english.latent[: len(pairs)], chinese.latent
    left = np.vstack([whole_en, whole_en, titles_en])
    right = np.vstack([whole_zh, titles_zh, whole_zh])
    from_left, from_right = _whitening(left), _whitening(right)
    turned_left, correlation, turned_right = np.linalg.svd(from_left @ (left.T @ right / len(left)) @ from_right)
    kept = correlation[:DIMENSIONS] ** _CORRELATION
    turns = {
        "en": from_left @ turned_left[:, : len(kept)] * kept,
        "zh": from_right @ turned_right.T[:, : len(kept)] * kept,
    }
    axes = {"en": english.axes @ turns["en"], "zh": chinese.axes @ turns["zh"]}
    some = np.random.default_rng(seed).permutation(len(pairs))[:_LIKELY_QUERIES]
    queries = (unit(titles_en[some] @ turns["en"]), unit(titles_zh[some] @ turns["zh"]))
    return _assembled(tokenizer, {"en": english, "zh": chinese}, axes, queries)


def _whitening(rows: "Vectors") -> "Vectors":
    """The symmetric matrix that gives rows the same variance in every direction, but for the ridge."""
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    values = np.maximum(values, 0) + _RIDGE * values.mean()
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T, np.float32)


def _assembled(
    tokenizer: Tokenizer, sides: dict[str, _Side], axes: "dict[str, Vectors]", queries: "Sequence[Vectors]"
) -> LsiEmbedder:
    """Both sides as one table of word vectors, scaled so that half precision holds them."""
    table = np.vstack([axes[language] for language in sides])
    table *= 1000 / max(float(np.abs(table).max()), 1e-12)
    weights = np.concatenate([side.weights for side in sides.values()])
    vocabularies = {language: side.words for language, side in sides.items()}
    kept = np.array(queries, np.float32) if queries else np.zeros((0, 0, 0), np.float32)
    return LsiEmbedder(tokenizer, vocabularies, weights, table.astype(np.float16), kept)
