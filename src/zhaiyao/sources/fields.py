"""Single fields of arXiv's XML as our records hold them, or a ParseError. Knows no document's shape."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import InvalidId, ParseError
from zhaiyao.http import one_line_of
from zhaiyao.textex import one_line, unicode_text

_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[A-Za-z]+)*)?")
_DOI_SEPARATOR = re.compile(r"[;,]?\s+")  # a bare `;` is part of older publishers' DOIs


def prose(told: str) -> str:
    """Clean text with its paragraphs: an abstract."""
    return unicode_text(one_line(told))


def line(told: str) -> str:
    """Clean text on one line: a title, a comment, a journal reference."""
    return unicode_text(one_line(told, paragraphs=False))


def dois(told: Iterable[str]) -> str:
    """The publishers' DOIs, each once, parted by a blank."""
    return " ".join(dict.fromkeys(doi for one in told for doi in _DOI_SEPARATOR.split(one.strip()) if doi))


def paper(told: str) -> ArxivId:
    """The id that any of its forms means."""
    try:
        return ArxivId.parse(told)
    except InvalidId as error:
        raise ParseError(f"{one_line_of(told, 60)!r} is no arXiv identifier ({error.what})") from None


def is_category(told: str) -> bool:
    """Whether it has the form of arXiv's categories. Classes of MSC and ACM, which stand beside them, have not."""
    return _CATEGORY.fullmatch(told) is not None


def iso_instant(told: str) -> datetime:
    """`2025-11-14T17:59:59Z`, in UTC."""
    return _instant(told, datetime.fromisoformat)


def mail_instant(told: str) -> datetime:
    """`Mon, 07 Feb 2011 04:50:37 GMT`, with the day in one digit or two, in UTC."""
    return _instant(told, parsedate_to_datetime)


def _instant(told: str, read: Callable[[str], datetime]) -> datetime:
    try:
        moment = read(told.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ParseError(f"{one_line_of(told, 60)!r} is no date") from None
