from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from tests.arxiv_server import server as trouble
from tests.arxiv_server.server import Answer, ArxivServer
from tests.listings import Paper, Section, catchup_page, error_page, new_page, papers, recent_page
from zhaiyao.errors import FetchError, ParseError
from zhaiyao.http import HttpClient, Patience, Response, user_agent
from zhaiyao.ports import Listings
from zhaiyao.records import Announcement, AnnounceType, Author, Fault, Interface, Page, Roster, Withdrawal
from zhaiyao.sources.arxiv_feed import parse
from zhaiyao.sources.arxiv_listing import MOST_PAGES, MOST_RECENT_PAGES, ArxivListings

DAY = date(2026, 3, 4)
NEXT = date(2026, 3, 5)
NEW, CROSS, REPLACE, REPLACE_CROSS = AnnounceType

FIRST: Mapping[str, str] = {}
MORE = {"skip": "2000", "show": "2000"}
Asked = tuple[str, Mapping[str, str]]


@dataclass
class Site:
    """A fetcher over given pages, by the path and the number of pages or entries before; the last one stays."""

    pages: Mapping[str, list[bytes]]
    status: int = 200
    asked: list[Asked] = field(default_factory=list)

    def get(self, url: str, *, params: Mapping[str, str] | None = None, expect: Collection[int] = ()) -> Response:
        path = url.removeprefix("https://arxiv.org")
        self.asked.append((path, dict(params or {})))
        left = self.pages[path]
        body = left.pop(0) if len(left) > 1 else left[0]
        return Response(url=url, status=self.status, headers={}, content=body)


def latest(*bodies: bytes, category: str = "cs.LG") -> Page:
    return ArxivListings(Site({f"/list/{category}/new": list(bodies)})).latest(category)


def on(*bodies: bytes, category: str = "cs.LG", day: date = DAY) -> Page:
    return ArxivListings(Site({f"/catchup/{category}/{day}": list(bodies)})).on(category, day)


def told(page: Page) -> dict[str, Announcement]:
    return {one.paper.id: one.announcement for one in page.sightings if one.announcement}


def types(page: Page) -> Counter[AnnounceType]:
    return Counter(one.type for one in told(page).values())


def more(number: int, *, by_page: bool = False) -> str:
    """A link to another page, unquoted as arXiv's are."""
    if by_page:
        return f"View page: <span>1</span> <a href=/catchup/cs.LG/{DAY}?abs=True&amp;page={number}>{number}</a>"
    return f"<span>1-2000</span> <a href=/list/cs.LG/new?skip={number}&amp;show=2000>2001-</a>"


# --- real documents -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def payload(shared: Path) -> Callable[[str], bytes]:
    return lambda name: (shared / "reference" / "payloads" / name).read_bytes()


def test_a_real_day(payload: Callable[[str], bytes]) -> None:
    page = latest(payload("list_new_cs.LG.html"))
    assert (page.category, page.date, page.interface) == ("cs.LG", date(2025, 8, 20), Interface.LISTING)
    assert (page.announced, page.faults) == (26, ())
    counted = types(page)
    assert (counted[NEW], counted[CROSS], counted[REPLACE] + counted[REPLACE_CROSS]) == (12, 6, 8)
    for one in page.sightings:
        kind = told(page)[one.paper.id].type
        assert (one.paper.primary_category == "cs.LG") == (kind in (NEW, REPLACE))
        assert one.version.number == told(page)[one.paper.id].version
        assert one.version.abstract
        assert not one.version.truncated
    assert [one.paper.id for one in page.sightings if one.version.withdrawal is Withdrawal.PERHAPS] == ["2507.99902"]


def test_versions_are_those_of_the_html_form_and_else_unknown(payload: Callable[[str], bytes]) -> None:
    page = latest(payload("list_new_cs.LG.html"))
    assert told(page)["2508.99907"].version == 1  # new, without an HTML form
    assert told(page)["2507.99902"].version == 0  # withdrawn: a version that nothing tells
    past = on(payload("catchup_cs.LG_2025-08-20_abs.html"), day=date(2025, 8, 20))
    assert told(past)["2508.99907"].version == 0  # shows today's text, of whatever version
    assert past.interface is Interface.CATCHUP
    assert {key: one.type for key, one in told(past).items()} == {key: one.type for key, one in told(page).items()}


