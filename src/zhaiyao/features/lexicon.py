"""Which word translates which, learned from the titles of translated papers: asks a query in the other language, too.

IBM model 1 (Brown et al. 1993), in both directions: every word of a title is explained by the words of its translation,
and expectation maximisation finds out by which. What comes is a probability per pair of words, no grammar; as weights
of a query's words that is enough (probabilistic structured queries, Darwish and Oard 2003). Words that both languages
share (`bert`, `3d`) are not told to be their own translations.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from zhaiyao.errors import IndexDamaged
from zhaiyao.features import Pair, Tokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray

Translations: TypeAlias = Mapping[str, tuple[tuple[str, float], ...]]

MOST_TITLES = 40_000
"""Titles that are learned from at most, the first ones."""

_ROUNDS = 6
_MOST = 3  # translations per word
_LEAST = 0.05  # probability of one
_SEEN = 2  # titles that a word must occur in
_METHOD = 1


class Lexicon:
    """Translations in both directions. `pairs` is how many titles they were learned from."""

    def __init__(self, translations: Translations, *, pairs: int = 0) -> None:
        self._translations = translations
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self._translations)

    def of(self, word: str) -> tuple[tuple[str, float], ...]:
        """What a word of either language becomes in the other, likeliest first, with probabilities; often nothing."""
        return self._translations.get(word, ())

    def save(self, path: Path) -> None:
        """Writes it to a file, in the place of any other."""
        told = {"method": _METHOD, "pairs": self.pairs, "translations": self._translations}
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(told, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Lexicon":
        """Reads a saved one; an empty one where there is none, or one of another version. Raises IndexDamaged."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["method"] != _METHOD:
                return cls({})
            translations = {
                word: tuple((other, float(chance)) for other, chance in found)
                for word, found in told["translations"].items()
            }
            return cls(translations, pairs=int(told["pairs"]))
        except FileNotFoundError:
            return cls({})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            hint = "Run zhaiyao index --rebuild."
            raise IndexDamaged(f"the lexicon cannot be read: {error}", subject=str(path), hint=hint) from None


def learn(pairs: Sequence[Pair], tokenizer: Tokenizer) -> Lexicon:
    """Learns from the titles of these papers. A second per 10,000."""
    pairs = pairs[:MOST_TITLES]
    titles = [(tokenizer(pair.english.title), tokenizer(pair.chinese.title)) for pair in pairs]
    titles = [(english, chinese) for english, chinese in titles if english and chinese]
    if not titles:
        return Lexicon({})
    from_chinese = _direction([(chinese, english) for english, chinese in titles])
    return Lexicon({**from_chinese, **_direction(titles)}, pairs=len(titles))


def _direction(titles: Sequence[tuple[list[str], list[str]]]) -> dict[str, tuple[tuple[str, float], ...]]:
    """The likeliest words of the second language for each of the first."""
    first, second = (_numbered(title[side] for title in titles) for side in (0, 1))
    sources, targets, slots = _cells(titles, first, second)
    width = len(second)
    pairs, place = np.unique(sources * width + targets, return_inverse=True)
    source_of = pairs // width
    chance = np.ones(len(pairs))
    for _ in range(_ROUNDS):
        share = chance[place]
        share /= np.bincount(slots, weights=share)[slots]
        expected = np.bincount(place, weights=share, minlength=len(pairs))
        chance = expected / np.bincount(source_of, weights=expected)[source_of]
    return _likeliest(list(first), list(second), source_of, pairs % width, chance)


def _numbered(titles: Iterable[list[str]]) -> dict[str, int]:
    """A number for every word that occurs often enough."""
    counts = Counter(word for title in titles for word in set(title))
    return {word: number for number, word in enumerate(word for word, count in counts.items() if count >= _SEEN)}


def _cells(
    titles: Sequence[tuple[list[str], list[str]]], first: dict[str, int], second: dict[str, int]
) -> "tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]":
    """Each word of a title's second side with each of its first, and with none (the last number): three columns."""
    none = len(first)
    sources, targets, slots = [], [], []
    slot = 0
    for one, other in titles:
        given = np.array([*{first[word] for word in one if word in first}, none])
        wanted = np.array([*{second[word] for word in other if word in second}], dtype=np.int64)
        sources.append(np.tile(given, len(wanted)))
        targets.append(np.repeat(wanted, len(given)))
        slots.append(np.repeat(np.arange(slot, slot + len(wanted)), len(given)))
        slot += len(wanted)
    return np.concatenate(sources), np.concatenate(targets), np.concatenate(slots)


def _likeliest(
    first: list[str],
    second: list[str],
    sources: "NDArray[np.int64]",
    targets: "NDArray[np.int64]",
    chance: "NDArray[np.float64]",
) -> dict[str, tuple[tuple[str, float], ...]]:
    kept = np.flatnonzero((chance >= _LEAST) & (sources < len(first)))
    kept = kept[np.lexsort((targets[kept], -chance[kept], sources[kept]))]
    found: dict[str, list[tuple[str, float]]] = {}
    for at in kept:
        mine = found.setdefault(first[sources[at]], [])
        word = second[targets[at]]
        if len(mine) < _MOST and word != first[sources[at]]:
            mine.append((word, round(float(chance[at]), 3)))
    return {word: tuple(others) for word, others in found.items()}
