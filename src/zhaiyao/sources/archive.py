"""Reads one JSON record of the earlier system's archive into records. Pure; opens no file and stores nothing.

A record holds title and abstract as a feed gave them, decorations included, the abstract cut at 1,000 characters, and
what a model made of them. It has no authors, dates or further categories. Its English TL;DR, misspelt `en_tdlr` most
of the time, becomes a rendition in English.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import InvalidId, ParseError
from zhaiyao.records import Interface, Paper, Rendition, RenditionKind, Version
from zhaiyao.sources import legacy
from zhaiyao.sources.containers import holds_nul
from zhaiyao.sources.decorations import (
    Told,
    undress_abstract,
    undress_abstract_zh,
    undress_title,
    undress_title_zh,
)
from zhaiyao.textex import one_line, unicode_text

_EXPECTED = "A record is one JSON object with title, abstract and link."


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A record of the archive. `told` is what its decorations say; the type is of no date, so nothing is announced."""

    paper: Paper
    version: Version
    renditions: tuple[Rendition, ...]
    told: Told

    @property
    def lacking(self) -> tuple[RenditionKind, ...]:
        """The Chinese texts that the record does not hold."""
        held = {rendition.kind for rendition in self.renditions if rendition.language == "zh"}
        return tuple(kind for kind in RenditionKind if kind not in held)


class _Record(msgspec.Struct):
    title: str
    abstract: str
    link: str
    translated_title: str | None = None
    translated_abstract: str | None = None
    tldr: str | None = None
    en_tdlr: str | None = None
    en_tldr: str | None = None


_decoder = msgspec.json.Decoder(_Record)


def parse(data: bytes, *, made_at: datetime) -> Filed:
    """One record. `made_at` is noted on its renditions. Raises ParseError, and nothing else, for what is none."""
    try:
        record = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"not a record of the archive: {error}", hint=_EXPECTED) from None
    if holds_nul(data):
        raise ParseError("holds U+0000, which no store keeps", hint=_EXPECTED)
    return _filed(record, _linked(record.link), made_at)


def _linked(link: str) -> ArxivId:
    try:
        return ArxivId.parse(link)
    except InvalidId as error:
        raise ParseError(f"{link[:80]!r} leads to no paper ({error.what})", hint=_EXPECTED) from None


def _filed(record: _Record, linked: ArxivId, made_at: datetime) -> Filed:
    title = undress_title(record.title, linked.paper)
    abstract = undress_abstract(record.abstract, linked.paper)
    told = Told(
        version=abstract.told.version or title.told.version or linked.version,
        category=title.told.category,
        type=abstract.told.type or title.told.type,
    )
    version = Version(
        paper_id=linked.paper,
        number=told.version,
        interface=Interface.ARCHIVE,
        title=_clean(title.text),
        abstract=_clean(abstract.text),
        truncated=legacy.was_cut(record.abstract),
    )
    if not version.title:
        raise ParseError("it has no title", hint=_EXPECTED)
    chinese = legacy.renditions(version, _chinese(record, version), made_at=made_at)
    english = {RenditionKind.TLDR: _undressed_tldr(record.en_tdlr or record.en_tldr, version.paper_id)}
    return Filed(
        paper=Paper(id=linked.paper, categories=(told.category,) if told.category else ()),
        version=version,
        renditions=(*chinese, *legacy.renditions(version, english, made_at=made_at, language="en")),
        told=told,
    )


def _chinese(record: _Record, version: Version) -> dict[RenditionKind, str]:
    title = undress_title_zh(record.translated_title or "", version.paper_id, source=version.title)
    return {
        RenditionKind.TITLE: title.text.strip(),
        RenditionKind.ABSTRACT: undress_abstract_zh(record.translated_abstract or "", version.paper_id).text.strip(),
        RenditionKind.TLDR: _undressed_tldr(record.tldr, version.paper_id),
    }


def _undressed_tldr(text: str | None, paper_id: str) -> str:
    return undress_abstract_zh(text or "", paper_id).text.strip()


def _clean(told: str) -> str:
    return unicode_text(one_line(told))