def test_a_listing_and_a_feed_name_the_same_authors(payload: Callable[[str], bytes]) -> None:
    shown = {one.paper.id: one.version for one in latest(payload("list_new_cs.LG.html")).sightings}
    fed = {one.paper.id: one.version for one in parse(payload("rss2_2024plus_four_types.xml")).sightings}
    feed = fed["2509.99901"]  # the same invented texts under another id
    assert shown["2508.99901"].authors == feed.authors
    assert shown["2508.99901"].title == feed.title
    assert shown["2508.99905"].authors[1] == Author(name="Paulo André O'Neil", affiliations=("Inst. of X, City",))
    assert len(shown["2508.99904"].authors) == 100


def test_a_real_day_on_two_pages_is_the_feeds_day(payload: Callable[[str], bytes]) -> None:
    site = Site({"/list/cs.AI/new": [payload(f"list_new_multi_cs.AI_p{number}.html") for number in (1, 2)]})
    page = ArxivListings(site).latest("cs.AI")
    feed = parse(payload("atom_real_2025-08-20_cs.AI_86entries.xml"))
    assert (page.announced, page.faults) == (86, ())
    assert {key: one.type for key, one in told(page).items()} == {key: one.type for key, one in told(feed).items()}
    assert site.asked == [("/list/cs.AI/new", {}), ("/list/cs.AI/new", {"skip": "50", "show": "2000"})]


def test_a_real_past_day_on_two_pages(payload: Callable[[str], bytes]) -> None:
    site = Site({"/catchup/cs.LG/2025-08-20": [payload(f"catchup_paged_p{number}.html") for number in (1, 2)]})
    page = ArxivListings(site).on("cs.LG", date(2025, 8, 20))
    assert (page.announced, len(page.sightings), page.faults) == (26, 26, ())
    assert all(one.version.truncated for one in page.sightings)  # this one was asked for without abstracts
    assert [params for _, params in site.asked] == [{"abs": "True"}, {"abs": "True", "page": "2"}]


def test_a_lagging_page_is_cut_and_keeps_what_it_has(payload: Callable[[str], bytes]) -> None:
    page = on(payload("catchup_lag_incomplete.html"), day=date(2025, 8, 20))
    assert (page.announced, len(page.sightings), page.faults) == (26, 8, (Fault.CUT,))


def test_days_without_papers_are_pages_with_nothing_on_them(payload: Callable[[str], bytes]) -> None:
    quiet = latest(payload("list_new_empty.html"), category="math.KT")
    weekend = on(payload("catchup_weekend.html"), day=date(2025, 8, 23))
    for page in (quiet, weekend):
        assert (page.announced, page.sightings, page.faults) == (0, (), ())


def test_the_last_days(payload: Callable[[str], bytes]) -> None:
    site = Site({"/list/cs.LG/recent": [payload("list_recent_cs.LG.html")]})
    shown = ArxivListings(site).recent("cs.LG")
    assert [(one.date.day, one.announced, len(one.ids)) for one in shown] == [
        (20, 18, 18),
        (19, 7, 7),
        (18, 0, 0),
        (15, 3, 3),
        (14, 2, 2),
    ]
    new_and_cross = {
        key for key, one in told(latest(payload("list_new_cs.LG.html"))).items() if one.type in (NEW, CROSS)
    }
    assert set(shown[0].ids) == new_and_cross
    assert site.asked == [("/list/cs.LG/recent", {"skip": "0", "show": "2000"})]


# --- invented documents ---------------------------------------------------------------------------------------------


def test_types_are_relative_to_the_category() -> None:
    numerics = "<span class='primary-subject'>Numerical Analysis (math.NA)</span>; Machine Learning (cs.LG)"
    body = new_page(
        Section(papers=papers(1, subjects=numerics)),
        Section(heading="Cross", papers=papers(2, mark="(cross-list from math.NA)", subjects=numerics)),
        Section(
            heading="Replacement", papers=[*papers(3, mark="(replaced)", subjects=numerics), Paper(mark="(replaced)")]
        ),
        day=DAY,
        category="cs.NA",
    )
    for asked, name in (("cs.NA", "math.NA"), ("math.na", "math.NA")):
        site = Site({"/list/math.NA/new": [body]})
        page = ArxivListings(site).latest(asked)
        assert page.category == name
        assert [one.type for one in told(page).values()] == [NEW, CROSS, REPLACE, REPLACE_CROSS]
        assert {one.category for one in told(page).values()} == {name}
    inside = latest(body.replace(b"cs.NA/", b"cs/"), category="cs")  # cs.NA is math.NA, and both are in cs
    assert types(inside)[REPLACE] == 2


