from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.arxiv_documents import Told, feed, refused
from tests.fake_fetcher import Answer, FakeFetcher, in_turn
from zhaiyao.errors import FetchError, ParseError, UnknownCategory
from zhaiyao.http import HttpClient, Patience, user_agent
from zhaiyao.ports import Texts
from zhaiyao.records import Interface
from zhaiyao.sources.arxiv_api import BATCH, PAGE, REACH, REFUSALS, RETRIES, ArxivApi

TWO = Told(id="2603.90002", versions=Told().versions * 3)
DAY = date(2026, 3, 2)


def told(number: int) -> Told:
    return Told(id=f"2603.{number:05d}")


def ids(count: int) -> list[str]:
    return [told(number).id for number in range(1, count + 1)]


def library(*known: Told, newest_first: bool = True) -> Callable[[dict[str, str]], Answer]:
    """Answers id lists as arXiv does: in an order of its own, without the unknown, at most `max_results`."""
    papers = {paper.id: paper for paper in known}

    def respond(params: dict[str, str]) -> Answer:
        found = []
        for asked in params["id_list"].split(","):
            paper, _, version = asked.partition("v")
            if paper in papers and int(version or 1) <= papers[paper].number:
                whole = papers[paper]
                found.append(replace(whole, versions=whole.versions[: int(version)]) if version else whole)
        found.sort(key=lambda one: one.id, reverse=newest_first)
        return feed(*found[: int(params["max_results"])], total=len(found))

    return respond


def shown(api: ArxivApi, *asked: str) -> list[tuple[str, int]]:
    return [(one.version.paper_id, one.version.number) for one in api.of(asked)]


# --- by id ----------------------------------------------------------------------------------------------------------


def test_it_is_the_port() -> None:
    port: Texts = ArxivApi(FakeFetcher(library(Told())), base="http://localhost:1/")
    (only,) = port.of(["2603.90010"])
    assert only.announcement is None
    assert only.version.interface is Interface.API


def test_papers_come_in_the_order_asked_and_the_unknown_are_absent() -> None:
    fetcher = FakeFetcher(library(*(told(number) for number in range(1, 6)), TWO))
    api = ArxivApi(fetcher)
    assert shown(api, "2603.00003", "2603.00001", "2603.77777", "2603.90002") == [
        ("2603.00003", 1),
        ("2603.00001", 1),
        ("2603.90002", 3),
    ]
    assert fetcher.urls == ["https://export.arxiv.org/api/query"]
    assert fetcher.asked == [{"id_list": "2603.00003,2603.00001,2603.77777,2603.90002", "max_results": "4"}]


def test_a_version_can_be_asked_for_beside_the_current_one() -> None:
    api = ArxivApi(FakeFetcher(library(TWO)))
    assert shown(api, "2603.90002v1", "2603.90002", "2603.90002v2") == [
        ("2603.90002", 1),
        ("2603.90002", 3),
        ("2603.90002", 2),
    ]


def test_a_version_that_does_not_exist_is_absent() -> None:
    assert shown(ArxivApi(FakeFetcher(library(TWO))), "2603.90002v9") == []
    mixed_up = ArxivApi(in_turn(feed(TWO)))
    assert shown(mixed_up, "2603.90002v9") == []


def test_any_form_of_an_id_is_one_and_asked_once() -> None:
    fetcher = FakeFetcher(library(told(1), Told(id="math/0402999")))
    asked = ["arXiv:2603.00001", "https://arxiv.org/abs/2603.00001", "math.NA/0402999", "no id at all", ""]
    assert shown(ArxivApi(fetcher), *asked) == [("2603.00001", 1), ("math/0402999", 1)]
    assert [one["id_list"] for one in fetcher.asked] == ["2603.00001,math/0402999"]


def test_nothing_asked_is_nothing_sent() -> None:
    fetcher = in_turn(b"")
    assert ArxivApi(fetcher).of([]) == ()
    assert fetcher.asked == []


def test_long_lists_go_in_batches_that_say_their_size() -> None:
    count = 2 * BATCH + 3
    fetcher = FakeFetcher(library(*(told(number) for number in range(1, count + 1))))
    assert [paper for paper, _ in shown(ArxivApi(fetcher), *ids(count))] == ids(count)
    assert [one["max_results"] for one in fetcher.asked] == [str(BATCH), str(BATCH), "3"]


