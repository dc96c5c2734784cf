"""Decides what a sighting means against what is known: new, revised, cross-listed or unchanged. Stores nothing.

What several interfaces tell of one version is put together here too: the text of the most trusted one, and each other
fact from the most trusted one that tells it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from zhaiyao.categories import canonical
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.records import (
    Announcement,
    AnnounceType,
    Author,
    Interface,
    Paper,
    Rendition,
    RenditionKind,
    Sighting,
    Version,
    Withdrawal,
)

_LISTED_AUTHORS = 100
"""After so many names a listing stops, and does not say so."""

_LONGEST_DELAY = timedelta(days=30)
"""Between a version's submission and its announcement: moderators were seen to take 24 days."""


class Novelty(StrEnum):
    """What a sighting adds to what is known of its paper."""

    NEW = "new"
    REVISED = "revised"
    CROSS = "cross"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What to store of one sighting. `paper` is merged with what was known."""

    novelty: Novelty
    paper: Paper
    version: Version
    announcement: Announcement | None


def take_in(
    sighting: Sighting, known: Paper | None, versions: Sequence[Version], announced: Sequence[Announcement]
) -> Intake:
    """Judges one sighting against the paper's known facts, texts and announcements.

    A text counts as changed by its fingerprint, so the same version in another interface's spelling is not news.
    """
    return Intake(
        novelty=_novelty(sighting, [text for text in versions if text.interface.is_arxiv], announced),
        paper=merge(known, sighting.paper),
        version=sighting.version,
        announcement=sighting.announcement,
    )


def _novelty(sighting: Sighting, versions: Sequence[Version], announced: Sequence[Announcement]) -> Novelty:
    """`versions` are those that arXiv told. A paper that only imported documents told is new to what arXiv says."""
    if not versions:
        return Novelty.NEW
    newer = sighting.version.number > max(version.number for version in versions)
    if newer and sighting.version.withdrawal is not Withdrawal.NO:
        return Novelty.WITHDRAWN
    if newer or not _is_held(sighting.version, versions):
        return Novelty.REVISED
    told = sighting.announcement
    if told is not None and told.category not in {other.category for other in announced}:
        return Novelty.CROSS
    return Novelty.UNCHANGED


def _is_held(told: Version, versions: Sequence[Version]) -> bool:
    """Whether a text is the one that is shown of its version; where it names no number, of any version.

    An abstract that is not told cannot differ.
    """
    numbers = {told.number} if told.number else {version.number for version in versions}
    held = [fingerprints(text) for number in numbers if (text := shown(versions, number)) is not None]
    title, abstract = fingerprints(told)
    return any(title == one and (abstract == other or not told.abstract) for one, other in held)


def merge(known: Paper | None, told: Paper) -> Paper:
    """The paper's facts after a sighting: what is told wins, but silence removes nothing.

    Listings leave out the second names of categories (`cs.NA` of `math.NA`) and sort what stands behind the primary
    one. So where the categories are the same, the names stay as they are, unless more of them are told.
    """
    if known is None or not known.categories:
        return told
    alike = _filed(told) == _filed(known)
    return known if not told.categories or (alike and len(told.categories) <= len(known.categories)) else told


def _filed(paper: Paper) -> tuple[str, frozenset[str]]:
    """The primary category and all of them, under one name each."""
    names = [canonical(name) for name in paper.categories]
    return next(iter(names), ""), frozenset(names)


def shown(versions: Sequence[Version], number: int) -> Version | None:
    """The text to show of a version: of those that arXiv told, the one of the most trusted interface.

    Texts of imported documents are shown only where arXiv told none; one that was cut, or has no abstract (listings
    show none of a replacement), only where nobody told a whole one. Of several texts of one interface the first one
    given counts, so give the latest told first.
    """
    return min(_of_number(versions, number), key=_worth, default=None)


def assembled(versions: Sequence[Version], number: int) -> Version | None:
    """All that is told of a version, as one: the text to show, and each other fact from whom we trust most to tell it.

    `interface` is JOINED where the facts are not all from whom the text is from. None where nobody told the version.
    """
    told = sorted(_of_number(versions, number), key=_worth)
    if not told:
        return None
    text, by_trust = told[0], sorted(told, key=lambda version: version.interface.rank)
    whole = replace(
        text,
        authors=_authors(by_trust),
        comments=_first(version.comments for version in by_trust),
        journal_ref=_first(version.journal_ref for version in by_trust),
        doi=_first(version.doi for version in by_trust),
        license=_first(version.license for version in by_trust),
        submitted_at=next((one.submitted_at for one in by_trust if one.submitted_at is not None), None),
        withdrawal=_withdrawal(by_trust),
    )
    return text if whole == text else replace(whole, interface=Interface.JOINED)


def same_look(one: Version, other: Version) -> bool:
    """Whether a page would show the same of both, whoever told them: white space aside, every text that is shown."""
    return _look(one) == _look(other)


def earlier(versions: Sequence[Version], number: int) -> Version | None:
    """The text to show of the latest version before this one that somebody told; None if there is none."""
    before = max((version.number for version in versions if 0 < version.number < number), default=0)
    return shown(versions, before) if before else None


def number_on(on: date, told: Collection[Announcement], versions: Sequence[Version]) -> int:
    """The number of the version that a paper's announcements of a date mean.

    Listings tell no numbers. Where nobody told one, it is the latest held version that was submitted before that date
    began in UTC, a few hours after arXiv's deadline; 0 as long as no such version is held. The text that a replacement
    replaces is no such version: it is the first one, or older than moderation takes.
    """
    named = max((announcement.version for announcement in told), default=0)
    begun = datetime.combine(on, time(), UTC)
    replaced = any(one.type in (AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS) for one in told)
    first, since = (2, begun - _LONGEST_DELAY) if replaced else (1, datetime.min.replace(tzinfo=UTC))
    dated = ((one.number, one.submitted_at) for one in versions if one.number >= first)
    return named or max((number for number, at in dated if at is not None and since <= at < begun), default=0)


def _of_number(versions: Sequence[Version], number: int) -> list[Version]:
    """What somebody told of a version; what we put together ourselves is nobody's word."""
    return [one for one in versions if one.number == number and one.interface is not Interface.JOINED]


