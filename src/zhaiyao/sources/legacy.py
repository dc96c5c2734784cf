"""Judges what the earlier system left behind: abstracts that it cut, translations that are none. Pure; repairs nothing.

Of the feed's text, decoration included, that system took the first 1,000 characters, and joined words hyphenated at a
line end afterwards, which takes two characters away for each. In 11,134 records 8,429 abstracts have exactly 1,000
characters with their decoration and none has more; at 998 there are six times as many as at any other length, and
most of them end midway. So a text was cut if 1,000 characters were shown, or two or four less without the end of a
sentence. The few whole texts of just that length cannot be told apart, and asking arXiv once more settles them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.records import Rendition, RenditionKind, Segment, SegmentState, Version

ENGINE = "imported"
MODEL = "unknown"

_SHOWN_AT_MOST = 1000
_SENTENCE_END = re.compile(r"[.!?…。！？．；;:：][\"'”’»)\]}）」』】$*\s]*\Z")
_ADDRESS_END = re.compile(r"(?:https?://|www\.)\S+\s*\Z|[\w-]+/[\w./{}-]+\s*\Z", re.ASCII)

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_LEAST_HAN = 0.15  # of all letters: abstracts full of names stay above a quarter
_SHORTEST = 0.18  # of the source's characters; half of all abstracts have 0.27 to 0.31, one in fifty less than this
_LONG_ENOUGH = 200  # characters of a source of which such a share says something

# What the earlier system's prompt held in the place of an answer, and what services and models say instead of one.
_PLACEHOLDER = re.compile(r"\W*(?:这里是|此处为?)?(?:翻译过的论文(?:标题|摘要)|(?:中文|英文)?总结出的一句话要点)\W*")
_ERROR = re.compile(
    r"\W*(?:(?:openai|api|http|server|internal|gateway|json|key|value|runtime|connection|timeout)\w*[ _.-]?error\b"
    r"|error(?: code)?\s*[:：]|traceback \(most recent"
    r"|rate limit (?:reached|exceeded)|you exceeded your (?:current )?quota|request timed out"
    r"|(?:5\d\d|429|403) (?:bad gateway|service|too many|gateway|forbidden|internal)|<!doctype|<html"
    r"|this model'?s maximum context|that model is currently overloaded|incorrect api key"
    r"|(?:i'?m|i am) sorry|as an ai (?:language )?model|(?:非常)?(?:抱歉|对不起)，(?:我|您|作为|由于|无法)"
    r"|作为(?:一个|一名)?(?:AI|人工智能)(?:语言)?(?:模型|助手)，"
    r"|请(?:您)?提供(?:需要|要)|\{\"error\")",
    re.IGNORECASE,
)


def was_cut(shown: str) -> bool:
    """Whether an abstract, as the earlier system stored it with its decoration, is only the beginning of one."""
    missing = _SHOWN_AT_MOST - len(shown)
    return missing <= 0 or (missing in (2, 4) and not _SENTENCE_END.search(shown))


def renditions(
    version: Version, texts: Mapping[RenditionKind, str], *, made_at: datetime, language: str = "zh"
) -> Iterator[Rendition]:
    """The translations of a version that hold anything, each as one segment with what is wrong with it."""
    fingerprints = {version.title: "", version.abstract: ""}
    for kind, text in texts.items():
        if not text:
            continue
        source = version.title if kind is RenditionKind.TITLE else version.abstract
        fingerprints[source] = fingerprints[source] or text_fingerprint(source)
        cut = version.truncated and kind is not RenditionKind.TITLE
        faults = tuple(_faults(kind, text, source, cut=cut, language=language))
        yield Rendition(
            paper_id=version.paper_id,
            version=version.number,
            kind=kind,
            language=language,
            segments=(Segment(source="", target=text, state=SegmentState.IMPORTED, faults=faults),),
            engine=ENGINE,
            model=MODEL,
            source_fingerprint=fingerprints[source],
            made_at=made_at,
        )


def _faults(kind: RenditionKind, text: str, source: str, *, cut: bool, language: str) -> Iterator[str]:
    """Codes of all that is wrong with an imported text, gravest first."""
    if _PLACEHOLDER.fullmatch(text):
        yield "placeholder"
    elif _ERROR.match(text):
        yield "error-text"
    elif language == "zh" and not _is_chinese(kind, text):
        yield "echo" if text_fingerprint(text) == text_fingerprint(source) else "not-chinese"
    elif kind is RenditionKind.ABSTRACT and _is_incomplete(text, source, cut=cut):
        yield "incomplete"
    if cut:
        yield "cut-source"


def _is_chinese(kind: RenditionKind, text: str) -> bool:
    """A title may be all names but for one character; longer texts may not."""
    if kind is RenditionKind.TITLE:
        return _HAN.search(text) is not None
    return _length_of(_HAN, text) >= max(1, _LEAST_HAN * _length_of(_LETTERS, text))


def _length_of(runs: re.Pattern[str], text: str) -> int:
    return sum(map(len, runs.findall(text)))


def _is_incomplete(text: str, source: str, *, cut: bool) -> bool:
    """Much shorter than translations are, or broken off where its source is not."""
    if len(source) >= _LONG_ENOUGH and len(text) < _SHORTEST * len(source):
        return True
    return not cut and bool(_SENTENCE_END.search(source)) and not _ended(text)


def _ended(text: str) -> bool:
    return bool(_SENTENCE_END.search(text) or _ADDRESS_END.search(text))