def test_an_empty_page_is_asked_for_again_before_it_is_believed() -> None:
    fetcher = in_turn(feed(), feed(), feed(told(1)))
    assert shown(ArxivApi(fetcher), "2603.00001") == [("2603.00001", 1)]
    assert len(fetcher.asked) == 3
    fetcher = in_turn(feed())
    assert shown(ArxivApi(fetcher), "2603.00001") == []
    assert len(fetcher.asked) == 1 + RETRIES


def test_a_short_page_is_asked_for_the_rest_alone() -> None:
    fetcher = in_turn(feed(told(1), total=3), feed(told(3), told(2), total=2))
    assert [paper for paper, _ in shown(ArxivApi(fetcher), *ids(3))] == ids(3)
    assert [one["id_list"] for one in fetcher.asked] == [",".join(ids(3)), "2603.00002,2603.00003"]


def test_papers_counted_but_never_shown_are_an_error() -> None:
    with pytest.raises(FetchError, match="counts 2 of the 2 papers asked for, and shows none"):
        ArxivApi(in_turn(feed(total=2))).of(ids(2))


def test_the_older_service_counted_what_was_asked() -> None:
    """It never told less than it was asked for, so what it shows at last is believed."""
    assert len(ArxivApi(in_turn(feed(told(1), total=2))).of(ids(2))) == 1


def test_an_answer_about_other_papers_is_not_believed() -> None:
    fetcher = in_turn(feed(told(7)), feed(told(1)))
    assert shown(ArxivApi(fetcher), "2603.00001") == [("2603.00001", 1)]


@pytest.mark.parametrize("status", [400, 200])
def test_an_id_that_arxiv_names_as_bad_is_left_out(status: int) -> None:
    known = library(*(told(number) for number in range(1, 6)))

    def respond(params: dict[str, str]) -> Answer:
        bad = "2603.00003" in params["id_list"]
        return (status, refused("incorrect id format for 2603.00003")) if bad else known(params)

    fetcher = FakeFetcher(respond)
    assert [paper for paper, _ in shown(ArxivApi(fetcher), *ids(5))] == [one for one in ids(5) if one[-1] != "3"]
    assert len(fetcher.asked) == 2
    assert shown(ArxivApi(FakeFetcher(respond)), "2603.00003") == []


@pytest.mark.parametrize("bad", [1, 37, 100])
def test_a_bad_id_that_is_not_named_is_found(bad: int) -> None:
    known = library(*(told(number) for number in range(1, BATCH + 1)))

    def respond(params: dict[str, str]) -> Answer:
        return (400, refused("incorrect id")) if told(bad).id in params["id_list"] else known(params)

    fetcher = FakeFetcher(respond)
    assert [paper for paper, _ in shown(ArxivApi(fetcher), *ids(BATCH))] == [
        one for one in ids(BATCH) if one != told(bad).id
    ]
    assert len(fetcher.asked) <= 15


def test_a_refusal_of_everything_is_an_error_with_its_reason_and_ends_soon() -> None:
    fetcher = in_turn((400, refused("max_results must be an integer")))
    with pytest.raises(FetchError, match=r"refused: max_results must be an integer") as caught:
        ArxivApi(fetcher).of(ids(BATCH))
    assert caught.value.subject == "https://export.arxiv.org/api/query"
    assert len(fetcher.asked) == REFUSALS
    with pytest.raises(FetchError, match="max_results"):
        ArxivApi(in_turn((400, refused("max_results must be an integer")))).of(ids(1))


def test_a_server_error_is_an_error_with_its_reason() -> None:
    fetcher = in_turn((500, refused("The server encountered an internal error")))
    with pytest.raises(FetchError, match=r"500 Internal Server Error.*at first it said: The server encountered"):
        ArxivApi(fetcher).of(ids(3))
    assert len(fetcher.asked) == 2
    with pytest.raises(FetchError, match=r"answered 500 Internal Server Error\n"):
        ArxivApi(in_turn((500, b"<html>"))).of(ids(3))


def test_a_server_error_that_passes_is_none() -> None:
    assert len(ArxivApi(in_turn((500, refused("overloaded")), feed(told(1)))).of(ids(1))) == 1