def test_a_heading_says_more_than_the_mark_of_a_cross_list_and_less_than_that_of_a_replacement() -> None:
    numerics = "<span class='primary-subject'>Numerical Analysis (math.NA)</span>"
    shown = [
        *papers(1),
        *papers(2, mark="(cross-list from math.NA)", subjects=numerics),
        *papers(3, mark="(replaced)"),
    ]
    page = latest(new_page(Section(papers=shown), day=DAY, category="cs"), category="cs")
    assert [one.type for one in told(page).values()] == [NEW, NEW, REPLACE]


def test_text_is_cleaned_as_a_feeds() -> None:
    body = (
        "<div class='list-comments mathjax'><span class='descriptor'>Comments:</span> 9 pages,\n 2 figures </div>"
        r"<div class='list-journal-ref'><span class='descriptor'>Journal-ref:</span> Ann. f\"ur X</div>"
        "<p class='mathjax'> One line\nwraps, 1 &lt; 2.\n<br>Second paragraph. </p>"
    )
    (only,) = latest(new_page(Section(papers=[Paper(title=r"On Erd\H{o}s", body=body)]), day=DAY)).sightings
    assert only.version.title == "On Erdős"
    assert only.version.comments == "9 pages, 2 figures"
    assert only.version.journal_ref == "Ann. für X"
    assert only.version.abstract == "One line wraps, 1 < 2.\n\nSecond paragraph."
    assert only.version.interface is Interface.LISTING


@pytest.mark.parametrize(
    ("told_in", "text"),
    [
        ("<p class='mathjax'>{}</p>", "This paper has been withdrawn by the author."),
        ("<div class='list-comments'>{}</div>", "This paper has been withdrawn due to an error in Lemma 2"),
        ("<div class='list-comments'>{}</div>", "Withdrawn by arXiv administrators"),
    ],
)
def test_the_wording_hints_at_a_withdrawal(told_in: str, text: str) -> None:
    page = latest(new_page(Section(papers=[Paper(body=told_in.format(text))]), day=DAY))
    assert page.sightings[0].version.withdrawal is Withdrawal.PERHAPS


def test_only_abstracts_have_paragraphs() -> None:
    broken = "<div class='list-comments'>9 pages<br>2 ponds</div><div class='list-journal-ref'>J. Ponds<br>1</div>"
    body = f"{broken}<p class='mathjax'>One.<br>Two.</p>"
    page = new_page(Section(papers=[Paper(body=body)]), day=DAY).replace(b"On the tides", b"On<br>the tides")
    told = latest(page).sightings[0].version
    assert (told.title, told.comments) == ("On the tides of an invented pond", "9 pages 2 ponds")
    assert (told.journal_ref, told.abstract) == ("J. Ponds 1", "One.\n\nTwo.")


COMPLETE = Section(papers=papers(1, 2, 3))


@pytest.mark.parametrize(
    ("body", "announced", "shown"),
    [
        (new_page(Section(papers=papers(1, 2), shown=3, total=3), day=DAY), 3, 2),
        (new_page(Section(papers=papers(1, 2), total=7), day=DAY, total=12), 12, 2),
        (new_page(COMPLETE, day=DAY, total=4), 4, 3),
        (new_page(COMPLETE, day=DAY, total=2), 3, 3),
        (new_page(COMPLETE, day=DAY, total=8), 8, 3),
        (new_page(Section(papers=papers(1, 2, 2)), day=DAY), 3, 2),
        (new_page(COMPLETE, day=DAY, first=2), 3, 3),
        (new_page(COMPLETE, day=DAY).replace(b"</html>", b""), 3, 2),
        (new_page(COMPLETE, day=DAY, links=more(2000), total=2003), 2003, 3),
    ],
    ids=["fewer", "cut", "total", "less", "sections", "twice", "gap", "end", "lost"],
)
def test_a_day_whose_numbers_disagree_is_cut(body: bytes, announced: int, shown: int) -> None:
    page = latest(body)
    assert (page.announced, len(page.sightings), page.faults) == (announced, shown, (Fault.CUT,))


def test_of_a_paper_shown_twice_the_more_telling_entry_stays() -> None:
    sections = Section(papers=papers(1)), Section(heading="Replacement", papers=papers(1, mark="(replaced)", version=2))
    for some in (sections, sections[::-1]):
        page = latest(new_page(*some, day=DAY))
        assert [(one.type, one.version) for one in told(page).values()] == [(NEW, 1)]


PART_1 = new_page(Section(papers=papers(1, 2), total=3), day=DAY, links=more(2000))
PART_2 = new_page(Section(papers=papers(3), total=3, wording="continued, "), day=DAY, first=3, links=more(0))


