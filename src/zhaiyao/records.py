"""The words of the whole project as frozen, typed records. Holds facts; decides and does nothing.

Three groups, never mixed: facts from arXiv (`Paper`, `Version`, `Announcement`), text we made (`Rendition`, `Segment`,
`Attempt`), and what a reader wants and gets (`Profile`, `Score`, `Edition`, `Digest`). Instants are aware, in UTC; an
announcement date is the plain date of the listing's heading. Papers are named by their canonical id without version.
Versions and renditions are content-addressed: the same content has the same `key`, and an edition pins keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from zhaiyao.fingerprint import content_key

Day = date  # for fields that are themselves called `date` and have a default


class AnnounceType(StrEnum):
    """What arXiv says happened to a paper in a category on an announcement date, in arXiv's own words."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"


class Interface(StrEnum):
    """Who told us. One version has different bytes at different interfaces (TeX, Greek, wraps).

    Members stand in order of trust: of several texts of one version the first is shown.
    """

    OAI_RAW = "oai-raw"
    LISTING = "listing"
    FEED = "feed"
    SNAPSHOT = "snapshot"
    API = "api"
    OAI = "oai"
    DIGEST = "digest"
    ARCHIVE = "archive"

    @property
    def rank(self) -> int:
        """Position in the order of trust, 0 = most trusted."""
        return list(Interface).index(self)

    @property
    def is_arxiv(self) -> bool:
        """Whether arXiv itself speaks, and not a file of the earlier system."""
        return self not in (Interface.DIGEST, Interface.ARCHIVE)


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

    @property
    def key(self) -> str:
        """Content address. Empty optional fields do not count, so that a new field re-keys nothing."""
        optional = {
            "authors": ";".join(f"{a.name}({','.join(a.affiliations)})" for a in self.authors),
            "comments": self.comments,
            "journal_ref": self.journal_ref,
            "doi": self.doi,
            "license": self.license,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A parsed document of an interface: the request it answers, its date, all it shows, and what it promised.

    `announced` is arXiv's own count where the interface prints one (listings), else None.
    """

    category: str
    date: date
    interface: Interface
    sightings: tuple[Sighting, ...]
    announced: int | None = None


class RenditionKind(StrEnum):
    """Which text of a paper a rendition renders."""

    TITLE = "title"
    ABSTRACT = "abstract"
    TLDR = "tldr"


class SegmentState(StrEnum):
    """`kept`: the sentence stays in the original, marked. `imported`: another system's text, never validated."""

    TRANSLATED = "translated"
    KEPT = "kept"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One sentence of the source and what became of it.

    `gap` is the white space that stood behind the sentence in the source (`""`, `" "` or `"\\n\\n"`), so that
    joining `source + gap` gives the source text back. `faults` says why a sentence was kept.
    """

    source: str
    target: str
    gap: str = ""
    state: SegmentState = SegmentState.TRANSLATED
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """Text that we made from a version's text, with all that is needed to judge it, and to not pay for it twice.

    `source_fingerprint` is `fingerprint.text_fingerprint` of the source text of this kind (the abstract's, for a
    TL;DR). `checks` names the checks that the text passed. `cost_micros` is in millionths of the price table's
    currency. `parameters` is canonical JSON.
    """

    paper_id: str
    version: int
    kind: RenditionKind
    segments: tuple[Segment, ...]
    engine: str
    model: str
    source_fingerprint: str
    made_at: datetime
    language: str = "zh"
    parameters: str = ""
    prompt_version: str = ""
    glossary: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micros: int = 0

    @property
    def key(self) -> str:
        """Content address: what was said of what by whom. When, and for how much, does not count."""
        texts = (f"{s.source}\x1f{s.target}\x1f{s.gap}\x1f{s.state}" for s in self.segments)
        made_by = (self.engine, self.model, self.parameters, self.prompt_version, *self.glossary)
        head = (
            "rendition",
            self.paper_id,
            str(self.version),
            self.kind,
            self.language,
            self.source_fingerprint,
        )
        return content_key(*head, *made_by, *texts)

    @property
    def is_legacy(self) -> bool:
        """Made by another system and imported: shown, but it never counts as translated."""
        return any(segment.state is SegmentState.IMPORTED for segment in self.segments)

    @property
    def kept(self) -> tuple[Segment, ...]:
        """The sentences that stayed in the original."""
        return tuple(segment for segment in self.segments if segment.state is SegmentState.KEPT)

    @property
    def text(self) -> str:
        """The rendition as running text: a blank stands between two sentences only where a kept one is involved."""
        parts: list[str] = []
        for segment, following in zip(self.segments, (*self.segments, None)[1:], strict=True):
            parts.append(segment.target)
            if following is None or not segment.gap:
                continue
            kept = SegmentState.KEPT in (segment.state, following.state)
            parts.append(segment.gap if "\n" in segment.gap or kept else "")
        return "".join(parts)


class Outcome(StrEnum):
    """How an attempt ended. `failed`: no usable reply came. `rejected`: one came and did not pass validation."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one request, recorded whatever its outcome. `fault` is a code, `detail` is for people."""

    paper_id: str
    version: int
    kind: RenditionKind
    engine: str
    model: str
    step: str
    outcome: Outcome
    at: datetime
    fault: str = ""
    detail: str = ""
    prompt_version: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micros: int = 0
    seconds: float = 0.0


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
    """An edition's entry with its texts, as the publishers see it. `version` is None only for a verbatim entry."""

    entry: EditionEntry
    paper: Paper
    version: Version | None
    renditions: Mapping[RenditionKind, Rendition] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[RenditionKind, ...]:
        """The kinds that have no rendition yet."""
        return tuple(kind for kind in RenditionKind if kind not in self.renditions)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """An edition resolved: everything a publisher prints, and nothing that it would have to look up."""

    edition: Edition
    entries: tuple[DigestEntry, ...]
    ledger: tuple[LedgerDay, ...] = ()
