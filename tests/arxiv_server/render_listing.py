"""Listing pages as arxiv.org prints them: /list/X/new, recent, a month, and catch-up. Pure text in, text out.

Order, attributes, quotes and white space of what holds data are those of real pages; a test holds them to it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.arxiv_server.postings import Entry
from tests.arxiv_server.render_entry import escaped, item
from tests.arxiv_server.taxonomy import archive_of, canonical, name_of

SIZES = (25, 50, 100, 250, 500, 1000, 2000)

_WORDS = {"new": "New", "cross": "Cross", "replace": "Replacement"}
_LINKS = {"new": "New submissions", "cross": "Cross-lists", "replace": "Replacements"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A run of entries under one heading. `of` is how many it promises in all, `start` the place of its first entry.

    `continued`: it began on an earlier page; `cut`: it goes on on the next one.
    """

    kind: str
    entries: tuple[Entry, ...]
    of: int
    start: int
    continued: bool = False
    cut: bool = False

    @property
    def counted(self) -> str:
        """`showing first 9 of 45 entries`."""
        words = "continued, showing last " if self.continued else "showing first " if self.cut else "showing "
        return f"{words}{len(self.entries)} of {self.of} entries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which part of a listing a page shows: `total` entries, `show` of them from `skip` on."""

    total: int
    skip: int
    show: int
    path: str


def new_page(subject: str, day: date, sections: Sequence[Section], starts: Mapping[str, int], cut: Cut) -> str:
    """`/list/X/new`. `starts` is where each kind begins in the whole listing, from 1."""
    shown = [section.kind for section in sections]
    links = [_contents(_new_target(kind, at, shown, cut), kind) for kind, at in starts.items()]
    lines = [
        f"  <h1>{name_of(subject)}</h1>\n\n<ul>\n" + "".join(f"  {link}\n" for link in links) + "</ul>\n",
        f"<p>See {_see(subject, 'recent')} articles</p>\n"
        f"<h3>Showing new listings for {day:%A}, {day.day} {day:%B %Y}</h3>\n",
    ]
    if not cut.total:
        return page(f"{name_of(subject)}  ", "\n".join((*lines, "  \n\n\n\n\n    <p>No updates today.</p>\n\n\n  ")))
    body = "\n".join(_section(section, subject, abstracts=True) for section in sections)
    body = body or "    <p>No updates today.</p>\n"
    paging = _paging(cut)
    return page(f"{name_of(subject)}  ", "\n".join((*lines, f"{paging}\n\n\n\n{body}\n\n\n\n{paging}")))


def recent_page(
    subject: str, days: Sequence[tuple[date, int]], sections: Sequence[tuple[date, Section]], cut: Cut
) -> str:
    """`/list/X/recent`. `days` are all its dates, each with the number of entries that come before it."""
    link = '<li>\n        <a href="{}?skip={}&amp;show={}">\n          {}\n        </a>\n      </li>'
    links = "".join(link.format(cut.path, before, cut.show, _short(day)) for day, before in days)
    head = (
        f"  <h1>{name_of(subject)}</h1>\n\n<h2>Authors and titles for recent submissions</h2>\n  <ul>\n{links}</ul>\n"
        f"  <p>See today's {_see(subject, 'new')} changes</p>"
    )
    body = "\n".join(_day(day, section, subject) for day, section in sections) or "    <p>No updates today.</p>\n"
    paging = _paging(cut)
    return page(f"{name_of(subject)}  ", f"{head}\n{paging}\n\n\n{body}\n\n{paging}")


