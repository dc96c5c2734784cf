"""Phrases that every layout says in the same words: dates, counts, completeness, credits. Plain text, no markup."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from zhaiyao.categories import category
from zhaiyao.differences import Changes, Kind
from zhaiyao.errors import UnknownCategory
from zhaiyao.ledger import Totals, totals
from zhaiyao.messages import Messages
from zhaiyao.publish.view import DigestView, PaperView, Passage, Section, State
from zhaiyao.records import LedgerDay, Withdrawal

SHOWN_AUTHORS = 10
"""Of more authors than this, as many are named on a line and the rest are counted."""

# The readers' clock. China has had one offset and no summer time since 1991.
_BEIJING = timezone(timedelta(hours=8))

_CREATIVE_COMMONS = re.compile(
    r"https?://creativecommons\.org/(?:licenses/([a-z-]{2,8})/([0-9]\.[0-9])|publicdomain/zero/1\.0)/?"
)
_ARXIV_LICENSE = re.compile(r"https?://arxiv\.org/licenses/nonexclusive-distrib/1\.0/?")
_MARKS = {State.UNTRANSLATED: "untranslated", State.LEGACY: "legacy", State.ABSENT: "absent"}
_WITHDRAWALS = {Withdrawal.YES: "withdrawn", Withdrawal.PERHAPS: "perhaps-withdrawn"}


def moment(instant: datetime) -> str:
    """An instant by the clock of Beijing, to the minute."""
    return f"{instant.astimezone(_BEIJING):%Y-%m-%d %H:%M} (UTC+8)"


def page_title(page: DigestView, say: Messages) -> str:
    """Whose edition, of which date; or which document was imported."""
    if page.date is None:
        return say.text("page.title.imported", document=page.edition_id)
    return say.text("page.title", profile=page.profile, date=page.date)


def edition_line(page: DigestView, say: Messages) -> str:
    """Which revision this is, why it was made, and when."""
    if page.date is None:
        return say.text("page.imported", made_at=moment(page.made_at))
    cause = say.label("cause", page.cause)
    return say.text("page.edition", revision=page.revision, cause=cause, made_at=moment(page.made_at))


def section_title(section: Section, say: Messages) -> str:
    """The section's name with its number of papers."""
    return say.text("section.count", name=say.text(f"section.{section.kind}"), count=len(section.papers))


def counts(page: DigestView, say: Messages) -> str:
    """How many papers there are by section, and how many of them lack something."""
    if not page.size:
        return say.text("page.empty")
    tallies = (
        say.text("section.tally", name=say.text(f"section.{section.kind}"), count=len(section.papers))
        for section in page.sections
    )
    lacking = {
        "untranslated": page.having(State.UNTRANSLATED),
        "kept": page.keeping,
        "legacy": page.having(State.LEGACY),
    }
    lacks = [say.text(f"count.{name}", count=count) for name, count in lacking.items() if count]
    state = say.text("phrase.comma").join(lacks) if lacks else say.text("count.complete")
    head = say.text("count.papers", count=page.size)
    return say.text("count.line", papers=head, sections=say.text("phrase.items").join(tallies), state=state)


def ledger_lines(days: Sequence[LedgerDay], say: Messages) -> tuple[str, ...]:
    """What arXiv announced beside what is here, and what is still to come: all categories together, then each one."""
    of_each = tuple(
        say.text("ledger.day", category=day.category, date=day.date, state=_completeness(day, say)) for day in days
    )
    return (ledger_total(days, say), *of_each) if len(days) > 1 else of_each


def ledger_total(days: Sequence[LedgerDay], say: Messages) -> str:
    """A day's completeness on one line, over all its categories; empty where there is no ledger.

    A paper in several categories counts once in each, as arXiv's own counts do.
    """
    if not days:
        return ""
    if len(days) == 1:
        return ledger_lines(days, say)[0]
    state = _completeness(totals(days), say)
    return say.text("ledger.total", categories=len(days), date=max(day.date for day in days), state=state)


def _completeness(counts: LedgerDay | Totals, say: Messages) -> str:
    lacking = {
        "missing": max((counts.announced or 0) - counts.fetched, 0),
        "untranslated": max(counts.fetched - counts.translated - counts.failed, 0),
        "failed": counts.failed,
    }
    untold = counts.announced is None
    announced = say.text("ledger.untold") if untold else say.text("ledger.announced", count=counts.announced)
    here = say.text("ledger.fetched", count=counts.fetched)
    missing = (say.text(f"ledger.{name}", count=count) for name, count in lacking.items() if count)
    return say.text("phrase.comma").join((announced, here, *missing))


def marks(paper: PaperView, say: Messages) -> tuple[str, ...]:
    """What must be known before the paper is read: that it is (perhaps) withdrawn."""
    name = _WITHDRAWALS.get(paper.withdrawal)
    return (say.text(f"mark.{name}"),) if name else ()