def test_a_refusal_without_a_reason_is_the_clients() -> None:
    with pytest.raises(FetchError, match="the server answered 400 Bad Request"):
        ArxivApi(in_turn((400, b"<html>proxy</html>"))).of(ids(3))


@pytest.mark.parametrize("body", [b"", b"Rate exceeded.", b"<html><body>", feed(Told())[:300]])
def test_an_answer_that_cannot_be_read_is_asked_for_once_more(body: bytes) -> None:
    assert len(ArxivApi(in_turn(body, feed(told(1)))).of(ids(1))) == 1
    fetcher = in_turn(body)
    with pytest.raises(ParseError) as caught:
        ArxivApi(fetcher).of(ids(1))
    assert caught.value.subject == "https://export.arxiv.org/api/query"
    assert len(fetcher.asked) == 2


# --- by the date of submission --------------------------------------------------------------------------------------


class Catalogue:
    """Answers queries by date, each paper submitted at a minute; `spoil` may change an answer."""

    def __init__(self, minutes: dict[datetime, Told]) -> None:
        self.minutes = minutes
        self.spoil: Callable[[int, bytes], Answer] = lambda number, answer: answer
        self.asked = 0

    def __call__(self, params: dict[str, str]) -> Answer:
        self.asked += 1
        first, last = (
            datetime.strptime(one, "%Y%m%d%H%M").replace(tzinfo=UTC)
            for one in params["search_query"].partition("submittedDate:[")[2].rstrip("]").split(" TO ")
        )
        matching = [paper for at, paper in self.minutes.items() if first <= at <= last]
        start, size = int(params["start"]), int(params["max_results"])
        assert start + size <= REACH, "arXiv answers with 500 beyond its window"
        return self.spoil(self.asked, feed(*matching[start : start + size], total=len(matching), start=start))


def catalogue(count: int) -> Catalogue:
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    return Catalogue({begin + timedelta(minutes=number): told(number + 1) for number in range(count)})


def submitted(respond: Callable[[dict[str, str]], Answer]) -> list[str]:
    found = ArxivApi(FakeFetcher(respond)).submitted("cs.LG", DAY, DAY)
    return [sighting.paper.id for sighting in found]


def test_a_day_comes_page_by_page_and_whole() -> None:
    fetcher = FakeFetcher(catalogue(2 * PAGE + 5))
    found = ArxivApi(fetcher, base="http://127.0.0.1:1").submitted("cs.NA", DAY, DAY)
    assert next(found).paper.id == "2603.00001"
    assert len(fetcher.asked) == 1
    assert [one.paper.id for one in found] == ids(2 * PAGE + 5)[1:]
    assert fetcher.urls[0] == "http://127.0.0.1:1/api/query"
    assert fetcher.asked[1] == {
        "search_query": "(cat:math.NA OR cat:cs.NA) AND submittedDate:[202603020000 TO 202603022359]",
        "start": "200",
        "max_results": "200",
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
    }


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1])
def test_the_pages_edges(count: int) -> None:
    assert submitted(catalogue(count)) == ids(count)


def test_more_than_can_be_paged_through_is_split() -> None:
    count = 3 * PAGE  # a paper a minute; all of them are in the first half of the day
    answers = catalogue(count)
    first_page = feed(*(told(number) for number in range(1, PAGE + 1)), total=REACH + 1)
    answers.spoil = lambda number, answer: first_page if number == 1 else answer
    fetcher = FakeFetcher(answers)
    found = list(ArxivApi(fetcher).submitted("cs.LG", DAY, DAY))
    assert [one.paper.id for one in found] == ids(count)
    spans = [asked["search_query"].rpartition(":")[2] for asked in fetcher.asked]
    assert list(dict.fromkeys(spans)) == [
        "[202603020000 TO 202603022359]",
        "[202603020000 TO 202603021159]",
        "[202603021200 TO 202603022359]",
    ]


def test_all_that_can_be_paged_through_is() -> None:
    starts: list[int] = []

    def respond(params: dict[str, str]) -> Answer:
        start = int(params["start"])
        starts.append(start)
        return feed(*(told(number) for number in range(start + 1, start + PAGE + 1)), total=REACH)

    assert submitted(respond) == ids(REACH)
    assert starts[-1] == REACH - PAGE


