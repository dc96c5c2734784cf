"""What a mailing is made of: a paper's metadata at one moment, and what happened to it. Values only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from tests.arxiv_server.taxonomy import touches

ORDER = ("new", "cross", "replace", "replace-cross")
UNLISTED_FROM_VERSION = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper's metadata at one version, as arXiv stores it: TeX accents, wraps gone, `\\n  ` before a paragraph.

    `submitted` is the instant of this version (None: the world makes one up); `source` is arXiv's letter for what the
    version is made of (`I`: withdrawn, `D`: PDF, empty: TeX), `html` whether it could be made into a page.
    """

    id: str
    title: str
    abstract: str
    authors: str
    categories: tuple[str, ...]
    version: int = 1
    license: str = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
    doi: str = ""
    journal_ref: str = ""
    comments: str = ""
    report_no: str = ""
    msc: str = ""
    acm: str = ""
    submitted: datetime | None = None
    source: str = ""
    size: int = 412
    html: bool = True

    @property
    def withdrawn(self) -> bool:
        """Whether this version has no text any more."""
        return self.source == "I"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A paper in a day's mailing.

    `action`: new, cross (`to`: the categories it came to; none named: all), replace, withdraw, or absonly (a change of
    journal reference or comments, which nobody lists).
    """

    entry: Entry
    action: str = "new"
    to: tuple[str, ...] = ()


def kind_of(
    posting: Posting, wanted: tuple[str, ...], categories: tuple[str, ...], unlisted: Collection[str]
) -> str | None:
    """The announce type relative to what was asked for, or None where it is not shown.

    `categories` are the paper's when it is looked at; actions in `unlisted` are not shown from version 6 on.
    """
    action = posting.action
    if action == "absonly" or (action in unlisted and posting.entry.version >= UNLISTED_FROM_VERSION):
        return None
    if not touches(categories, wanted):
        return None
    inside = touches(categories[:1], wanted)
    if action in ("replace", "withdraw"):
        return "replace" if inside else "replace-cross"
    if action == "cross":
        return "cross" if touches(posting.to or categories, wanted) else None
    return "new" if inside else "cross"
