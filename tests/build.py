"""Small records for tests, with invented content."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.records import (
    Announcement,
    AnnounceType,
    Interface,
    Page,
    Paper,
    Rendition,
    RenditionKind,
    Segment,
    SegmentState,
    Sighting,
    Version,
)

NOW = datetime(2026, 1, 14, 6, 30, tzinfo=UTC)
DAY = date(2026, 1, 14)


def version(paper_id: str = "2601.99901", number: int = 1, **changes: object) -> Version:
    """One version's text, told by a feed."""
    told: dict[str, object] = {
        "interface": Interface.FEED,
        "title": f"On the tides of pond {paper_id}",
        "abstract": f"We measure the tides of pond {paper_id}. They are small.",
    }
    return Version(paper_id=paper_id, number=number, **{**told, **changes})  # type: ignore[arg-type]


def announcement(
    paper_id: str = "2601.99901",
    category: str = "cs.LG",
    told: AnnounceType = AnnounceType.NEW,
    on: date = DAY,
    number: int = 1,
) -> Announcement:
    """How a paper was announced."""
    return Announcement(
        paper_id=paper_id, category=category, date=on, type=told, version=number, interface=Interface.FEED
    )


def sighting(
    paper_id: str = "2601.99901",
    told: AnnounceType = AnnounceType.NEW,
    *,
    category: str = "cs.LG",
    on: date = DAY,
    number: int = 1,
    **changes: object,
) -> Sighting:
    """A paper as a feed shows it."""
    return Sighting(
        paper=Paper(id=paper_id, categories=(category,)),
        version=version(paper_id, number, **changes),
        announcement=announcement(paper_id, category, told, on, number),
    )


def page(sightings: Sequence[Sighting], category: str = "cs.LG", on: date = DAY) -> Page:
    """A feed's day."""
    return Page(category=category, date=on, interface=Interface.FEED, sightings=tuple(sightings))


def rendition(
    text: Version, kind: RenditionKind, target: str = "池塘的潮汐。", state: SegmentState = SegmentState.TRANSLATED
) -> Rendition:
    """A rendition of one segment."""
    source = text.title if kind is RenditionKind.TITLE else text.abstract
    return Rendition(
        paper_id=text.paper_id,
        version=text.number,
        kind=kind,
        segments=(Segment(source=source, target=target, state=state),),
        engine="scripted",
        model="test",
        source_fingerprint=text_fingerprint(source),
        made_at=NOW,
    )


def renditions(text: Version) -> dict[RenditionKind, Rendition]:
    """All three."""
    return {kind: rendition(text, kind) for kind in RenditionKind}


def listing(
    sightings: Sequence[Sighting],
    category: str = "cs.LG",
    on: date = DAY,
    *,
    announced: int | None = None,
    interface: Interface = Interface.LISTING,
) -> Page:
    """The same papers as a listing (or the page of a past day) shows them, counted by itself, without version numbers
    where those are 0."""
    told = tuple(
        replace(
            one,
            version=replace(one.version, interface=interface),
            announcement=one.announcement
            and replace(one.announcement, interface=interface, category=category, date=on),
        )
        for one in sightings
    )
    count = len(told) if announced is None else announced
    return Page(category=category, date=on, interface=interface, sightings=told, announced=count)
