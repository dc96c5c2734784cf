"""Facts from arXiv: papers, their texts, how they were announced, how complete a day is. Decides and does nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from zhaiyao.fingerprint import content_key


class AnnounceType(StrEnum):
    """What arXiv says happened to a paper in a category on an announcement date, in arXiv's own words."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"


class Interface(StrEnum):
    """Who told us. One version has different bytes at different interfaces (TeX, Greek, wraps).

    Members stand in order of trust: of several texts of one version the first is shown. `catchup` is the listing of a
    past date, which shows the metadata of the day it is read; `digest` and `archive` are the earlier system's files.
    `joined` is nobody: what several of them told of one version, put together for an edition.
    """

    OAI_RAW = "oai-raw"
    LISTING = "listing"
    FEED = "feed"
    CATCHUP = "catchup"
    SNAPSHOT = "snapshot"
    API = "api"
    OAI = "oai"
    DIGEST = "digest"
    ARCHIVE = "archive"
    JOINED = "joined"

    @property
    def rank(self) -> int:
        """Position in the order of trust, 0 = most trusted."""
        return _RANKS[self]

    @property
    def is_arxiv(self) -> bool:
        """Whether arXiv itself speaks, and not a file of the earlier system, or we."""
        return self not in (Interface.DIGEST, Interface.ARCHIVE, Interface.JOINED)


_RANKS = {interface: place for place, interface in enumerate(Interface)}


class Withdrawal(StrEnum):
    """Whether a version withdraws its paper. A feed alone can only say "perhaps" (from the wording)."""

    NO = "no"
    PERHAPS = "perhaps"
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A name as printed (`First Last`, UTF-8), and its affiliations."""

    name: str
    affiliations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What holds for a paper whatever its version: canonical id and categories, primary first (may be empty)."""

    id: str
    categories: tuple[str, ...] = ()

    @property
    def primary_category(self) -> str | None:
        """The category that the paper is `new` in, or None where the source does not say."""
        return self.categories[0] if self.categories else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The text of one version of a paper, as one interface told it. `number` 0 = the source does not say.

    `title` and `abstract` are clean text: accents as Unicode, math verbatim TeX, `<` literal, decorations off,
    one line but for paragraph breaks (`\\n\\n`) in the abstract.
    Imported texts are the exception: they keep every white space, because the file must come back byte for byte.
    `truncated`: whoever told us had cut the abstract, so that it never counts as the whole text.
    """

    paper_id: str
    number: int
    interface: Interface
    title: str
    abstract: str
    authors: tuple[Author, ...] = ()
    comments: str = ""
    journal_ref: str = ""
    doi: str = ""
    license: str = ""
    submitted_at: datetime | None = None
    withdrawal: Withdrawal = Withdrawal.NO
    truncated: bool = False

    @property
    def key(self) -> str:
        """Content address. Empty optional fields do not count, so that a new field re-keys nothing.

        Whether it is withdrawn counts only in what we put together: there it can change without a change of text.
        """
        optional = {
            "authors": ";".join(f"{a.name}({','.join(a.affiliations)})" for a in self.authors),
            "comments": self.comments,
            "journal_ref": self.journal_ref,
            "doi": self.doi,
            "license": self.license,
            "withdrawal": "" if self.interface is not Interface.JOINED else str(self.withdrawal),
        }
        told = [f"{name}={value}" for name, value in optional.items() if value]
        return content_key("version", self.paper_id, str(self.number), self.interface, self.title, self.abstract, *told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """arXiv telling, on an announcement date, that a paper is new, cross, replace or replace-cross in a category.

    `category` is one category or archive; in a combined feed it is the whole request (`cs.AI+cs.LG`), to which
    the type is relative, and such an announcement never enters the ledger.
    """

    paper_id: str
    category: str
    date: date
    type: AnnounceType
    version: int
    interface: Interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One paper as one document showed it: its facts, its text, and how it was announced, if it was."""

    paper: Paper
    version: Version
    announcement: Announcement | None = None


class Fault(StrEnum):
    """What was wrong with an interface's telling of a day. Codes, for the ledger."""

    UNREACHED = "unreached"  # no answer, or a refusal (FetchError)
    UNREADABLE = "unreadable"  # bytes that are not what they should be (ParseError)
    STALE = "stale"  # an older announcement than the newest that we know of, or the one we already hold
    MISDATED = "misdated"  # the ids of one day under the date of another
    EMPTY = "empty"  # no entries on a day on which other interfaces tell some
    CUT = "cut"  # fewer entries than the interface itself promised
    SHORT = "short"  # fewer papers than another interface tells of the same day
    FULL = "full"  # as many items as the interface gives at most: some are missing
    LATE = "late"  # papers that this interface did not know yet, though they are announced
    BACKFILLED = "backfilled"  # no fault of arXiv's: a day that was missed here, and was fetched later


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A parsed document of an interface: the request it answers, its date, all it shows, and what it promised.

    `announced` is arXiv's own count where the interface prints one (listings), else None. `faults` are those that the
    document itself shows; what it does show is right nevertheless.
    """

    category: str
    date: date
    interface: Interface
    sightings: tuple[Sighting, ...]
    announced: int | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What a listing of several days tells of one date: arXiv's count of new papers and cross-lists, and their ids.

    `ids` may be fewer than `announced` where the listing goes on, on pages that were not asked for.
    """

    category: str
    date: date
    announced: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """That an interface told a day of a category, when last, arXiv's own count if it gave one, and how many entries
    it showed then."""

    category: str
    date: date
    interface: Interface
    announced: int | None
    shown: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that went wrong with a day of a category at an interface, as the ledger keeps it.

    `date` is None where nobody could know of which day the answer was. `detail` is for people.
    """

    category: str
    date: date | None
    interface: Interface
    fault: Fault
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDay:
    """Counts of one category on one announcement date. `announced` is arXiv's own count, None where it told none."""

    category: str
    date: date
    announced: int | None
    fetched: int
    translated: int
    failed: int
    published: int
