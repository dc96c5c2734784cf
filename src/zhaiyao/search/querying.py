"""The query language: text to a typed tree and back. Looks nothing up and searches nothing.

    protein diffusion          both words, anywhere (title, abstract, TL;DR, authors, comments; Chinese or English)
    "score matching"           in this order, side by side; also “…” and 「…」
    GAN OR VAE   (a OR b) c    either; brackets group
    -survey                    not; also NOT
    au: ti: abs:               only authors, title, abstract: au:hinton ti:"mixture of experts" abs:(a b)
    cat:cs.LG  cat:math        category or whole archive; aliases are one (cs.NA = math.NA)
    date:2024-01..2024-03      announced then; a year, a month, a day; `2024-05..` and `..2023` are open
    id:2404.00466              a paper, in any form of its id; an id alone is a query, too
    is:starred                 a mark: starred, liked, disliked, hidden, translated
    difusion~                  typing errors allowed

Everything reads as something: a quote or bracket left open closes at the end, an operator without an operand is
nothing, an unknown field (`BERT: pre-training`) is words. Titles can be pasted. What is refused, with the place, is a
field that cannot mean anything (`cat:xyz`, `date:2024-13`), since dropping it would quietly answer another question.
"""

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NoReturn

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.categories import canonical, category, is_archive
from zhaiyao.errors import InvalidId, UsageError
from zhaiyao.finding import And, Announced, InCategory, IsPaper, Marked, Not, Or, Phrase, Query, Scope, Words
from zhaiyao.search import words

MARKS = ("starred", "liked", "disliked", "hidden", "translated")
"""What `is:` knows."""

LONGEST = 2000
"""Characters of a query at most. Whole abstracts have a search of their own ("more like this")."""

DEEPEST = 20
"""Brackets within brackets at most."""

# One character for one, so that places in the query stay what they were.
_VARIANTS = str.maketrans("“”„‟＂「」『』«»：（）－～　\t\r\n\v\f\x85", '"""""""""""' + ":()-~ " + "      ")
_FIELDS = {
    "ti": Scope.TITLE, "title": Scope.TITLE, "abs": Scope.ABSTRACT, "abstract": Scope.ABSTRACT,
    "au": Scope.AUTHOR, "author": Scope.AUTHOR, "cat": "cat", "category": "cat", "date": "date", "id": "id", "is": "is",
}  # fmt: skip
_FIELD = re.compile(rf"({'|'.join(_FIELDS)}):(?![\s)])", re.IGNORECASE)
_WORD = re.compile(r'(?:\\"|[^\s"()])+')  # an umlaut of TeX's is no quotation
_QUOTED = re.compile(r'"([^"]*)"?')
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_OPERATORS = ("OR", "AND", "NOT")


def parse(text: str, *, fuzzy: bool = False) -> Query:
    """Reads a query. With `fuzzy`, typing errors are allowed in every word. Raises UsageError with the place."""
    if len(text) > LONGEST:
        raise UsageError(
            f"the query has {len(text)} characters, and {LONGEST} are the most",
            subject=text[:40] + "…",
            hint="To look for papers like a text, use zhaiyao search --like-text FILE.",
        )
    try:
        return IsPaper(paper_id=ArxivId.parse(text).paper)
    except InvalidId:
        return _Reader(text, fuzzy=fuzzy).query()


def render(query: Query) -> str:
    """A query as text that `parse` reads as the same tree."""
    match query:
        case And(parts=parts):
            return " ".join(_operand(part) if isinstance(part, Or | And) else render(part) for part in parts)
        case Or(parts=parts):
            return " OR ".join(_operand(part) for part in parts)
        case Not(part=part):
            return f"-{_operand(part)}"
        case Words(text=text, scope=scope, fuzzy=fuzzy):
            return f"{_prefix(scope)}{text}{'~' if fuzzy else ''}"
        case Phrase(text=text, scope=scope):
            return f'{_prefix(scope)}"{text}"'
        case InCategory(name=name):
            return f"cat:{name}"
        case Announced(first=first, last=last):
            return f"date:{first or ''}..{last or ''}"
        case IsPaper(paper_id=paper_id):
            return f"id:{paper_id}"
        case Marked(name=name):
            return f"is:{name}"


