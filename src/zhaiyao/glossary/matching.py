"""Finds the terms of a glossary in English text. Judges no translation.

A term is found in whole words, in either number, case and spelling (`labour`), with a blank, a hyphen or nothing where
it has a blank or a hyphen itself (`data set`, `data-set`, `dataset`); a word with two capitals (`GAN`, `LoRA`) only as
it is written. Where several terms begin, the longest is the one. Nothing is found in math, addresses and code.

All terms are held by their letters alone, so that a text is read once whatever the number of terms: a quarter
of a millisecond an abstract.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from zhaiyao.masking import find_spans
from zhaiyao.records import Term

# Not \w: in a translation, Chinese stands right beside a word.
_WORD = re.compile(r"[0-9A-Za-z\u00c0-\u024f\u0370-\u03ff\u1e00-\u1eff]+")
_GLUE = re.compile(r"(?:['’]s?)?\s{1,4}|-{1,2}|[‐-–]")
_MAY_HOLD_SPANS = re.compile(r"[$\\`@⟦]|://|www\.")
_INITIALS = 6
_BRITISH = (("iz", "is"), ("labor", "labour"), ("neighbor", "neighbour"), ("behavior", "behaviour"), ("fiber", "fibre"))

# Plurals that no rule below makes, and words that only look like a plural.
_SINGULAR = {
    "analyses": "analysis", "hypotheses": "hypothesis", "syntheses": "synthesis", "axes": "axis", "crises": "crisis",
    "matrices": "matrix", "vertices": "vertex", "indices": "index", "simplices": "simplex", "vortices": "vortex",
    "spectra": "spectrum", "quanta": "quantum", "continua": "continuum", "equilibria": "equilibrium",
    "phenomena": "phenomenon", "criteria": "criterion", "polyhedra": "polyhedron", "automata": "automaton",
    "bacteria": "bacterium", "media": "medium", "data": "data", "nuclei": "nucleus", "radii": "radius",
    "stimuli": "stimulus", "moduli": "modulus", "genera": "genus", "formulae": "formula", "halves": "half",
    "biases": "bias", "gases": "gas", "lenses": "lens", "viruses": "virus", "series": "series", "species": "species",
    "bias": "bias", "gas": "gas", "lens": "lens",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A term, and where it stands in the text."""

    term: Term
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A term as it is looked up. `seams`: after how many of its letters a blank may stand; `exact`: its words with
    two capitals."""

    term: Term
    seams: frozenset[int]
    exact: tuple[str, ...]


class Glossary:
    """Terms, compiled. Of two with the same source a reader's wins, else the later one."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._held: dict[str, _Entry] = {}
        self._reach: dict[str, int] = {}
        for term in sorted(terms, key=lambda term: term.origin == "reader"):
            self._add(term)

    def __len__(self) -> int:
        return len(self._held)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms that count."""
        return tuple(entry.term for entry in self._held.values())

    def get(self, source: str) -> Term | None:
        """The term of this source, however it is written."""
        entry = self._held.get(_key(source))
        return entry.term if entry else None

    def occurring(self, text: str) -> tuple[Term, ...]:
        """The terms that occur in a text, each once, in the order of their first place."""
        return tuple(dict.fromkeys(one.term for one in self.occurrences(text)))

    def occurrences(self, text: str) -> tuple[Occurrence, ...]:
        """Every place where a term stands, in order, disjoint."""
        found = tuple(self._found(text)) if self._held else ()
        if not found or not _MAY_HOLD_SPANS.search(text):
            return found
        spans = find_spans(text)
        return tuple(one for one in found if not any(start < one.end and one.start < end for start, end in spans))

    def _add(self, term: Term) -> None:
        exact = tuple(filter(_is_cased, _WORD.findall(term.source)))
        for words in _spellings(latin_words(term.source)):
            *others, last = words
            key = "".join((*others, singular(last)))
            seams = frozenset(accumulate(map(len, others)))
            self._held[key] = _Entry(term, seams, exact)
            for form in (key, *("".join((*others, plural)) for plural in _plurals(last))):
                for length in range(1, _INITIALS + 1):
                    reach = self._reach.get(form[:length], 0)
                    self._reach[form[:length]] = max(reach, len(form))

    def _found(self, text: str) -> Iterator[Occurrence]:
        places = [match.span() for match in _WORD.finditer(text)]
        small = text.lower() if text.isascii() else ""
        words = [small[start:end] if small else _folded(text[start:end]) for start, end in places]
        at = 0
        while at < len(words):
            reach = self._reach.get(words[at][:_INITIALS], 0)
            hit = self._longest(text, places, words, at, reach) if reach else None
            if hit is None:
                at += 1
                continue
            entry, last = hit
            yield Occurrence(entry.term, places[at][0], places[last][1])
            at = last + 1

    def _longest(
        self, text: str, places: list[tuple[int, int]], words: list[str], at: int, reach: int
    ) -> tuple[_Entry, int] | None:
        """The longest term that begins at this word, and its last word."""
        best = None
        letters, blanks = "", set[int]()
        for last in range(at, len(words)):
            if last > at:
                glue = text[places[last - 1][1] : places[last][0]]
                if glue != " " and not _GLUE.fullmatch(glue):
                    break
                if glue[-1].isspace():
                    blanks.add(len(letters))
            entry = self._held.get(letters + singular(words[last]))
            if entry and blanks <= entry.seams and _is_as_written(entry, text[places[at][0] : places[last][1]]):
                best = entry, last
            letters += words[last]
            if len(letters) >= reach or letters[:_INITIALS] not in self._reach:
                break
        return best


def singular(word: str) -> str:
    """A small English word without its plural; only alike for both numbers, not always an English word."""
    if word in _SINGULAR:
        return _SINGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    return word[:-1]


def latin_words(text: str) -> tuple[str, ...]:
    """The Latin words of a text, small and without accents."""
    return tuple(map(_folded, _WORD.findall(text)))


def _is_cased(word: str) -> bool:
    return sum(letter.isupper() for letter in word) > 1


def _is_as_written(entry: _Entry, found: str) -> bool:
    return all(word in found for word in entry.exact)


def _key(text: str) -> str:
    *others, last = latin_words(text) or ("",)
    return "".join((*others, singular(last)))


def _spellings(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The words in American and in British spelling."""
    spellings = [tuple(words)] if words else []
    for american, british in _BRITISH:
        for old, new in ((american, british), (british, american)):
            spellings += [tuple(word.replace(old, new) for word in words) for words in spellings[:1]]
    return tuple(dict.fromkeys(spellings))


def _plurals(word: str) -> Iterator[str]:
    yield f"{word}s"
    yield f"{word}es"
    yield f"{word[:-1]}ies"
    yield from (plural for plural, one in _SINGULAR.items() if one == word)


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