def month_page(subject: str, month: date, entries: Sequence[Entry], cut: Cut) -> str:
    """`/list/X/YYYY-MM`."""
    head = f"  <h1>{name_of(subject)}</h1>\n\n\n<h2>Authors and titles for {month:%B %Y} </h2>\n"
    items = "".join(
        item(entry, cut.skip + at, _crossed(entry, subject), abstract=False) for at, entry in enumerate(entries, 1)
    )
    body = f"    <dl id='articles'>\n\n\n{items}</dl>\n" if entries else "    <p>No updates today.</p>\n"
    paging = _paging(cut)
    return page(f"{name_of(subject)} {month:%b %Y}", f"{head}\n{paging}\n\n\n{body}\n\n{paging}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Which page of a catch-up day this is: `number` of `pages`, `total` entries on all of them.

    `starts`: per kind the place of its first entry, and the page it is on. `after`: the next date with any mailing.
    """

    total: int
    number: int = 1
    pages: int = 1
    abstracts: bool = True
    starts: Mapping[str, tuple[int, int]]
    after: date | None = None


def catchup_page(subject: str, day: date, sections: Sequence[Section], leaf: Leaf) -> str:
    """`/catchup/X/DATE`. It has one `</div>` too many, as the real one."""
    printed = f"{day:%a, %d %b %Y}"
    query = f"abs={leaf.abstracts}&amp;page="
    here = f"/catchup/{subject}/{day}?{query}"
    links = "".join(
        f"      {_contents('' if on == leaf.number else f'{here}{on}', kind, at)}\n"
        for kind, (at, on) in leaf.starts.items()
    )
    onward = f'<a href="/catchup/{subject}/{leaf.after}?{query}1">Continue to the next day</a>'
    above = f"        {onward}\n        <br><br>\n      \n" if leaf.after else "      \n"
    below = f"      \n        <br> <br>\n        {onward}\n" if leaf.after else "      \n"
    count = f"Total of {leaf.total} entries for {printed}\n{_leaves(leaf, here)}"
    head = (
        f"  <h1>Catchup results for {name_of(subject)} on {printed}</h1>\n\n    <ul>\n{links}    </ul>\n    \n\n"
        f"    <div>\n{above}      {count}\n    </div>\n\n"
    )
    body = "\n".join(f"  {_section(one, subject, abstracts=leaf.abstracts)}" for one in sections)
    foot = f"    <div></div>\n    {count}{below}    </div>\n"
    return page("", f"{head}\n{body or _nothing_on(printed, leaf)}\n\n\n\n{foot}")


def _leaves(leaf: Leaf, here: str) -> str:
    numbers = range(1, leaf.pages + 1)
    links = [f"<span>{n}</span>" if n == leaf.number else f"<a href={here}{n}>{n}</a>" for n in numbers]
    return "        View page:        " + "\n\n        ".join(links) + "\n\n\n" if len(links) > 1 else "      \n"


def _nothing_on(printed: str, leaf: Leaf) -> str:
    if leaf.total and leaf.number == 1:
        return ""
    none = "There was either no announcement for this day, or no updates within the requested subject."
    words = f"No further updates for {printed}." if leaf.total else f"No updates for {printed}. {none}"
    return f"\n      <br>\n        <div>\n          <p>{words}</p>\n        </div>\n      <br>\n"


def _see(subject: str, page: str) -> str:
    return f'<a id="{page}-{subject}" aria-labelledby="{page}-{subject}" href="/list/{subject}/{page}">{page}</a>'


def error_page(message: str) -> str:
    """What comes with status 400 and 404."""
    text = escaped(message)
    return _FRAME.format(
        title=text, body=f"\n<h1>{text}</h1>\n<p>The request cannot be served as it stands.</p>\n\n<hr>\n"
    )


def framed(title: str, body: str) -> str:
    """What stands round every page."""
    return _FRAME.format(title=title, body=body)


def page(title: str, body: str) -> str:
    """The frame round a listing."""
    return _FRAME.format(title=title, body=f"<div id='content-inner'>\n<div id='dlpage'>\n{body}\n</div>\n</div>")


_FRAME = """<!DOCTYPE html>
<html lang="en">

<head>  <title>{title}</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" type="text/css" media="screen" href="/static/arXiv.css?v=1" />
  <script src="/static/mathjaxToggle.min.js" type="text/javascript"></script>
</head>

<body ><div class="flex-wrap-footer">
    <a href="#content" class="ds-skip-link">Skip to main content</a>
<header class="ds-site-header">
  <nav class="ds-site-header-nav" id="ds-site-header-nav"><a href="https://arxiv.org/login">Log in</a></nav>
</header>
    <main>
      <div id="content">
{body}      </div>
    </main>

<footer class="ds-site-footer"><a href="https://info.arxiv.org/about">About</a></footer>  </div>

</body>

</html>
"""


def _contents(target: str, kind: str, at: int | None = None) -> str:
    anchor = "" if at is None else f"#item{at}"
    return f'<li><a href="{target}{anchor}">{_LINKS[kind]}</a></li>'


def _new_target(kind: str, at: int, shown: Collection[str], cut: Cut) -> str:
    """arXiv links the new ones to `item0`, and what is not on this page to the page where it begins."""
    anchor = f"#item{0 if kind == 'new' else at}"
    skip = (at - 1) // cut.show * cut.show
    return anchor if kind in shown or skip == cut.skip else f"{cut.path}?skip={skip}&amp;show={cut.show}{anchor}"


def _section(section: Section, subject: str, *, abstracts: bool) -> str:
    head = f"      <dl id='articles'>\n    <h3>{_WORDS[section.kind]} submissions ({section.counted})</h3>\n\n\n"
    return head + _items(section, subject, abstracts=abstracts) + "</dl>\n"


def _day(day: date, section: Section, subject: str) -> str:
    if not section.of:
        none = "    <p>No updates for this time period.</p>\n"
        return f"      <dl id='articles'>\n    <h3>{_short(day)}</h3>\n\n{none}\n</dl>\n"
    head = f"      <dl id='articles'>\n    <h3>{_short(day)} ({section.counted} )</h3>\n\n\n"
    return head + _items(section, subject, abstracts=False) + "</dl>\n"


def _items(section: Section, subject: str, *, abstracts: bool) -> str:
    return "".join(
        item(entry, at, _mark(section.kind, entry, subject), abstract=abstracts)
        for at, entry in enumerate(section.entries, section.start)
    )


def _mark(kind: str, entry: Entry, subject: str) -> str:
    if kind == "replace":
        return "(replaced)"
    return _crossed(entry, subject)


def _crossed(entry: Entry, subject: str) -> str:
    primary = canonical(entry.categories[0])
    if subject in (primary, archive_of(primary)):
        return ""
    return f"(cross-list from {primary})"


def _short(day: date) -> str:
    return f"{day:%a}, {day.day} {day:%b %Y}"


def _paging(cut: Cut) -> str:
    if not cut.total:
        return ""
    starts = range(0, cut.total, cut.show)
    spans = [_span(start, cut) for start in starts]
    listed = ":      " + "\n      ".join(spans) + "\n" if len(spans) > 1 else ""
    return (
        f"      <div class='paging'>Total of {cut.total} entries {listed}\n    </div>\n"
        f"    <div class='morefewer'>Showing up to {cut.show} entries per page:\n{_more_or_fewer(cut)}\n    </div>\n"
    )


def _span(start: int, cut: Cut) -> str:
    words = f"{start + 1}-{min(start + cut.show, cut.total)}"
    if start == cut.skip:
        return f"<span>{words}</span>"
    return f"<a href={cut.path}?skip={start}&amp;show={cut.show}>{words}</a>"


def _more_or_fewer(cut: Cut) -> str:
    fewer = max((size for size in SIZES if size < cut.show), default=None)
    more = min((size for size in SIZES if size > cut.show and cut.total > size), default=None)
    every = 2000 if cut.total > cut.show else None
    choices = (_choice(fewer, "fewer", cut), _choice(more, "more", cut), _choice(every, "all", cut))
    return "\n |\n".join(choices) + "\n"


def _choice(size: int | None, word: str, cut: Cut) -> str:
    if size is None:
        return f'          <span style="color: #454545">{word}</span>'
    return f'          <a href={cut.path}?skip={cut.skip}&amp;show={size} rel="nofollow">\n      {word}</a>'
