"""What a reader wants and gets: profiles, scores, editions. Decides and does nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from zhaiyao.records.facts import AnnounceType, LedgerDay, Paper, Version, Withdrawal
from zhaiyao.records.renditions import Rendition, RenditionKind

Day = date  # for fields that are themselves called `date` and have a default


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a reader wants. `revision` is the number of feedback events that it was made from."""

    name: str
    categories: tuple[str, ...]
    types: tuple[AnnounceType, ...] = tuple(AnnounceType)
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How much a paper matters to a profile (higher is better), and why: (name, weight)."""

    value: float
    reasons: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stood before and behind a clean text in an imported document."""

    head: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassicShape:
    """All of a classic entry that is not text of the paper: enough, with the clean texts, to print its bytes again.

    `tldr` and `tldr_en` are as shown; frames stand around the clean title in its row, and around the clean texts
    in the entry. `escaped`: the row prints `|` as `\\|`, as our own files do and the earlier system did not.
    """

    link: str
    tldr: str
    tldr_en: str
    row_title: Frame = field(default_factory=Frame)
    title: Frame = field(default_factory=Frame)
    abstract: Frame = field(default_factory=Frame)
    title_zh: Frame = field(default_factory=Frame)
    abstract_zh: Frame = field(default_factory=Frame)
    escaped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEntry:
    """One paper's place in an edition: pinned text, pinned renditions, score and how it was announced.

    In an imported edition `shape` says how the entry was printed; `verbatim` is the entry's own bytes, row and
    body, where it did not fit the grammar (then `paper_id` and the keys are empty).
    """

    position: int
    paper_id: str
    version_key: str
    rendition_keys: tuple[str, ...] = ()
    announced: tuple[tuple[str, AnnounceType], ...] = ()
    score: Score | None = None
    shape: ClassicShape | None = None
    verbatim: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What one profile gets for one announcement date, revision by revision; or an imported document. Append-only.

    Own editions have `profile`, `date` and `revision` >= 1. Imported ones have `document` = SHA-256 of the file.
    `cause`: why this revision was made.
    """

    id: str
    made_at: datetime
    entries: tuple[EditionEntry, ...]
    cause: str
    profile: str = ""
    date: Day | None = None
    revision: int = 0
    profile_revision: int = 0
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestEntry:
    """An edition's entry with its texts, as the publishers see it. `version` is None only for a verbatim entry.

    `earlier` is the text of the version before, of a paper announced as replaced, if that version is held.
    """

    entry: EditionEntry
    paper: Paper
    version: Version | None
    renditions: Mapping[RenditionKind, Rendition] = field(default_factory=dict)
    earlier: Version | None = None

    @property
    def missing(self) -> tuple[RenditionKind, ...]:
        """The kinds that have no rendition yet. The notice of a withdrawal gets no TL;DR."""
        withdrawn = self.version is not None and self.version.withdrawal is not Withdrawal.NO
        wanted = (kind for kind in RenditionKind if not (withdrawn and kind is RenditionKind.TLDR))
        return tuple(kind for kind in wanted if kind not in self.renditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """An edition resolved: everything a publisher prints, and nothing that it would have to look up."""

    edition: Edition
    entries: tuple[DigestEntry, ...]
    ledger: tuple[LedgerDay, ...] = ()