def test_a_day_of_several_pages_is_followed() -> None:
    site = Site({"/list/cs.LG/new": [PART_1, PART_2]})
    page = ArxivListings(site).latest("cs.LG")
    assert (page.announced, list(told(page)), page.faults) == (3, ["2603.00001", "2603.00002", "2603.00003"], ())
    assert [params for _, params in site.asked] == [FIRST, MORE]


def test_a_day_that_turns_over_between_two_pages_is_read_anew() -> None:
    tomorrow = new_page(COMPLETE, day=NEXT)
    site = Site({"/list/cs.LG/new": [PART_1, tomorrow, tomorrow]})
    page = ArxivListings(site).latest("cs.LG")
    assert (page.date, page.announced, page.faults) == (NEXT, 3, ())
    assert [params for _, params in site.asked] == [FIRST, MORE, FIRST]


def test_pages_that_never_agree_on_the_date_are_a_cut_day() -> None:
    tomorrow = new_page(COMPLETE, day=NEXT)
    page = latest(PART_1, tomorrow, PART_1, tomorrow)
    assert (page.date, page.announced, len(page.sightings), page.faults) == (DAY, 3, 2, (Fault.CUT,))


def test_no_page_is_followed_for_ever() -> None:
    site = Site({"/list/cs.LG/new": [new_page(Section(total=9_000_000, shown=0), day=DAY, links=more(10**6))]})
    assert ArxivListings(site).latest("cs.LG").faults == (Fault.CUT,)
    assert len(site.asked) <= MOST_PAGES


def test_an_empty_page_too_many_ends_a_past_day() -> None:
    full = catchup_page(Section(papers=papers(1), total=2), day=DAY, links=more(2, by_page=True))
    extra = catchup_page(day=DAY, total=2)
    site = Site({f"/catchup/cs.LG/{DAY}": [full, extra]})
    page = ArxivListings(site).on("cs.LG", DAY)
    assert (page.announced, len(page.sightings), page.faults) == (2, 1, (Fault.CUT,))
    whole = catchup_page(Section(papers=papers(1)), day=DAY, links=more(2, by_page=True))
    site = Site({f"/catchup/cs.LG/{DAY}": [whole]})
    assert ArxivListings(site).on("cs.LG", DAY).faults == ()
    assert len(site.asked) == 1  # all that was promised is there: the empty page need not be seen


def test_the_page_of_another_day_or_category_is_refused() -> None:
    with pytest.raises(ParseError, match="page of 2026-03-05, but 2026-03-04 was asked for") as caught:
        on(catchup_page(COMPLETE, day=NEXT))
    assert caught.value.subject == "https://arxiv.org/catchup/cs.LG/2026-03-04"
    with pytest.raises(ParseError, match=r"page of cs\.AI, but cs\.LG was asked for"):
        latest(new_page(COMPLETE, day=DAY, category="cs.AI"))
    with pytest.raises(ParseError, match="a listing of several days"):
        latest(recent_page(Section(heading="Wed, 4 Mar 2026", papers=papers(1))))


def rosters(*bodies: bytes) -> tuple[Roster, ...]:
    return ArxivListings(Site({"/list/cs.LG/recent": list(bodies)})).recent("cs.LG")


def roster(day: int, announced: int, *serials: int) -> Roster:
    ids = tuple(f"2603.{serial:05d}" for serial in serials)
    return Roster(category="cs.LG", date=date(2026, 3, day), announced=announced, ids=ids)


def test_the_last_days_go_on_over_pages() -> None:
    first = recent_page(Section(heading="Wed, 4 Mar 2026", papers=papers(1, 2), total=3), total=4, links=more(2000))
    second = recent_page(
        Section(heading="Wed, 4 Mar 2026", papers=papers(3), total=3, wording="continued, "),
        Section(heading="Tue, 3 Mar 2026", papers=papers(4)),
        total=4,
        first=3,
    )
    assert rosters(first, second) == (roster(4, 3, 1, 2, 3), roster(3, 1, 4))
    assert rosters(first.replace(b"skip=2000", b"")) == (roster(4, 3, 1, 2),)


def test_so_many_pages_of_the_last_days_are_enough() -> None:
    site = Site({"/list/cs.LG/recent": []})
    for number in range(9):
        section = Section(heading="Wed, 4 Mar 2026", papers=papers(number + 1), total=9)
        links = more(2000 * (number + 1))
        site.pages["/list/cs.LG/recent"].append(recent_page(section, total=9, first=number + 1, links=links))
    assert ArxivListings(site).recent("cs.LG") == (roster(4, 9, 1, 2, 3, 4),)
    assert len(site.asked) == MOST_RECENT_PAGES


