"""Reads arXiv's metadata snapshot (JSON Lines), each line as one sighting. Pure; opens no file and stores nothing.

The snapshot tells each paper once, in its newest version, and says nothing of announcements. Its texts are hard-wrapped
at about 75 columns: a newline and two blanks begin a paragraph, any other newline is a blank, and behind a hyphen it is
nothing, because wrapping never adds a hyphen (`high-` and `energy` are `high-energy`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import InvalidId, ParseError
from zhaiyao.records import Author, Interface, Paper, Sighting, Version
from zhaiyao.sources.containers import Piece, holds_nul
from zhaiyao.sources.withdrawals import worded
from zhaiyao.textex import one_line, split_authors, unicode_text

_EXPECTED = "Every line of the snapshot is one JSON object with id, title, abstract, categories and versions."

# Wrapping never adds a hyphen, so one at a line end is the author's. A dash (`--`) and a list (`pre- and`) stay apart.
_HYPHEN = r"-(?<![-\s]-)\n{wrap}(?=[^\W_])(?!(?:and|or|to)\b)"
_HYPHEN_IN_PROSE = re.compile(_HYPHEN.format(wrap=""))
_HYPHEN_IN_LINE = re.compile(_HYPHEN.format(wrap="(?: {2})?"))
_CREATED = re.compile(r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT", re.ASCII)
_MONTHS = {"Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6} | {
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12
}  # fmt: skip
_VERSION = re.compile(r"v([1-9]\d{0,3})", re.ASCII)
_CATEGORY = re.compile(r"[A-Za-z][A-Za-z-]*(?:\.[A-Za-z][A-Za-z-]*)?", re.ASCII)


class _VersionLine(msgspec.Struct):
    version: str
    created: str | None = None


class _Line(msgspec.Struct, rename="kebab"):
    """What is read of a line; everything else is passed over without being decoded."""

    id: str
    title: str
    abstract: str
    categories: str
    versions: list[_VersionLine]
    comments: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    license: str | None = None
    authors: str | None = None
    authors_parsed: list[list[str]] | None = msgspec.field(default=None, name="authors_parsed")


_decoder = msgspec.json.Decoder(_Line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What some lines told, in their order, and (number, why) of those that could not be read."""

    told: tuple[Sighting, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def parse(pieces: Iterable[Piece]) -> Lines:
    """Some lines; a bad one does not stop the others."""
    told: list[Sighting] = []
    refused: list[tuple[str, str]] = []
    for piece in pieces:
        try:
            told.append(parse_line(piece.content()))
        except ParseError as error:
            refused.append((piece.name, error.what))
    return Lines(told=tuple(told), refused=tuple(refused))


def parse_line(line: bytes) -> Sighting:
    """One line as a paper and its newest version. Raises ParseError, and nothing else, for what is no such line."""
    try:
        told = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"not a line of the snapshot: {error}", hint=_EXPECTED) from None
    if holds_nul(line):
        raise ParseError("holds U+0000, which no store keeps", hint=_EXPECTED)
    paper_id = _paper_id(told.id)
    return Sighting(paper=Paper(id=paper_id, categories=_categories(told.categories)), version=_version(paper_id, told))


def _version(paper_id: str, told: _Line) -> Version:
    number, submitted_at = _newest(told.versions)
    title, abstract, comments = _line(told.title), _prose(told.abstract), _line(told.comments)
    if not title:
        raise ParseError("it has no title", hint=_EXPECTED)
    return Version(
        paper_id=paper_id,
        number=number,
        interface=Interface.SNAPSHOT,
        title=title,
        abstract=abstract,
        authors=_authors(told),
        comments=comments,
        journal_ref=_line(told.journal_ref),
        doi=_line(told.doi),
        license=(told.license or "").strip(),
        submitted_at=submitted_at,
        withdrawal=worded(abstract=abstract, comments=comments),
    )


def _paper_id(told: str) -> str:
    try:
        return ArxivId(paper=told).paper if told[:4].isdigit() else ArxivId.parse(told).paper
    except InvalidId as error:
        raise ParseError(f"{told[:60]!r} is no arXiv identifier ({error.what})", hint=_EXPECTED) from None


@lru_cache(maxsize=4096)
def _categories(told: str) -> tuple[str, ...]:
    names = tuple(told.split())
    for name in names:
        if not _CATEGORY.fullmatch(name):
            raise ParseError(f"{name[:40]!r} is no category", hint=_EXPECTED)
    if not names:
        raise ParseError("it has no category", hint=_EXPECTED)
    return names


def _newest(versions: list[_VersionLine]) -> tuple[int, datetime | None]:
    """The highest version number and when it was submitted."""
    if not versions:
        raise ParseError("it has no version", hint=_EXPECTED)
    last = versions[-1]
    match = _VERSION.fullmatch(last.version)
    if match is None:
        raise ParseError(f"{last.version[:20]!r} is no version", hint=_EXPECTED)
    return int(match[1]), _instant(last.created)


def _instant(told: str | None) -> datetime | None:
    """`Mon, 2 Apr 2007 19:18:42 GMT`, with the day padded or not."""
    if not told:
        return None
    match = _CREATED.fullmatch(told)
    try:
        assert match is not None
        day, month, year, hour, minute, second = match.groups()
        return datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except (AssertionError, KeyError, ValueError):
        raise ParseError(f"{told[:60]!r} is no date", hint=_EXPECTED) from None


def _prose(told: str) -> str:
    """Clean text with its paragraphs."""
    told = told.strip()
    if "-\n" in told:
        told = _HYPHEN_IN_PROSE.sub("-", told)
    return unicode_text(one_line(told) if "\n " in told or "\n\n" in told else " ".join(told.split()))


def _line(told: str | None) -> str:
    """Clean text on one line: here a newline and two blanks are no paragraph, but the wrap of a title or a comment."""
    if not told:
        return ""
    if "-\n" in told:
        told = _HYPHEN_IN_LINE.sub("-", told)
    return unicode_text(" ".join(told.split()))


def _authors(told: _Line) -> tuple[Author, ...]:
    """The parsed authors; of a line without them, the free text."""
    if told.authors_parsed:
        return tuple(author for parts in told.authors_parsed if (author := _author(parts)).name)
    named = split_authors(told.authors or "")
    return tuple(Author(name=name, affiliations=places) for name, places in named)


def _author(parts: list[str]) -> Author:
    """`[keyname, forenames, suffix, affiliation…]` as a name in reading order."""
    keyname, forenames, suffix, *places = parts if len(parts) > 2 else (*parts, "", "", "")[:3]
    name = _line(f"{forenames} {keyname} {suffix}")
    if not places:
        return Author(name=name)
    return Author(name=name, affiliations=tuple(place for told in places if (place := _line(told))))
