"""What changed between two versions of a paper, by sentence. Compares texts; shows and fetches nothing.

Sentences are the same by their canonical fingerprint, so that the spelling of an interface is no change. What stands in
the place of old sentences is paired with the old one that it shares most words with.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.records import Version
from zhaiyao.segmenting import sentences

_ALIKE = 0.5
"""The share of common words (`difflib` ratio) from which on a sentence counts as another one, changed."""

_MOST_PAIRS = 400
"""Where more pairs of sentences than this would have to be compared, the texts have nothing in common."""


class Kind(StrEnum):
    """What became of a sentence."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One sentence in the old and in the new abstract; empty where it is not there."""

    kind: Kind
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since version `since`: the title or not, and each sentence of both abstracts in reading order.

    No sentences where one of the two abstracts is not known whole, so that nothing can be said of them.
    """

    since: int
    title: bool
    segments: tuple[Difference, ...] = ()

    def count(self, kind: Kind) -> int:
        """How many sentences this became of."""
        return sum(segment.kind is kind for segment in self.segments)

    @property
    def nothing(self) -> bool:
        """Whether both texts are known and neither changed."""
        return not self.title and bool(self.segments) and self.count(Kind.SAME) == len(self.segments)

    @property
    def news(self) -> frozenset[str]:
        """The fingerprints of the sentences that were not in the old abstract."""
        return frozenset(text_fingerprint(one.new) for one in self.segments if one.kind in (Kind.CHANGED, Kind.ADDED))


def differences(old: Version, new: Version) -> Changes:
    """What changed from one version to another."""
    known = all(version.abstract.strip() and not version.truncated for version in (old, new))
    return Changes(
        since=old.number,
        title=text_fingerprint(old.title) != text_fingerprint(new.title),
        segments=tuple(_segments(old.abstract, new.abstract)) if known else (),
    )


def _segments(old: str, new: str) -> Iterator[Difference]:
    before, after = [text for text, _ in sentences(old)], [text for text, _ in sentences(new)]
    was, now = list(map(text_fingerprint, before)), list(map(text_fingerprint, after))
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    for tag, start, end, start_new, end_new in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(before[start:end], after[start_new:end_new], strict=True)
            yield from (Difference(kind=Kind.SAME, old=one, new=other) for one, other in pairs)
        else:
            yield from _paired(before[start:end], after[start_new:end_new])


def _paired(before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    """The most alike of two runs of sentences as a pair, and likewise what stands in front of it and behind it."""
    best = _most_alike(before, after)
    if best is None:
        yield from (Difference(kind=Kind.REMOVED, old=text) for text in before)
        yield from (Difference(kind=Kind.ADDED, new=text) for text in after)
        return
    at, at_new = best
    yield from _paired(before[:at], after[:at_new])
    yield Difference(kind=Kind.CHANGED, old=before[at], new=after[at_new])
    yield from _paired(before[at + 1 :], after[at_new + 1 :])


def _most_alike(before: Sequence[str], after: Sequence[str]) -> tuple[int, int] | None:
    """The places of the two sentences that share most words, if they share enough; of several the first."""
    if not 0 < len(before) * len(after) <= _MOST_PAIRS:
        return None
    shares = {
        (at, at_new): SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()
        for at, one in enumerate(before)
        for at_new, other in enumerate(after)
    }
    best = max(shares, key=lambda places: shares[places])
    return best if shares[best] >= _ALIKE else None
