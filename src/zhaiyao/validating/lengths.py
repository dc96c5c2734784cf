"""Is a translation as long as its source lets one expect? Repairs and asks nothing."""

import re

from zhaiyao.validating.texts import CJK, without_spans

_FEW_WORDS = 6
_LEAST, _MOST = 0.5, 4.5
_AMPLE = 2.3
"""Characters a word: 95 of 100 translations of earlier systems stay below it."""

_OTHER_WORD = re.compile(r"[^\W\u3400-\u9fff]+")
_STOP = re.compile(r"[。！？](?=\s*[^”」』）)】\s。！？])")
_SOURCE_STOP = re.compile(r"[.!?;:](?=[\sA-Z])")


def is_absurd_length(source: str, target: str) -> bool:
    """Whether the target's length, in what readers count, cannot be that of a translation of the source."""
    words = _size(without_spans(source))
    if words < _FEW_WORDS:
        return _size(without_spans(target)) > 40
    ratio = _size(without_spans(target)) / words
    return not _LEAST <= ratio <= _MOST


def has_added_sentence(source: str, target: str) -> bool:
    """Whether the target has more sentences than the source, and is longer than it would be if it only split one.

    Small models go on with what papers usually say next. Neither text may hold spans.
    """
    stops = _STOP.findall(target)
    return len(stops) > len(_SOURCE_STOP.findall(source)) and _size(target) > _AMPLE * _size(source)


def _size(text: str) -> int:
    """Chinese characters plus words of other scripts."""
    return len(_OTHER_WORD.findall(text)) + (0 if text.isascii() else len(CJK.findall(text)))
