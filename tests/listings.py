"""Listing pages of invented papers in arXiv's markup, as small as they come. Knows nothing of the parser."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An entry; `mark` stands behind its id, `version` in its link to HTML, which is missing for 0.

    Texts are text, but for `body`, which is markup that follows the fields.
    """

    id: str = "2603.90010"
    title: str = "On the tides of an invented pond"
    authors: str = "<a href='/search'>Ada Lacewing</a>"
    subjects: str = "<span class='primary-subject'>Machine Learning (cs.LG)</span>"
    mark: str = ""
    version: int = 1
    body: str = "<p class='mathjax'>We measure the tides.</p>"

    def render(self, position: int) -> str:
        """A `dt` and its `dd`."""
        link = f'<a href="https://arxiv.org/html/{self.id}v{self.version}" title="View HTML">html</a>'
        return f"""
    <dt>
      <a name='item{position}'>[{position}]</a>
      <a href ="/abs/{self.id}" title="Abstract" id="{self.id}">
        arXiv:{self.id}
      </a>
          {self.mark}
        [<a href="/pdf/{self.id}" title="Download PDF">pdf</a>{", " + link if self.version else ""}]
    </dt>
    <dd>
      <div class='meta'>
        <div class='list-title mathjax'><span class='descriptor'>Title:</span>
          {html.escape(self.title)}
        </div>
        <div class='list-authors'>{self.authors}</div>
        <div class='list-subjects'><span class='descriptor'>Subjects:</span>
          {self.subjects}
        </div>
        {self.body}
      </div>
    </dd>"""


def papers(*serials: int, **told: object) -> list[Paper]:
    """Papers that differ in their id only."""
    return [Paper(id=f"2603.{serial:05d}", **told) for serial in serials]  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Papers under a heading, which says that all of them are shown, or else what `shown` and `total` say."""

    heading: str = "New"
    papers: Sequence[Paper] = ()
    shown: int | None = None
    total: int | None = None
    wording: str = ""

    def numbers(self) -> tuple[int, int]:
        """What the heading says: shown, and in all."""
        shown = len(self.papers) if self.shown is None else self.shown
        return shown, shown if self.total is None else self.total


def _sections(sections: Sequence[Section], first: int, heading: Callable[[Section], str]) -> str:
    parts = []
    position = first
    for section in sections:
        entries = "".join(paper.render(position + number) for number, paper in enumerate(section.papers))
        position += len(section.papers)
        parts.append(f"<dl id='articles'>\n<h3>{heading(section)}</h3>\n{entries}</dl>\n")
    return "".join(parts)


def _typed(section: Section) -> str:
    shown, total = section.numbers()
    return f"{section.heading} submissions ({section.wording}showing {shown} of {total} entries)"


def _dated(section: Section) -> str:
    shown, total = section.numbers()
    return f"{section.heading} ({section.wording}showing {shown} of {total} entries )" if total else section.heading


def _page(content: str) -> bytes:
    head = "<!DOCTYPE html>\n<html lang='en'><head><title>Machine Learning  </title></head>"
    return f"{head}<body><div id='dlpage'>\n{content}\n</div></body>\n</html>\n".encode()


def new_page(
    *sections: Section, day: date, category: str = "cs.LG", total: int | None = None, first: int = 1, links: str = ""
) -> bytes:
    """`/list/X/new`; the total is the sum of the headings' totals if none is told."""
    total = sum(section.numbers()[1] for section in sections) if total is None else total
    paging = f"<div class='paging'>Total of {total} entries {links}</div>" if total else "<p>No updates today.</p>"
    return _page(
        f"<h1>Machine Learning</h1><p>See <a href='/list/{category}/recent'>recent</a> articles</p>\n"
        f"<h3>Showing new listings for {day:%A}, {day.day} {day:%B %Y}</h3>\n{paging}\n"
        f"{_sections(sections, first, _typed)}{paging}"
    )


def catchup_page(
    *sections: Section, day: date, category: str = "cs.LG", total: int | None = None, first: int = 1, links: str = ""
) -> bytes:
    """`/catchup/X/DATE`, with the one closing tag too many."""
    total = sum(section.numbers()[1] for section in sections) if total is None else total
    told = f"Total of {total} entries for {day:%a, %d %b %Y}"
    none = "" if sections else f"<p>No updates for {day:%a, %d %b %Y}. There was no announcement.</p>"
    return _page(
        f"<h1>Catchup results for Machine Learning on {day:%a, %d %b %Y}</h1>\n<div>\n"
        f'<a href="/catchup/{category}/2026-03-09?abs=True&amp;page=1">Continue to the next day</a>\n{told}\n{links}'
        f"</div>{_sections(sections, first, _typed)}{none}<div></div>{told}</div>"
    )


def recent_page(
    *sections: Section, category: str = "cs.LG", total: int | None = None, first: int = 1, links: str = ""
) -> bytes:
    """`/list/X/recent`; headings are dates."""
    total = sum(section.numbers()[1] for section in sections) if total is None else total
    return _page(
        f"<h1>Machine Learning</h1><h2>Authors and titles for recent submissions</h2>\n"
        f'<ul><li><a href="/list/{category}/recent?skip=18&amp;show=50">Tue, 3 Mar 2026</a></li></ul>'
        f"<div class='paging'>Total of {total} entries {links}</div>\n{_sections(sections, first, _dated)}"
    )


def error_page(message: str) -> bytes:
    """What comes along with a 400."""
    return f"<!DOCTYPE html><html><head><title>{message}</title></head><body><h1>{message}</h1></body></html>".encode()
