"""arXiv identifiers of all three eras as one value. Nobody else cuts ids; whether a paper exists is not known here.

    1991 to 2007-03    archive/YYMMNNN    hep-th/9901001v2, math.CA/0611800 (= math/0611800)
    2007-04 to 2014    YYMM.NNNN          0704.0001
    since 2015         YYMM.NNNNN         2404.00466v2

The forms are those of https://info.arxiv.org/help/arxiv_identifier.html.
"""

import re
from dataclasses import dataclass
from typing import Self

from zhaiyao.errors import InvalidId

_HINT = (
    "Write it like 2404.00466, 2404.00466v2 or hep-th/9901001, or give the address of the paper's page on arxiv.org."
)

# The archives that gave out ids before April 2007. The list is closed: nothing joins it any more.
# fmt: off
_OLD_ARCHIVES = frozenset((
    "acc-phys", "adap-org", "alg-geom", "ao-sci", "astro-ph", "atom-ph", "bayes-an", "chao-dyn", "chem-ph", "cmp-lg",
    "comp-gas", "cond-mat", "cs", "dg-ga", "funct-an", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math",
    "math-ph", "mtrl-th", "nlin", "nucl-ex", "nucl-th", "patt-sol", "physics", "plasm-ph", "q-alg", "q-bio",
    "quant-ph", "solv-int", "supr-con",
))
# fmt: on

_FIRST_NEW = (2007, 4)
_FIRST_FIVE_DIGITS = (2015, 1)

# What may stand around an id. Names of hosts, schemes and DOIs are case-insensitive.
_FLAGS = re.ASCII | re.IGNORECASE
_URL = re.compile(
    r"(?:https?://)?(?:www\.|export\.|rss\.)?arxiv\.org/"
    r"(?:(?:abs|html|src|e-print|format)/(?P<page>[^?#\s]+?)|pdf/(?P<pdf>[^?#\s]+?)(?:\.pdf)?)/?(?:[?#]\S*)?",
    _FLAGS,
)
_PREFIXED = re.compile(
    r"(?:arxiv:|oai:arxiv\.org:|(?:doi:|https?://(?:dx\.)?doi\.org/)?10\.48550/arxiv\.)\s*(?P<id>\S+)", _FLAGS
)
_BARE = re.compile(
    r"(?:(?P<archive>[a-z-]+)(?:\.[a-z-]{2,})?/(?P<old>[0-9]{7})|(?P<new>[0-9]{4}\.[0-9]{4,5}))(?:v(?P<version>[0-9]{1,4}))?",
    _FLAGS,
)
_CANONICAL = re.compile(
    r"(?:(?P<archive>[a-z-]+)/)?(?P<yy>[0-9]{2})(?P<mm>[0-9]{2})(?P<dot>\.)?(?P<serial>[0-9]{3,5})", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArxivId:
    """A paper, or one version of it. `paper` is the canonical id without version; `version` 0 = not told.

    Raises InvalidId if the two are no id that arXiv could have given out.
    """

    paper: str
    version: int = 0

    def __post_init__(self) -> None:
        fault = _fault(self.paper)
        if fault:
            raise InvalidId(fault, subject=_shown(self.paper), hint=_HINT)
        if self.version < 0:
            raise InvalidId("version numbers begin at 1", subject=_shown(str(self)), hint=_HINT)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads every form in use: bare, `arXiv:`, `oai:arXiv.org:`, the DOI, and the pages of arxiv.org.

        A subject class of an old id is dropped, white space around is ignored. Raises InvalidId for all else.
        """
        match = _BARE.fullmatch(_unwrapped(text.strip()))
        if match is None:
            raise InvalidId("not an arXiv identifier", subject=_shown(text), hint=_HINT)
        told = match["version"]
        if told is not None and told.startswith("0"):
            raise InvalidId("version numbers begin at 1", subject=_shown(text), hint=_HINT)
        paper = match["new"] or f"{match['archive'].lower()}/{match['old']}"
        return cls(paper=paper, version=int(told or 0))

    def __str__(self) -> str:
        return f"{self.paper}v{self.version}" if self.version else self.paper

    @property
    def abs_url(self) -> str:
        """The abstract page; of the version, if one is told."""
        return f"https://arxiv.org/abs/{self}"

    @property
    def pdf_url(self) -> str:
        """The PDF; of the version, if one is told."""
        return f"https://arxiv.org/pdf/{self}"

    @property
    def html_url(self) -> str:
        """The paper as a web page, which exists for most papers since December 2023."""
        return f"https://arxiv.org/html/{self}"

    @property
    def oai(self) -> str:
        """The OAI-PMH identifier, which names the paper and no version."""
        return f"oai:arXiv.org:{self.paper}"

    @property
    def doi(self) -> str:
        """The DOI that arXiv itself registers for the paper (not the publisher's)."""
        return f"10.48550/arXiv.{self.paper}"

    @property
    def year_month(self) -> tuple[int, int]:
        """Four-digit year and month of the id. Two-digit years 91 to 99 of old ids are of the last century."""
        match = _CANONICAL.fullmatch(self.paper)
        assert match is not None, "checked when the value was made"
        return _year_month(match)

    @property
    def sort_key(self) -> tuple[tuple[int, int], str, int, int]:
        """Orders by time across the eras, which the order of the strings does not. Old ids: by archive in a month."""
        archive, _, digits = self.paper.rpartition("/")
        serial = int(digits[4:].lstrip("."))
        return self.year_month, archive, serial, self.version


def _unwrapped(text: str) -> str:
    """What stands inside an address or behind a prefix; text without either as it is."""
    if match := _URL.fullmatch(text):
        return str(match["page"] or match["pdf"])
    if match := _PREFIXED.fullmatch(text):
        return str(match["id"])
    return text


def _year_month(match: re.Match[str]) -> tuple[int, int]:
    year = int(match["yy"])
    century = 1900 if match["archive"] and year > 90 else 2000
    return century + year, int(match["mm"])


def _fault(paper: str) -> str:
    """Why this cannot be a canonical id, or an empty text."""
    match = _CANONICAL.fullmatch(paper)
    if match is None or bool(match["archive"]) == bool(match["dot"]):
        return "not an arXiv identifier"
    when = _year_month(match)
    if not 1 <= when[1] <= 12:
        return f"there is no month {match['mm']}"
    if int(match["serial"]) == 0:
        return "serial numbers begin at 1"
    return _old_fault(match, when) if match["archive"] else _new_fault(match, when)


def _old_fault(match: re.Match[str], when: tuple[int, int]) -> str:
    if match["archive"] not in _OLD_ARCHIVES:
        return f"there was no archive {match['archive']}"
    if len(match["serial"]) != 3:
        return "not an arXiv identifier"
    return "" if when < _FIRST_NEW else "ids with an archive end in March 2007"


def _new_fault(match: re.Match[str], when: tuple[int, int]) -> str:
    if when < _FIRST_NEW:
        return "ids without an archive begin in April 2007 (0704)"
    digits = 5 if when >= _FIRST_FIVE_DIGITS else 4
    return "" if len(match["serial"]) == digits else f"ids of {when[0]} end in {digits} digits"


def _shown(text: str) -> str:
    """Foreign text short enough for a message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