def wanted(query: Query) -> Iterator[Words | Phrase]:
    """The words and phrases that a match may hold: all that are not negated."""
    match query:
        case Words() | Phrase():
            yield query
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from wanted(part)
        case _:
            return


def widened(query: Query) -> tuple[str, ...]:
    """The words (folded) in which typing errors are allowed: of those asked for so, all that are long enough."""
    fuzzy = [part.text for part in wanted(query) if isinstance(part, Words) and part.fuzzy]
    chunks = (chunk for text in fuzzy for chunk in words.chunks(text))
    held = (pair for chunk in chunks for pair in zip(chunk.parts, chunk.plain, strict=True))
    return tuple(dict.fromkeys(plain for part, plain in held if words.errors_allowed(part.text)))


def filters(query: Query) -> Query:
    """What of a query must hold even where words are compared by their meaning: a category, a time, words of a field.

    Under an `OR` it cannot be told apart from the words, so alternatives narrow nothing.
    """
    parts = query.parts if isinstance(query, And) else (query,)
    return _all(part for part in parts if not (isinstance(part, Or) or is_loose(part)))


def spoken(query: Query) -> str:
    """The words whose meaning is asked for: all but names of authors and what is negated."""
    return " ".join(part.text for part in wanted(query) if part.scope is not Scope.AUTHOR)


def is_loose(part: Query) -> bool:
    """Whether these are words of no particular field, of which some may be missing where that is allowed."""
    return isinstance(part, Words | Phrase) and part.scope is Scope.ALL


def _operand(query: Query) -> str:
    return f"({render(query)})" if isinstance(query, And | Or) else render(query)


def _prefix(scope: Scope) -> str:
    return f"{scope}:" if scope else ""


def _all(parts: Iterable[Query]) -> Query:
    """All of these as one query, without needless levels."""
    flat: list[Query] = []
    for part in parts:
        flat += part.parts if isinstance(part, And) else (part,)
    return flat[0] if len(flat) == 1 else And(parts=tuple(flat))


def _any(parts: Iterable[Query]) -> Query:
    flat: list[Query] = []
    for part in parts:
        flat += part.parts if isinstance(part, Or) else (part,)
    return flat[0] if len(flat) == 1 else Or(parts=tuple(flat))


