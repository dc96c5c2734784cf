"""What a paper is in the index of words: the fields and what goes into each. Opens and writes nothing."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import tantivy

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.categories import archives, canonical, in_scope
from zhaiyao.errors import InvalidId
from zhaiyao.finding import Document, Reached
from zhaiyao.search import words

FORMAT = 1
"""Raise it with any change of the fields or of what `words` makes of a text: an index of another format is rebuilt."""

STATE = "state"
"""Id and kind of the record that holds how far the log of changes was read. No paper's id."""


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for field in ("title", "body", "names"):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="position")
    for field in ("kind", "categories", "marks"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in ("days", "latest"):
        builder.add_integer_field(field, indexed=True, fast=True)
    builder.add_integer_field("watermark", stored=True)
    builder.add_text_field("proof", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def entry(document: Document) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("id", document.paper_id)
    made.add_text("kind", "paper")
    _add(made, "title", (document.title, document.title_zh))
    _add(made, "body", (document.abstract, document.abstract_zh, document.tldr_zh, document.comments))
    for names in words.name_streams(document.authors):
        made.add_text("names", names)
    for category in dict.fromkeys(scope for name in document.categories for scope in _scopes(name)):
        made.add_text("categories", category)
    for mark in document.marks:
        made.add_text("marks", mark)
    days = [day.toordinal() for day in document.announced] or [_month_of(document.paper_id)]
    for day in days:
        made.add_integer("days", day)
    made.add_integer("latest", max(days))
    return made


def _add(entry: tantivy.Document, field: str, texts: Iterable[str]) -> None:
    """Each text as a value of its own, since no phrase reaches from one into the next; the extras as one more."""
    more = []
    for text in texts:
        if not text:
            continue
        parts, extras = words.stream(text)
        entry.add_text(field, parts)
        if extras:
            more.append(extras)
    if more:
        entry.add_text(field, " ".join(more))


@cache
def _scopes(name: str) -> tuple[str, ...]:
    """Everything that `cat:` finds a category by: its canonical name, and the archives it is in."""
    scopes = (
        canonical(name),
        *(archive.id for archive in archives() if archive.active and in_scope([name], archive.id)),
    )
    return tuple(dict.fromkeys(scopes))


def _month_of(paper_id: str) -> int:
    """The first of the month that the id tells, for papers of which no announcement is known."""
    try:
        year, month = ArxivId.parse(paper_id).year_month
    except InvalidId:
        return date.min.toordinal()
    return date(year, month, 1).toordinal()


def state(reached: Reached) -> tantivy.Document:
    """The record of how far the log of changes was read."""
    made = tantivy.Document()
    made.add_text("id", STATE)
    made.add_text("kind", STATE)
    made.add_integer("watermark", reached.seq)
    made.add_text("proof", reached.proof)
    return made