def _worth(version: Version) -> tuple[bool, bool, int]:
    return version.truncated, not version.abstract.strip(), version.interface.rank


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _authors(told: Iterable[Version]) -> tuple[Author, ...]:
    """The first that names affiliations, else the first that names authors; no listing's, if somebody names more
    than a listing shows."""
    tellers = [version for version in told if version.authors]
    if any(len(version.authors) > _LISTED_AUTHORS for version in tellers):
        listings = (Interface.LISTING, Interface.CATCHUP)
        tellers = [version for version in tellers if version.interface not in listings] or tellers
    named = [version.authors for version in tellers]
    with_places = (authors for authors in named if any(author.affiliations for author in authors))
    return next(with_places, named[0] if named else ())


def _withdrawal(told: Sequence[Version]) -> Withdrawal:
    """Once it is certain, it stays so. Where only wording hints at it, arXivRaw knows better."""
    said = {version.withdrawal for version in told}
    if Withdrawal.YES in said:
        return Withdrawal.YES
    raw = [version.withdrawal for version in told if version.interface is Interface.OAI_RAW]
    return raw[0] if raw else Withdrawal.PERHAPS if Withdrawal.PERHAPS in said else Withdrawal.NO


def _look(version: Version) -> tuple[object, ...]:
    texts = (version.title, version.abstract, version.comments, version.journal_ref, version.doi, version.license)
    names = tuple(author.name for author in version.authors)
    return version.number, version.withdrawal, names, *(" ".join(text.split()) for text in texts)


def fingerprints(version: Version) -> tuple[str, str]:
    """Canonical fingerprints of title and abstract."""
    return text_fingerprint(version.title), text_fingerprint(version.abstract)


def missing_kinds(version: Version, current: Mapping[RenditionKind, Rendition]) -> tuple[RenditionKind, ...]:
    """The renditions that are still to be made of a text: absent, imported, or made from another text.

    The notice of a withdrawal is translated, but contributes nothing that a TL;DR could say.
    """
    title, abstract = fingerprints(version)
    wanted = {RenditionKind.TITLE: title}
    if version.abstract.strip():
        wanted |= {RenditionKind.ABSTRACT: abstract}
        wanted |= {RenditionKind.TLDR: abstract} if version.withdrawal is Withdrawal.NO else {}
    return tuple(kind for kind, source in wanted.items() if not _serves(current.get(kind), source))


def remembered(renditions: Iterable[Rendition]) -> tuple[Rendition, ...]:
    """Of all renditions of a paper, newest first, those whose sentences need not be paid for again: our own."""
    kinds = (RenditionKind.ABSTRACT, RenditionKind.TLDR)
    return tuple(made for made in renditions if made.kind in kinds and not made.is_legacy)


def reusable(
    version: Version, kinds: Iterable[RenditionKind], renditions: Iterable[Rendition]
) -> tuple[Rendition, ...]:
    """For these kinds: what was made, for whatever version of the paper, from the very same source text.

    Returned as renditions of this version that cost nothing, because the text is already paid for.
    """
    title, abstract = fingerprints(version)
    found: dict[RenditionKind, Rendition] = {}
    for rendition in renditions:
        source = title if rendition.kind is RenditionKind.TITLE else abstract
        if rendition.kind not in found and _serves(rendition, source):
            found[rendition.kind] = rendition
    return tuple(
        replace(found[kind], version=version.number, prompt_tokens=0, completion_tokens=0, cost_micros=0)
        for kind in kinds
        if kind in found
    )


def _serves(rendition: Rendition | None, source_fingerprint: str) -> bool:
    return rendition is not None and not rendition.is_legacy and rendition.source_fingerprint == source_fingerprint