class _Reader:
    """Reads a query by recursive descent; `_at` is the place reached."""

    def __init__(self, text: str, *, fuzzy: bool) -> None:
        self._told = text
        self._text = text.translate(_VARIANTS)
        self._fuzzy = fuzzy
        self._at = 0
        self._depth = 0

    def query(self) -> Query:
        """The whole text; a closing bracket too many is nothing."""
        parts = []
        while True:
            parts.append(self._alternatives(Scope.ALL))
            if self._at >= len(self._text):
                return _all(parts)
            self._at += 1

    def _alternatives(self, scope: Scope) -> Query:
        """Parts joined by OR, up to a closing bracket or the end."""
        found: list[list[Query]] = [[]]
        while (word := self._peek()) and word != ")":
            if word == "OR":
                self._at += 2
                found.append([])
                continue
            part = self._part(scope)
            if part is not None:
                found[-1].append(part)
        told = [_all(parts) for parts in found if parts]
        return _any(told) if told else And()

    def _peek(self) -> str:
        """An operator or bracket that comes next, any other character, or nothing at the end. Skips blanks."""
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        word = _WORD.match(self._text, self._at)
        if word and word[0] in _OPERATORS:
            return word[0]
        return self._text[self._at : self._at + 1]

    def _part(self, scope: Scope) -> Query | None:
        """One operand, with its negation; None for what means nothing."""
        head = self._peek()
        if head == "AND":
            self._at += 3
            return None
        if head == "NOT" or self._negates():
            self._at += 3 if head == "NOT" else 1
            following = self._peek()
            part = None if following in ("", ")", "OR") else self._part(scope)
            if part is None or part == And():
                return None
            return part.part if isinstance(part, Not) else Not(part=part)
        if head == "(":
            return self._group(scope)
        field = _FIELD.match(self._text, self._at)
        if field:
            return self._fielded(field)
        return self._words(scope)

    def _negates(self) -> bool:
        """Whether a single minus stands here, before something and behind nothing."""
        before, rest = self._text[: self._at][-1:], self._text[self._at :][:2]
        return rest[:1] == "-" and rest[1:] not in ("", "-", " ", ")") and (not before or before in " (")

    def _group(self, scope: Scope) -> Query | None:
        start = self._at
        if self._depth == DEEPEST:
            self._refuse(
                f"more than {DEEPEST} brackets within brackets", start, "Write the query without some of them."
            )
        self._depth += 1
        self._at += 1
        inner = self._alternatives(scope)
        self._depth -= 1
        self._at += 1  # the closing bracket, or the end
        return None if inner == And() else inner

    def _fielded(self, field: re.Match[str]) -> Query | None:
        start, self._at = self._at, field.end()
        kind = _FIELDS[field[1].lower()]
        if isinstance(kind, Scope):
            return self._group(kind) if self._text[self._at] == "(" else self._words(kind)
        return _READERS[kind](self, self._value(), start)

    def _value(self) -> str:
        quoted = _QUOTED.match(self._text, self._at)
        found = quoted or _WORD.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return (quoted[1] if quoted else found[0]).strip()

    def _words(self, scope: Scope) -> Query | None:
        """A phrase or a word; None where it holds no letter and no digit."""
        quoted = _QUOTED.match(self._text, self._at)
        if quoted:
            self._at = quoted.end()
            text = " ".join(quoted[1].split())
            return Phrase(text=text, scope=scope) if _says_something(text) else None
        found = _WORD.match(self._text, self._at)
        if found is None:
            self._at += 1
            return None
        self._at = found.end()
        text = found[0].lstrip("-").rstrip("~")
        if not _says_something(text):
            return None
        return Words(text=text, scope=scope, fuzzy=self._fuzzy or found[0].endswith("~"))

    def _category(self, value: str, start: int) -> Query:
        name = value.removesuffix(".*")
        if is_archive(name):
            return InCategory(name=name.lower())
        try:
            return InCategory(name=canonical(category(name).id))
        except UsageError as error:
            self._refuse(error.what, start, error.hint)

    def _dates(self, value: str, start: int) -> Query:
        first, dots, last = value.partition("..")
        try:
            begin = _days(first)[0] if first else None
            end = _days(last if dots else first)[1] if (last or not dots) else None
        except ValueError:
            self._refuse(
                "no such date", start, "Write date:2024, date:2024-03, date:2024-03-05 or date:2024-01..2024-03."
            )
        if begin and end and begin > end:
            self._refuse("the range ends before it begins", start, f"Write date:{last}..{first}.")
        return Announced(first=begin, last=end)

    def _id(self, value: str, start: int) -> Query:
        try:
            return IsPaper(paper_id=ArxivId.parse(value).paper)
        except InvalidId as error:
            self._refuse(error.what, start, error.hint)

    def _mark(self, value: str, start: int) -> Query:
        name = value.lower()
        if name not in MARKS:
            self._refuse("no such mark", start, f"Known: {', '.join(f'is:{mark}' for mark in MARKS)}.")
        return Marked(name=name)

    def _refuse(self, what: str, start: int, hint: str) -> NoReturn:
        """Points at the part that is wrong."""
        wrong = self._told[start : max(self._at, start + 1)]
        before = self._told[:start][-40:]
        shown = " ".join(f"{before}▸{wrong[:60]}◂{self._told[start + len(wrong) :][:40]}".split())
        raise UsageError(what, subject=shown, hint=hint)


_READERS = {"cat": _Reader._category, "date": _Reader._dates, "id": _Reader._id, "is": _Reader._mark}


def _says_something(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _days(text: str) -> tuple[date, date]:
    """First and last day of a year, a month or a day. Raises ValueError."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    if found[2] is None:
        return date(year, 1, 1), date(year, 12, 31)
    if found[3] is None:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)