def test_a_minute_that_cannot_be_split_is_an_error() -> None:
    page = feed(*(told(number) for number in range(1, PAGE + 1)), total=REACH + 1)
    with pytest.raises(FetchError, match="of one minute, 2026-03-02 00:00"):
        submitted(lambda params: page)


def test_a_span_that_ends_before_it_begins_is_empty() -> None:
    fetcher = in_turn(b"")
    assert list(ArxivApi(fetcher).submitted("cs.LG", DAY, date(2026, 3, 1))) == []
    assert fetcher.asked == []


def test_an_unknown_category_is_said_at_once() -> None:
    with pytest.raises(UnknownCategory):
        next(ArxivApi(in_turn(b"")).submitted("cs.XX", DAY, DAY))


def test_an_empty_later_page_is_asked_for_again() -> None:
    answers = catalogue(2 * PAGE)
    answers.spoil = lambda number, answer: feed(total=2 * PAGE, start=PAGE) if number in (2, 3) else answer
    assert submitted(answers) == ids(2 * PAGE)


@pytest.mark.parametrize("total", [0, 2 * PAGE])
def test_a_later_page_that_stays_empty_never_ends_the_list_unseen(total: int) -> None:
    answers = catalogue(2 * PAGE)
    answers.spoil = lambda number, answer: answer if number == 1 else feed(total=total, start=PAGE)
    found = ArxivApi(FakeFetcher(answers)).submitted("cs.LG", DAY, DAY)
    assert [next(found).paper.id for _ in range(PAGE)] == ids(PAGE)
    with pytest.raises(FetchError, match="from 200 on shows 0"):
        next(found)
    assert answers.asked == 2 + RETRIES


def test_a_first_page_that_shows_less_than_it_counts_is_not_the_whole() -> None:
    answers = catalogue(30)
    answers.spoil = lambda number, answer: feed(*(told(one) for one in range(1, 9)), total=30)
    with pytest.raises(FetchError, match=r"counts 30 papers for .* from 0 on shows 8"):
        submitted(answers)


def test_what_slips_between_two_pages_is_found_by_a_second_walk() -> None:
    answers = catalogue(2 * PAGE)
    doubled = [told(PAGE), *(told(number) for number in range(PAGE + 1, 2 * PAGE))]
    answers.spoil = lambda number, answer: feed(*doubled, total=2 * PAGE, start=PAGE) if number == 2 else answer
    assert submitted(answers) == ids(2 * PAGE)
    assert answers.asked == 4


def test_what_is_counted_and_never_shown_is_an_error() -> None:
    answers = catalogue(2 * PAGE)
    doubled = feed(*(told(number) for number in range(1, PAGE + 1)), total=2 * PAGE)
    answers.spoil = lambda number, answer: doubled
    with pytest.raises(FetchError, match=f"counts {2 * PAGE} papers for .*, and shows {PAGE} of them"):
        submitted(answers)


# --- on the wire ----------------------------------------------------------------------------------------------------


def test_a_query_is_encoded_once_and_no_blank_or_plus_is_taken_for_another() -> None:
    """The client fails to connect, and says which address it asked."""
    client = HttpClient(agent=user_agent(), patience=Patience(tries=1))
    with client, pytest.raises(FetchError) as caught:
        next(ArxivApi(client, base="http://127.0.0.1:9").submitted("cs.NA", DAY, DAY))
    address = urlsplit(caught.value.subject)
    assert address.path == "/api/query"
    assert parse_qs(address.query)["search_query"] == [
        "(cat:math.NA OR cat:cs.NA) AND submittedDate:[202603020000 TO 202603022359]"
    ]
    assert "%25" not in address.query
    assert " " not in address.query


def test_signs_of_a_query_survive_the_wire() -> None:
    client = HttpClient(agent=user_agent(), patience=Patience(tries=1))
    with client, pytest.raises(FetchError) as caught:
        client.get("http://127.0.0.1:9/api/query", params={"search_query": 'ti:"C++ & x%2B" OR all:请'})
    assert parse_qs(urlsplit(caught.value.subject).query)["search_query"] == ['ti:"C++ & x%2B" OR all:请']