def test_where_an_entry_is_missing_no_date_keeps_its_ids() -> None:
    days = (
        Section(heading="Wed, 4 Mar 2026", papers=papers(1, 2)),
        Section(heading="Tue, 3 Mar 2026", papers=papers(4), shown=2),
    )
    assert rosters(recent_page(*days)) == (roster(4, 2), roster(3, 2))


# --- fetching -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Invalid date: 2025-05-01. Catchup only allowed for past 90 days", "90 days back"),
        ("Invalid date: 2027-05-01. Can't request date later than today", "still to come"),
        ("Invalid archive or category", "spelling of the category"),
    ],
)
def test_a_refusal_is_in_arxivs_words_and_says_what_to_do(message: str, hint: str) -> None:
    site = Site({f"/catchup/cs.LG/{DAY}": [error_page(message)]}, status=400)
    with pytest.raises(FetchError) as caught:
        ArxivListings(site).on("cs.LG", DAY)
    assert caught.value.what == f"the server answered 400 Bad Request: {message}"
    assert caught.value.subject == f"https://arxiv.org/catchup/cs.LG/{DAY}"
    assert hint in caught.value.hint


def test_a_category_cannot_leave_its_place_in_the_address() -> None:
    site = Site({"/list/..%2Fapi%3Fx%3Dcs%20LG%23/new": [b"<html>"]})
    with pytest.raises(ParseError) as caught:
        ArxivListings(site).latest("../api?x=cs LG#")
    assert caught.value.subject == "https://arxiv.org/list/..%2Fapi%3Fx%3Dcs%20LG%23/new"


@pytest.fixture
def listings(arxiv: ArxivServer) -> ArxivListings:
    client = HttpClient(agent=user_agent(), patience=Patience(tries=2), sleep=lambda _: None)
    return ArxivListings(client, base=f"{arxiv.url}/")


def shown(body: bytes) -> trouble.Trouble:
    return lambda _: Answer(body=body, headers={"Content-Type": "text/html; charset=utf-8"})


def test_a_day_comes_over_the_wire(arxiv: ArxivServer, listings: ArxivListings) -> None:
    source: Listings = listings
    arxiv.next(shown(PART_1), shown(PART_2), shown(catchup_page(COMPLETE, day=DAY)))
    assert len(source.latest("cs.LG").sightings) == 3
    assert len(source.on("cs.LG", DAY).sightings) == 3
    assert [(asked.path, asked.query) for asked in arxiv.requests] == [
        ("/list/cs.LG/new", FIRST),
        ("/list/cs.LG/new", MORE),
        (f"/catchup/cs.LG/{DAY}", {"abs": "True"}),
    ]


def test_a_listing_that_is_temporarily_unavailable_is_not_waited_for(
    arxiv: ArxivServer, listings: ArxivListings
) -> None:
    text = "This listing is temporarily unavailable; please retry in a few minutes."
    arxiv.next(trouble.refused(503, retry_after="300", text=text))
    with pytest.raises(FetchError, match=r"temporarily unavailable.*asks to wait 300 seconds"):
        listings.latest("cs.LG")
    assert len(arxiv.requests) == 1


def test_another_page_is_asked_for_again_and_then_a_parse_error(arxiv: ArxivServer, listings: ArxivListings) -> None:
    arxiv.next(trouble.html_page(), shown(new_page(COMPLETE, day=DAY)), trouble.html_page(), trouble.html_page())
    assert len(listings.latest("cs.LG").sightings) == 3  # at the second try
    with pytest.raises(ParseError, match="not a listing of arXiv") as caught:
        listings.latest("cs.LG")
    assert caught.value.subject == f"{arxiv.url}/list/cs.LG/new"


@pytest.mark.parametrize("category", ["cs.LG", "stat.ML", "math.NA"])
def test_a_days_truth_comes_through_all_three_listings(
    arxiv: ArxivServer, listings: ArxivListings, category: str
) -> None:
    page = listings.latest(category)
    truth = {paper_id: AnnounceType(kind) for paper_id, kind in arxiv.world.announced(category, page.date).items()}
    past = listings.on(category, page.date)
    for day in (page, past):
        assert {paper_id: one.type for paper_id, one in told(day).items()} == truth
        assert (day.announced, day.faults) == (len(truth), ())
    newest, *_ = listings.recent(category)
    assert newest.date == page.date
    assert set(newest.ids) == {paper_id for paper_id, kind in truth.items() if kind in (NEW, CROSS)}
    assert newest.announced == len(newest.ids) > 0
