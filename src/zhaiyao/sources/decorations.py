"""Takes off what feeds and the earlier system hung around titles, abstracts and translations. Pure; renders nothing.

    old feed, behind the title          `. (arXiv:2311.00502v1 [cs.LG] UPDATED)`
    new feed, before the abstract       `arXiv:2404.01685v1 Announce Type: cross  Abstract: `
    translations                        the same in free wording: `arXiv:2404.01685v1 公告类型：交叉领域 摘要：`,
                                        `摘要：`, `论文标题：`, `（arXiv：2311.08516v2 [cs.AI] 已更新）`

Head + text + tail is always what came in. A label is one only with its colon (an abstract may begin with the word
摘要), and an identifier is one only if it is the paper's own or a type follows (an abstract may begin by citing).
"""

import re
from dataclasses import dataclass, field

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import InvalidId
from zhaiyao.records import AnnounceType, Frame

_ID = r"(?:[0-9]{4}\.[0-9]{4,5}|[A-Za-z-]{2,20}(?:\.[A-Za-z-]{2,20})?/[0-9]{7})(?:v[0-9]{1,4})?"

_TITLE_TAIL = re.compile(
    rf"\(arXiv:\s*(?P<id>{_ID})\s*\[(?P<category>[^\]\s]+)\]\s*(?P<flag>UPDATED|CROSS LISTED)?\s*\)\s*\Z"
)
_FLAGS = {None: AnnounceType.NEW, "UPDATED": AnnounceType.REPLACE, "CROSS LISTED": AnnounceType.CROSS}

_ABSTRACT_HEAD = re.compile(
    rf"\s*(?:arXiv:(?P<id>{_ID})\s+Announce Type:\s*(?P<type>[A-Za-z-]+)(?:\s+Abstract:\s*|\s+|\Z)|Abstract:\s*)"
)
_TYPES = {str(announce_type): announce_type for announce_type in AnnounceType}

# Words that a model puts around a label when it announces its answer, and those that make it a label.
_FILLER = "这是|这里是|以下是|下面是|该|此|本|的|论文|文章|中文|英文|原文|简体|翻译|译|后|过|已|结果|内容|版|为|如下|是"
_NAME = "摘要|文摘|提要|抽象|译文|翻译|标题|题目|译名|(?:总结出的)?一句话要点"
_LABEL = (
    rf"(?:[*#\s]*(?:{_FILLER}){{0,6}}(?:{_NAME})(?:{_FILLER}){{0,4}}[*\s]*[:：][*\s]*"
    rf"|\s*[【\[](?:{_FILLER}){{0,6}}(?:{_NAME})[】\]]\s*[:：]?\s*"
    r"|\s*(?:(?:Translated|Chinese)\s+)?(?:Abstract|Title|Translation|TL;?DR)\s*[:：]\s*)"
)
_KIND = (
    "替[换代][-—–]?交叉|交叉[-—–]?替[换代]|交叉(?:领域|列表|研究)?|跨(?:领域|界|越|度)?|替[换代]版?|取代|新(?:的|论文)?|"
    "replace-cross|replace|cross|new"
)
# `公告类型：新的 摘要：`: any words that a label or a gap ends, or else a word that we know.
_CLAUSE = (
    r"[^\s:：，,。]{0,4}(?:类型|类别|Announce(?:ment)?\s+Type)[^\s:：，,。]{0,2}\s*[:：]\s*"
    rf"(?:[^:：，,。]{{0,12}}?(?:{_LABEL}|\s(?:{_NAME})\s)|[^\s:：，,。.]{{1,8}}(?:[。.\s]\s*|\Z)|(?:{_KIND})[，,；;。.\s]*)"
)
# Behind the paper's own identifier all up to a near label is decoration, whatever the words.
_REST = rf"(?:[^。！？!?]{{0,30}}?{_LABEL}|(?:{_NAME})\s+|[^\s:：，,。]{{1,8}}\s*[:：]\s*(?:{_KIND})[，,；;。.\s]*)"
_IDENT = (
    rf"[\s(（\[【]*(?:发表于\s*)?(?:[^\W\d_]{{1,10}}\s*[:：]\s*){{0,2}}(?P<id>{_ID})(?:\s*\[[^\[\]]{{1,20}}\])?"
    r"[)）\]】]?[，,。]?\s*"
)
_PARENTHESIS = rf"[（(]\s*arXiv\s*[:：]\s*(?P<id>{_ID})\s*(?P<category>\[[^\[\]]{{1,20}}\])?[^（()）]{{0,20}}[)）]"

