"""The classic layout: the Markdown file of the earlier system. Pure; writes nothing.

An imported edition comes back byte for byte. An own edition is printed as the earlier system printed a day of the new
feed, but uncut and with `|` escaped in the table. It reads back without an entry kept verbatim.
"""

import re

from zhaiyao import classic_form as form
from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import PublishError
from zhaiyao.records import (
    AnnounceType,
    ClassicShape,
    Digest,
    DigestEntry,
    Frame,
    RenditionKind,
    Version,
)

UNTRANSLATED = "（未翻译）"

# Whatever some program takes for the end of a line, with the white space around it.
_LINE_END = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")


def classic(digest: Digest, *, untranslated: str = UNTRANSLATED) -> bytes:
    """The document, UTF-8. `untranslated` stands before the TL;DR of an own entry that lacks a rendition.

    Raises PublishError for an entry without text.
    """
    printed = [_printed(number, one, untranslated) for number, one in enumerate(digest.entries, start=1)]
    return form.document(printed).encode("utf-8")


def _printed(number: int, one: DigestEntry, untranslated: str) -> tuple[str, str]:
    """Row and body of an entry."""
    if one.entry.verbatim is not None:
        return one.entry.verbatim
    if one.version is None:
        raise PublishError(
            "has no text to print",
            subject=f"entry {number} ({one.entry.paper_id})",
            hint="Resolve the edition through the store before publishing it.",
        )
    if one.entry.shape is not None:
        shape, texts = one.entry.shape, _texts(one, one.version)
    else:
        texts = _own_texts(one, one.version)
        shape = _own_shape(one, one.version, untranslated)
    return form.row(number, shape, texts.title), form.body(number, shape, texts)


def _texts(one: DigestEntry, version: Version) -> form.Texts:
    """The clean texts as they are."""
    return form.Texts(
        title=version.title,
        abstract=version.abstract,
        title_zh=_rendered(one, RenditionKind.TITLE),
        abstract_zh=_rendered(one, RenditionKind.ABSTRACT),
    )


def _own_texts(one: DigestEntry, version: Version) -> form.Texts:
    """The texts on one line each; an untranslated title stands in the original."""
    texts = _texts(one, version)
    return form.Texts(
        title=_one_line(texts.title),
        abstract=_one_line(texts.abstract),
        title_zh=_one_line(texts.title_zh or texts.title),
        abstract_zh=_one_line(texts.abstract_zh),
    )


def _own_shape(one: DigestEntry, version: Version, untranslated: str) -> ClassicShape:
    """The shape of an entry as of the new feed."""
    tldr = _rendered(one, RenditionKind.TLDR)
    return ClassicShape(
        link=ArxivId(paper=version.paper_id).abs_url,
        tldr=_one_line(f"{untranslated}{tldr}" if one.missing else tldr),
        tldr_en="",
        abstract=Frame(head=_prefix(one, version)),
        escaped=True,
    )


def _prefix(one: DigestEntry, version: Version) -> str:
    """What the new feed puts before an abstract; nothing where no announcement is known."""
    if not one.entry.announced:
        return ""
    told = min((announced for _, announced in one.entry.announced), key=list(AnnounceType).index)
    named = ArxivId(paper=version.paper_id, version=version.number)
    return f"arXiv:{named} Announce Type: {told}  Abstract: "


def _rendered(one: DigestEntry, kind: RenditionKind) -> str:
    return one.renditions[kind].text if kind in one.renditions else ""


def _one_line(text: str) -> str:
    return _LINE_END.sub(" ", text)
