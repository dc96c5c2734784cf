"""The author string of a paper, taken apart as arXiv does it: names, affiliations, collaborations. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

from tests.arxiv_server import tex

_SUFFIXES = ("Jr", "Jr.", "II", "III", "IV")
_PARTICLES = ("da", "de", "del", "di", "la", "van", "von")
_FOR_THE = re.compile(r"(?P<words>for the )(?P<name>.*\bCollaboration)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """`before` is plain text that stands before the name (`for the `); `places` are the affiliations as written."""

    key: str
    forenames: str = ""
    suffix: str = ""
    places: str = ""
    before: str = ""

    @property
    def name(self) -> str:
        """First, last, suffix."""
        return " ".join(part for part in (self.forenames, self.key, self.suffix) if part)

    @property
    def initials(self) -> str:
        """One letter per forename."""
        return " ".join(word[0] for word in self.forenames.replace(".", " ").split())


@lru_cache(maxsize=4096)
def authors_of(text: str) -> tuple[Author, ...]:
    """All authors, in UTF-8."""
    return tuple(_author(part) for part in _split(tex.accents(text)) if part)


def _split(text: str) -> list[str]:
    """At commas outside parentheses."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _author(part: str) -> Author:
    name, _, places = part.partition("(")
    places = places.rpartition(")")[0]
    if group := _FOR_THE.fullmatch(name.strip()):
        return Author(key=group["name"], before=group["words"], places=places)
    words = name.split()
    suffix = words.pop() if len(words) > 1 and words[-1] in _SUFFIXES else ""
    at = -2 if len(words) > 2 and words[-2] in _PARTICLES else -1
    return Author(key=" ".join(words[at:]), forenames=" ".join(words[:at]), suffix=suffix, places=places)
