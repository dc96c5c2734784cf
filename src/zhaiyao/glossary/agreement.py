"""Whether a translation keeps to the glossary, and the certain repairs. Finds, tells and replaces; asks nobody.

What is told of a translation costs a request, so the doubtful is left alone: a term that stays in English, one that is
part of a name, one that the translation shortens to the acronym that its source introduces.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from zhaiyao.glossary.matching import Glossary, Occurrence
from zhaiyao.masking import find_spans
from zhaiyao.records import Term

# What does not count in a comparison: blanks, hyphens, the dots inside names.
_FILLER = re.compile(r"[\s\-\u00b7\u2010-\u2015\u30fb]")
_INTRODUCED = re.compile(r"\s?[(（]\s?([A-Za-z][A-Za-z0-9-]*[A-Z][A-Za-z0-9-]*?)s?\s?[)）,;]")
_BEFORE = re.compile(r"(\w+)[ -]$")
_AFTER = re.compile(r"[ -](\w+)")
_CAPITALISED = re.compile(r"\b[A-Z]")
_PLAIN_WORD = re.compile(r"\b[a-z]{4,}")


def missing(source: str, target: str, terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms that occur in a sentence and of whose translations none stands in its target."""
    found = _compiled(tuple(terms)).occurrences(source)
    if not found:
        return ()
    plain = _plain(target)
    absent = [one for one in found if not _stands(one.term, plain)]
    told = (one.term for one in absent if not _is_excused(one, source, target))
    return tuple(dict.fromkeys(told))


def mended(source: str, target: str, terms: Iterable[Term]) -> str:
    """The target with the avoided wordings of its terms replaced, where that is certain.

    Certain is: the term occurs in the source as often as its translations and the avoided wordings stand in the
    target together, and the avoided wording is not inside a longer word that some term is translated with.
    """
    held = tuple(terms)
    counts = Counter(one.term for one in _compiled(held).occurrences(source))
    for term, count in counts.items():
        if not term.avoid:
            continue
        hits = list(_places(target, term.avoid, held))
        rendered = [place for place in _merged(_finds(target, wordings(term))) if not _overlaps(place, hits)]
        if hits and len(hits) + len(rendered) == count:
            target = _with_places(target, hits, term.target)
    return target


def replaced(text: str, old: str, new: str, *, protect: Iterable[str] = ()) -> str:
    """The text with a wording replaced wherever it stands outside math, addresses and code, and outside the longer
    wordings to protect. What already reads as the new wording stays."""
    longer = [wording for wording in (new, *protect) if old in wording and wording != old]
    return _with_places(text, _free(text, (old,), longer), new)


def wordings(term: Term) -> tuple[str, ...]:
    """The translations of a term that are as good as each other, the wanted one first."""
    return (term.target, *term.accept)


@lru_cache(maxsize=512)
def _compiled(terms: tuple[Term, ...]) -> Glossary:
    return Glossary(terms)


def _plain(text: str) -> str:
    return _FILLER.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _stands(term: Term, plain: str) -> bool:
    """Whether a translation of the term stands in a plain target, other than inside a wording that it avoids."""
    for avoided in map(_plain, term.avoid):
        if any(_plain(wording) in avoided for wording in wordings(term)):
            plain = plain.replace(avoided, "\n")
    return any(_plain(wording) in plain for wording in wordings(term))


def _is_excused(one: Occurrence, source: str, target: str) -> bool:
    """Whether the term rightly has no translation of its own in the target."""
    introduced = _INTRODUCED.match(source, one.end)
    if introduced and introduced[1].casefold() in target.casefold():
        return True
    return _is_in_name(source, one) or bool(_compiled((one.term,)).occurrences(target))


def _is_in_name(source: str, one: Occurrence) -> bool:
    """Whether the term stands capitalised in a capitalised neighbourhood of a text that is not all so."""
    words = source[one.start : one.end].replace("-", " ").split()
    if not all(word[0].isupper() for word in words):
        return False
    before, after = _BEFORE.search(source, max(0, one.start - 40), one.start), _AFTER.match(source, one.end)
    beside = [match[1] for match in (before, after) if match]
    if not any(word[0].isupper() for word in beside):
        return False
    return len(_PLAIN_WORD.findall(source)) > len(_CAPITALISED.findall(source)) / 2


def _places(target: str, avoided: Iterable[str], terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Where the avoided wordings stand, outside the longer wordings that some term is translated with."""
    avoided = tuple(avoided)
    accepted = (wording for term in terms for wording in wordings(term))
    return _free(target, avoided, [word for word in accepted if any(old in word and old != word for old in avoided)])


def _free(text: str, wanted: Iterable[str], longer: Iterable[str]) -> list[tuple[int, int]]:
    """Where the wanted wordings stand, free of spans and longer wordings."""
    taken = [*find_spans(text), *_finds(text, longer)]
    hits = _merged(_finds(text, wanted))
    return [place for place in hits if not _overlaps(place, taken)]


def _finds(text: str, wanted: Iterable[str]) -> Iterator[tuple[int, int]]:
    for wording in filter(None, wanted):
        for match in re.finditer(_pattern(wording), text):
            yield match.span()


def _overlaps(place: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(start < place[1] and place[0] < end for start, end in others)


def _pattern(wording: str) -> str:
    """A wording that begins or ends in a Latin letter is a whole word there."""
    before = r"(?<![A-Za-z0-9])" if wording[0].isascii() and wording[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if wording[-1].isascii() and wording[-1].isalnum() else ""
    return f"{before}{re.escape(wording)}{after}"


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint places in order, the longest where several begin."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _with_places(text: str, places: Iterable[tuple[int, int]], new: str) -> str:
    for start, end in reversed(list(places)):
        text = f"{text[:start]}{new}{text[end:]}"
    return text
