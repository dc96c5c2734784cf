"""The words of the whole project as frozen, typed records. Decides and does nothing.

Three groups, never mixed: facts from arXiv (`Paper`, `Version`, `Announcement`), text we made (`Rendition`, `Segment`,
`Attempt`), and what a reader wants and gets (`Profile`, `Score`, `Edition`, `Digest`). Instants are aware, in UTC; an
announcement date is the plain date of the listing's heading. Papers are named by their canonical id without version.
Versions and renditions are content-addressed: the same content has the same `key`, and an edition pins keys.
"""

from zhaiyao.records.editions import (
    ClassicShape,
    Digest,
    DigestEntry,
    Edition,
    EditionEntry,
    Frame,
    Profile,
    Score,
)
from zhaiyao.records.facts import (
    Announcement,
    AnnounceType,
    Author,
    Fault,
    Incident,
    Interface,
    LedgerDay,
    Page,
    Paper,
    Roster,
    Sighting,
    Telling,
    Version,
    Withdrawal,
)
from zhaiyao.records.renditions import (
    Attempt,
    Correction,
    Outcome,
    Rendition,
    RenditionKind,
    Segment,
    SegmentState,
    Term,
)

__all__ = [
    "AnnounceType",
    "Announcement",
    "Attempt",
    "Author",
    "ClassicShape",
    "Correction",
    "Digest",
    "DigestEntry",
    "Edition",
    "EditionEntry",
    "Fault",
    "Frame",
    "Incident",
    "Interface",
    "LedgerDay",
    "Outcome",
    "Page",
    "Paper",
    "Profile",
    "Rendition",
    "RenditionKind",
    "Roster",
    "Score",
    "Segment",
    "SegmentState",
    "Sighting",
    "Telling",
    "Term",
    "Version",
    "Withdrawal",
]
