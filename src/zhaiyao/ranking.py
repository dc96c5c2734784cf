"""Scores papers for a profile, each score with its reasons. Reads records only; learns nothing yet.

The scores here are the baseline that every cleverer ranking must beat: what is new in the reader's categories
before cross-lists, cross-lists before replacements; a paper announced in several of them before one in a single.
"""

from collections.abc import Iterable

from zhaiyao.records import Announcement, AnnounceType, Profile, Score

TYPE_WEIGHT = {
    AnnounceType.NEW: 3.0,
    AnnounceType.CROSS: 2.0,
    AnnounceType.REPLACE: 1.0,
    AnnounceType.REPLACE_CROSS: 0.5,
}
PER_FURTHER_CATEGORY = 0.1


def score(profile: Profile, announcements: Iterable[Announcement]) -> Score:
    """The score of one paper by how it was announced in the profile's categories on one date. 0.0 if it was not."""
    told = [told for told in announcements if told.category in profile.categories]
    if not told:
        return Score(value=0.0)
    best = max(told, key=lambda one: TYPE_WEIGHT[one.type])
    reasons = [(f"{best.type} in {best.category}", TYPE_WEIGHT[best.type])]
    further = len({one.category for one in told}) - 1
    if further:
        reasons.append((f"in {further + 1} of your categories", PER_FURTHER_CATEGORY * further))
    return Score(value=sum(weight for _, weight in reasons), reasons=tuple(reasons))