_HEAD_LABEL = re.compile(_LABEL, re.IGNORECASE)
_HEAD_IDENT = re.compile(_IDENT, re.IGNORECASE)
_BEHIND_IDENT = re.compile(_CLAUSE, re.IGNORECASE)
_BEHIND_OWN_IDENT = re.compile(_REST, re.IGNORECASE)
_HEAD_CLAUSE = re.compile(
    rf"\s*(?=(?:公告|宣布|通告|通知|声明|发布|发表|公布|消息)类型|类型(?:公告|声明)|Announce){_CLAUSE}", re.IGNORECASE
)
_SOURCE_FIRST = re.compile(rf".*?{_PARENTHESIS}{_LABEL}", re.IGNORECASE | re.DOTALL)
_TAIL = re.compile(rf"{_PARENTHESIS}[\s。.]*\Z", re.IGNORECASE)
_TITLE_WITH_LABEL = re.compile(r"\W*(?:\w+\s+){0,2}(?:abstract|summar|translat|title)\w*\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a decoration said of its paper; zero, empty or None where it said nothing."""

    version: int = 0
    category: str = ""
    type: AnnounceType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undressed:
    """A clean text, the frame that was around it, and what the frame told."""

    text: str
    frame: Frame = field(default_factory=Frame)
    told: Told = field(default_factory=Told)


def undress_title(text: str, paper_id: str) -> Undressed:
    """An English title. The old feed put a full stop behind every title; it goes with the tail."""
    match = _TITLE_TAIL.search(text)
    if match is None:
        return Undressed(text=text)
    clean = text[: match.start()].rstrip().removesuffix(".").rstrip()
    told = Told()
    if named := _names(match["id"], paper_id):
        told = Told(version=named.version, category=match["category"], type=_FLAGS[match["flag"]])
    return Undressed(text=clean, frame=Frame(tail=text[len(clean) :]), told=told)


def undress_abstract(text: str, paper_id: str) -> Undressed:
    """An English abstract. The first prefix that names the paper tells; more of them are taken off all the same."""
    at, told = 0, Told()
    while match := _ABSTRACT_HEAD.match(text, at):
        at = match.end()
        named = _names(match["id"] or "", paper_id)
        if named and told == Told():
            told = Told(version=named.version, type=_TYPES.get(match["type"]))
    return Undressed(text=text[at:], frame=Frame(head=text[:at]), told=told)


def undress_title_zh(text: str, paper_id: str, *, source: str) -> Undressed:
    """A translated title. `source` is the clean title it translates, which may itself begin with a label."""
    first = _SOURCE_FIRST.match(text)
    start = first.end() if first else _head(text, paper_id, labels=not _TITLE_WITH_LABEL.match(source))
    return _between(text, start, _tail(text, paper_id))


def undress_abstract_zh(text: str, paper_id: str) -> Undressed:
    """A translated abstract, or a TL;DR."""
    return _between(text, _head(text, paper_id, labels=True), _tail(text, paper_id))


def _head(text: str, paper_id: str, *, labels: bool) -> int:
    """Where the text begins behind labels, identifiers and types."""
    at = 0
    while True:
        match = (labels and _HEAD_LABEL.match(text, at)) or _ident(text, at, paper_id) or _HEAD_CLAUSE.match(text, at)
        if not match:
            return at
        at = match.end()


def _ident(text: str, at: int, paper_id: str) -> re.Match[str] | None:
    """An identifier and what belongs to it, if it is the paper's own or a type follows."""
    match = _HEAD_IDENT.match(text, at)
    if match is None:
        return None
    if clause := _BEHIND_IDENT.match(text, match.end()):
        return clause
    if not _names(match["id"], paper_id):
        return None
    return _BEHIND_OWN_IDENT.match(text, match.end()) or match


def _tail(text: str, paper_id: str) -> int:
    """Where the text ends before an identifier in parentheses: the paper's own, or one with a category."""
    match = _TAIL.search(text)
    if match is None or not (match["category"] or _names(match["id"], paper_id)):
        return len(text)
    return len(text[: match.start()].rstrip())


def _between(text: str, start: int, end: int) -> Undressed:
    if end <= start:
        return Undressed(text="", frame=Frame(head=text))
    return Undressed(text=text[start:end], frame=Frame(head=text[:start], tail=text[end:]))


def _names(identifier: str, paper_id: str) -> ArxivId | None:
    """The identifier, if it is one of this paper."""
    try:
        named = ArxivId.parse(identifier)
    except InvalidId:
        return None
    return named if named.paper == paper_id else None