def passage_mark(passage: Passage, say: Messages) -> str:
    """What is unusual about a text as a whole, or an empty text."""
    name = _MARKS.get(passage.state)
    if passage.flaws:
        flaws = say.text("phrase.items").join(say.label("flaw", code) for code in passage.flaws)
        return say.text("mark.flawed", flaws=flaws)
    return say.text(f"mark.{name}") if name else ""


def authors(paper: PaperView, say: Messages) -> str:
    """The authors on a line: all, or the first ones and how many there are."""
    if len(paper.authors) <= SHOWN_AUTHORS:
        return ", ".join(paper.authors)
    names = ", ".join(paper.authors[:SHOWN_AUTHORS])
    return say.text("paper.authors.some", names=names, count=len(paper.authors))


def categories(paper: PaperView, say: Messages) -> str:
    """The categories, the primary one named as such."""
    primary = [say.text("paper.primary", category=category_label(first, say)) for first in paper.categories[:1]]
    return say.text("phrase.items").join([*primary, *paper.categories[1:]])


def category_label(name: str, say: Messages) -> str:
    """The category with what it is called in the reader's language, where arXiv's taxonomy knows it."""
    try:
        known = category(name)
    except UnknownCategory:
        return name
    return f"{name} {known.name_zh if say.language == 'zh' else known.name}"


def announced(paper: PaperView, say: Messages) -> str:
    """How the paper was announced in which category."""
    told = (
        say.text("paper.announced.in", type=say.text(f"announce.{kind}"), category=where)
        if where
        else say.text(f"announce.{kind}")
        for where, kind in paper.announced
    )
    return say.text("phrase.items").join(told)


def facts(paper: PaperView, say: Messages) -> Iterator[tuple[str, str]]:
    """(name, value) of all that is known of a paper beside its texts and links."""
    known = {
        "authors": authors(paper, say),
        "categories": categories(paper, say),
        "announced": announced(paper, say),
        "version": f"v{paper.arxiv_id.version}" if paper.arxiv_id.version else "",
    }
    yield from ((say.text(f"paper.{name}"), value) for name, value in known.items() if value)
    yield from notes(paper, say)


def notes(paper: PaperView, say: Messages) -> Iterator[tuple[str, str]]:
    """(name, value) of what the authors or arXiv noted about a paper, and what changed in it."""
    if paper.changes:
        yield say.text("paper.changes", version=f"v{paper.changes.since}"), changes(paper.changes, say)
    known = {
        "comments": paper.comments,
        "journal_ref": paper.journal_ref,
        "doi": paper.doi,
        "license": license_name(paper.license, say),
    }
    yield from ((say.text(f"paper.{name}"), value) for name, value in known.items() if value)


def changes(since: Changes, say: Messages) -> str:
    """What changed in title and abstract: `title changed, 2 sentences changed`."""
    if since.nothing:
        return say.text("changes.nothing")
    counted = {kind: since.count(kind) for kind in (Kind.CHANGED, Kind.ADDED, Kind.REMOVED)}
    parts = [say.text("changes.title")] if since.title else []
    parts += [say.text(f"changes.{kind}", count=count) for kind, count in counted.items() if count]
    parts += [say.text("changes.unknown")] if not since.segments else []
    return say.text("phrase.comma").join(parts)


def license_name(url: str, say: Messages) -> str:
    """The short name of a licence that arXiv offers; any other is called by its address."""
    if match := _CREATIVE_COMMONS.fullmatch(url):
        return f"CC {match[1].upper()} {match[2]}" if match[1] else "CC0 1.0"
    return say.text("license.arxiv") if _ARXIV_LICENSE.fullmatch(url) else url


def links(paper: PaperView, say: Messages) -> Iterator[tuple[str, str]]:
    """(name, address) of the paper's pages at arXiv, and of what its authors give away. The addresses are made from a
    checked id, and those of `zhaiyao.links`."""
    yield say.text("link.abs"), paper.arxiv_id.abs_url
    yield say.text("link.pdf"), paper.arxiv_id.pdf_url
    if paper.html_url:
        yield say.text("link.html"), paper.html_url
    for found in paper.resources:
        yield say.text(f"link.{found.purpose}", where=found.host), found.url


def acknowledgements(page: DigestView, say: Messages) -> Iterator[str]:
    """Whom the page owes what: who made the texts, arXiv, the licences, and the notice that Gemma's terms want."""
    if page.makers:
        named = (say.text("credit.maker", engine=engine, model=model) for engine, model in page.makers)
        yield say.text("credit.makers", makers=say.text("phrase.items").join(named))
    if any(model.rpartition("/")[2].lower().startswith("gemma") for _, model in page.makers):
        yield say.text("credit.gemma")
    yield say.text("credit.arxiv")
    yield say.text("credit.disclaimer")
    yield say.text("credit.metadata")
