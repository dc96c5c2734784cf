"""Text that we made of a version's text, and every try at it. Decides and does nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zhaiyao.fingerprint import content_key


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
    joining `source + gap` gives the source text back. `faults` says why a sentence was kept, or what is mildly wrong
    with a translated one. `by` names the model that made it if it is not the rendition's, or `reader`.
    """

    source: str
    target: str
    gap: str = ""
    state: SegmentState = SegmentState.TRANSLATED
    faults: tuple[str, ...] = ()
    by: str = ""


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
        texts = (
            f"{s.source}\x1f{s.target}\x1f{s.gap}\x1f{s.state}{f'{chr(31)}{s.by}' if s.by else ''}"
            for s in self.segments
        )
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
    """One try at one request, recorded whatever its outcome. `fault` is a code, `detail` is for people.

    `shared_by` is how many papers were in the request: tokens and cost are this paper's share. `cached_tokens` of the
    prompt's were in the server's cache.
    """

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
    cached_tokens: int = 0
    shared_by: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How a term is to be translated. `accept` are other translations that are as good; `avoid` are those that the
    target takes the place of. `origin`: `default`, or `reader`."""

    source: str
    target: str
    language: str = "zh"
    accept: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    origin: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A sentence as a reader wants it translated, wherever it stands. `paper_id` is where it was corrected."""

    source: str
    target: str
    paper_id: str
    at: datetime
    language: str = "zh"
