"""Phrases that every layout says in the same words: dates, counts, completeness, credits. Plain text, no markup."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from zhaiyao.categories import category
from zhaiyao.errors import UnknownCategory
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


def ledger_line(day: LedgerDay, say: Messages) -> str:
    """One category's day: what arXiv announced beside what is here, and what is still to come."""
    told = {"announced": day.announced, "fetched": day.fetched, "translated": day.translated}
    lacking = {
        "missing": max((day.announced or 0) - day.fetched, 0),
        "untranslated": max(day.fetched - day.translated - day.failed, 0),
        "failed": day.failed,
    }
    state = say.text("phrase.comma").join(
        [
            *(
                say.text("ledger.untold") if n is None else say.text(f"ledger.{name}", count=n)
                for name, n in told.items()
            ),
            *(say.text(f"ledger.{name}", count=count) for name, count in lacking.items() if count),
        ]
    )
    return say.text("ledger.day", category=day.category, date=day.date, state=state)


def marks(paper: PaperView, say: Messages) -> tuple[str, ...]:
    """What must be known before the paper is read: that it is (perhaps) withdrawn."""
    name = _WITHDRAWALS.get(paper.withdrawal)
    return (say.text(f"mark.{name}"),) if name else ()


def passage_mark(passage: Passage, say: Messages) -> str:
    """What is unusual about a text as a whole, or an empty text."""
    name = _MARKS.get(passage.state)
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
    """(name, value) of what the authors or arXiv noted about a paper."""
    known = {
        "comments": paper.comments,
        "journal_ref": paper.journal_ref,
        "doi": paper.doi,
        "license": license_name(paper.license, say),
    }
    return ((say.text(f"paper.{name}"), value) for name, value in known.items() if value)


def license_name(url: str, say: Messages) -> str:
    """The short name of a licence that arXiv offers; any other is called by its address."""
    if match := _CREATIVE_COMMONS.fullmatch(url):
        return f"CC {match[1].upper()} {match[2]}" if match[1] else "CC0 1.0"
    return say.text("license.arxiv") if _ARXIV_LICENSE.fullmatch(url) else url


def links(paper: PaperView, say: Messages) -> Iterator[tuple[str, str]]:
    """(name, address) of the paper's pages at arXiv. The addresses are made from a checked id."""
    yield say.text("link.abs"), paper.arxiv_id.abs_url
    yield say.text("link.pdf"), paper.arxiv_id.pdf_url
    if paper.html_url:
        yield say.text("link.html"), paper.html_url


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
