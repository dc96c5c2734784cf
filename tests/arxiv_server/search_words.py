"""The query language of arXiv's API as its rewriter understands it since 2025-11. Pure.

`AND`, `OR`, `ANDNOT` have no precedence and group from the right; where one is missing, it is OR.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from tests.arxiv_server.postings import Entry

Test = Callable[[Entry, datetime], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<paren>[()])|(?P<op>ANDNOT|AND NOT|AND|OR|NOT)(?=[\s(]|$)"
    r"|(?:(?P<field>[A-Za-z]+):)?(?:\"(?P<phrase>[^\"]*)\"|\[(?P<range>[^\]]*)\]|(?P<word>[^\s()\"\[\]]+)|(?=\()))"
)
_FIELDS = frozenset(
    ("ti", "title", "au", "abs", "co", "jr", "cat", "rn", "id", "all", "doi", "submittedDate", "lastUpdatedDate")
)
_RANGE = re.compile(r"(\d{4,14}) TO (\d{4,14})")


class BadQuery(ValueError):
    """What the API answers with status 400."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query as the server echoes it, and as a test of a paper and the instant of its first version."""

    echo: str
    test: Test


def parse(query: str) -> Parsed:
    """Raises BadQuery."""
    tokens = _tokens(query)
    if not tokens:
        raise BadQuery(f"Invalid query string: '{query}'")
    parsed, rest = _expression(tokens, query, "all")
    if rest:
        raise BadQuery(f"Invalid query string: '{query}'")
    return parsed


def _tokens(query: str) -> list[re.Match[str]]:
    found, at = [], 0
    query = query.rstrip()
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None or match.end() == at:
            raise BadQuery(f"Invalid query string: '{query}'")
        found.append(match)
        at = match.end()
    return found


def _expression(tokens: list[re.Match[str]], query: str, field: str) -> tuple[Parsed, list[re.Match[str]]]:
    left, tokens = _term(tokens, query, field)
    if not tokens or tokens[0]["paren"] == ")":
        return left, tokens
    if operator := tokens[0]["op"]:
        tokens = tokens[1:]
    operator = {"NOT": "ANDNOT", "AND NOT": "ANDNOT", None: "OR"}.get(operator, operator)
    right, tokens = _expression(tokens, query, field)
    return _joined(left, operator or "OR", right), tokens


def _joined(left: Parsed, operator: str, right: Parsed) -> Parsed:
    tests: dict[str, Test] = {
        "AND": lambda entry, first: left.test(entry, first) and right.test(entry, first),
        "OR": lambda entry, first: left.test(entry, first) or right.test(entry, first),
        "ANDNOT": lambda entry, first: left.test(entry, first) and not right.test(entry, first),
    }
    echo = right.echo if " AND " not in right.echo and " OR " not in right.echo else f"({right.echo.strip('()')})"
    return Parsed(f"{left.echo} {operator} {echo}", tests[operator])


def _term(tokens: list[re.Match[str]], query: str, field: str) -> tuple[Parsed, list[re.Match[str]]]:
    if not tokens or tokens[0]["op"] or tokens[0]["paren"] == ")":
        raise BadQuery(f"Invalid query string: '{query}'")
    token, rest = tokens[0], tokens[1:]
    if token["paren"]:
        return _group(rest, query, field)
    named = token["field"] if token["field"] in _FIELDS else None
    if named and token["phrase"] is None and token["range"] is None and token["word"] is None:
        return _group(rest[1:], query, named)
    return _leaf(token, named or field), rest


def _group(tokens: list[re.Match[str]], query: str, field: str) -> tuple[Parsed, list[re.Match[str]]]:
    inner, rest = _expression(tokens, query, field)
    if not rest or rest[0]["paren"] != ")":
        raise BadQuery(f"Invalid query string: '{query}'")
    return Parsed(f"({inner.echo})", inner.test), rest[1:]


def _leaf(token: re.Match[str], field: str) -> Parsed:
    if token["range"] is not None:
        return _dates(token["range"], token[0])
    words = token["phrase"] if token["phrase"] is not None else token["word"]
    if token["field"] and token["field"] not in _FIELDS:
        words = f"{token['field']}:{words}"
    echo = f'{field}:"{words}"' if token["phrase"] is not None else f"{field}:{words}"
    return Parsed(echo, _text_test(field, words))


def _dates(told: str, shown: str) -> Parsed:
    match = _RANGE.fullmatch(told.strip())
    if match is None:
        raise BadQuery(f"Invalid query string: '{shown.strip()}'")
    low, high = _filled(match[1], "0101", "0000"), _filled(match[2], "1231", "2359")
    begin, end = _moment(low, shown), _moment(high, shown) + timedelta(minutes=1)
    return Parsed(f'submittedDate:"{low} TO {high}"', lambda _, first: begin <= first < end)


def _filled(told: str, month_and_day: str, minute: str) -> str:
    """A partial date made whole; 14 digits are cut to 12."""
    if len(told) == 6 and month_and_day == "1231":
        after = datetime(int(told[:4]) + int(told[4:]) // 12, int(told[4:]) % 12 + 1, 1)
        return f"{after - timedelta(days=1):%Y%m%d}{minute}"
    return (told[:8] + month_and_day[len(told) - 4 :] if len(told) < 8 else told[:8]) + (told[8:12] or minute)


def _moment(told: str, shown: str) -> datetime:
    try:
        return datetime.strptime(told, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        raise BadQuery(f"Invalid query string: '{shown.strip()}'") from None


def _text_test(field: str, words: str) -> Test:
    if field == "cat":
        return lambda entry, _: any(fnmatchcase(category, words) for category in entry.categories)
    if field == "id":
        return lambda entry, _: entry.id == words
    wanted = words.lower().strip("*")
    return lambda entry, _: wanted in _searched(field, entry).lower()


def _searched(field: str, entry: Entry) -> str:
    texts = {
        "ti": entry.title,
        "title": entry.title,
        "au": entry.authors,
        "abs": entry.abstract,
        "co": entry.comments,
        "jr": entry.journal_ref,
        "rn": entry.report_no,
        "doi": entry.doi,
    }
    return texts[field] if field in texts else " ".join((*texts.values(), *entry.categories))
