"""The form of the classic layout: how a row and an entry are printed. Shared by its reader and its writer; pure.

A document is a table of rows, then as many entries (bodies). Nothing in it is escaped, except `|` in the rows of
our own files. Of all texts in it only the title of an entry may hold line feeds.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from zhaiyao.records import ClassicShape, Frame

HEADER = "# 摘要\n\n| Ref | Title | Summary |\n| --- | --- | --- |\n"
DETAILS = "\n\n# 详细\n\n"
END = "\n\n"
GAP = "\n\n    "
PARTS = 7

_CUT = re.compile(r"\s*\(arXiv.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The clean texts of an entry, which its shape frames."""

    title: str
    abstract: str
    title_zh: str = ""
    abstract_zh: str = ""


def row(number: int, shape: ClassicShape, title: str) -> str:
    """A row of the table, without its line feed. `number` counts from 1."""
    shown, tldr = _framed(shape.row_title, _cell(title, whole=shape.escaped)), shape.tldr
    if shape.escaped:
        shown, tldr = escape(shown), escape(tldr)
    return f"| [^{number}] | [{shown}]({shape.link}) | {tldr} |"


def body(number: int, shape: ClassicShape, texts: Texts) -> str:
    """An entry, up to and with its last four spaces. `number` counts from 1."""
    parts = (
        f"[^{number}]: {_framed(shape.title_zh, texts.title_zh)}",
        _framed(shape.title, texts.title),
        f"[{shape.link}]({shape.link})",
        shape.tldr,
        shape.tldr_en,
        _framed(shape.abstract_zh, texts.abstract_zh),
        _framed(shape.abstract, texts.abstract),
    )
    return GAP.join(parts) + "\n    "


def document(printed: Sequence[tuple[str, str]]) -> str:
    """The whole text, of (row, body) pairs."""
    rows, bodies = [row for row, _ in printed], [body for _, body in printed]
    return HEADER + "\n".join(rows) + DETAILS + "\n".join(bodies) + END


def row_frame(title: str, shown: str, *, escaped: bool) -> Frame | None:
    """The frame that makes a row show `shown` for this clean title, or None if no frame does."""
    cell = _cell(title, whole=escaped)
    return Frame(tail=shown[len(cell) :]) if shown.startswith(cell) else None


def escape(text: str) -> str:
    """Text for a cell of a table, where a bare `|` would end the cell."""
    return text.replace("|", r"\|")


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return text.replace(r"\|", "|")


def _cell(title: str, *, whole: bool) -> str:
    """A title on one line; the earlier system cut it where `(arXiv` begins, our own rows show it whole."""
    return (title if whole else _CUT.sub("", title)).replace("\n", " ")


def _framed(frame: Frame, text: str) -> str:
    return f"{frame.head}{text}{frame.tail}"
