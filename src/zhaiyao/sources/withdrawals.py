"""The wording in which authors withdraw a paper. It only hints: whether a version withdraws, arXivRaw alone can say."""

import re

from zhaiyao.records import Withdrawal

_WORK = r"(?:paper|article|manuscript|submission|preprint|work|note|version|draft)"

# An abstract tells it in its first words; further on it speaks of something else that was withdrawn.
_ABSTRACT = re.compile(
    rf"\W*+(?:withdrawn\b|(?:this|the) (?:\w+ ){{0,2}}?{_WORK} (?:has been|was|is|is being) (?:\w+ )?withdrawn\b)",
    re.IGNORECASE,
)

# A comment may tell it behind its page count. What follows must not make it another paper's, or an older version's.
_COMMENTS = re.compile(
    rf"(?:^|[.;:,(\[])\W{{0,3}}+(?:"
    rf"(?:(?:this|the|our|arxiv) )?(?:\w+ ){{0,2}}?(?<!previous )(?<!earlier )(?<!first )(?<!older ){_WORK} "
    rf"(?:(?:has|have) been |was |is |is being )?(?:\w+ )?(?:withdrawn|retracted)\b"
    rf"|(?:temporarily |now |has been )?withdrawn\b(?! (?:paper|version|arxiv))"
    rf"|(?:the |by )?authors? (?:has |have )?(?:withdraws?|withdrew|withdrawn)\b"
    rf")",
    re.IGNORECASE,
)


def worded(*, abstract: str, comments: str = "") -> Withdrawal:
    """`perhaps` if abstract or comments (clean text) are worded like those of a withdrawn paper, else `no`."""
    hinted = _ABSTRACT.match(abstract) or _COMMENTS.search(comments[:2000])
    return Withdrawal.PERHAPS if hinted else Withdrawal.NO
