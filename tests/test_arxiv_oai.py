from datetime import date
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.arxiv_documents import Told, identifiers, oai_error, records
from tests.fake_fetcher import Answer, FakeFetcher, in_turn
from zhaiyao.errors import FetchError, InvalidId, ParseError, UnknownCategory
from zhaiyao.http import HttpClient, Patience, user_agent
from zhaiyao.ports import Harvest
from zhaiyao.records import Interface
from zhaiyao.sources.arxiv_oai import MOST_PAGES, RESTARTS, SINGLES, ArxivOai

DAY = date(2026, 3, 4)
NONE = oai_error("noRecordsMatch")
REFUSED = oai_error("badResumptionToken", "expired")


def told(number: int) -> Told:
    return Told(id=f"2603.{number:05d}")


def page(*numbers: int, token: str | None = None) -> bytes:
    return records(*(told(number) for number in numbers), token=token)


def walk(*answers: bytes, roster: bytes = NONE) -> FakeFetcher:
    """Lists of records in turn; to a list of identifiers always the roster; any single record."""
    waiting = list(answers)

    def respond(params: dict[str, str]) -> Answer:
        if params["verb"] == "ListIdentifiers":
            return roster
        if params["verb"] == "GetRecord":
            return records(Told(id=params["identifier"].rpartition(":")[2]), verb="GetRecord")
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return FakeFetcher(respond)


def heads(*numbers: int) -> bytes:
    return identifiers(*(told(number) for number in numbers))


def verbs(fetcher: FakeFetcher) -> list[str]:
    return [one.get("resumptionToken") or one["verb"] for one in fetcher.asked]


def changed(fetcher: FakeFetcher) -> list[int]:
    return [int(one.paper.id[-5:]) for one in ArxivOai(fetcher).changed("cs.LG", DAY)]


# --- the walk -------------------------------------------------------------------------------------------------------


def test_it_is_the_port_and_asks_for_one_day_of_one_set() -> None:
    fetcher = in_turn(page(1))
    port: Harvest = ArxivOai(fetcher, base="http://localhost:1/")
    (only,) = port.changed("cs.NA", DAY)
    assert only.announcement is None
    assert only.version.interface is Interface.OAI_RAW
    assert fetcher.urls == ["http://localhost:1/oai"]
    assert fetcher.asked == [
        {
            "verb": "ListRecords",
            "metadataPrefix": "arXivRaw",
            "set": "math:math:NA",
            "from": "2026-03-04",
            "until": "2026-03-04",
        }
    ]


def test_pages_follow_their_tokens_and_nothing_else() -> None:
    token = "verb%3DListRecords%26skip%3D2"
    fetcher = walk(page(2, 1, token=token), page(3, 4, token="other"), page(5, token=""), roster=heads(1, 2, 3, 4, 5))
    found = ArxivOai(fetcher).changed("cs", DAY)
    assert [next(found).paper.id, next(found).paper.id] == ["2603.00002", "2603.00001"]
    assert len(fetcher.asked) == 1
    assert [one.paper.id[-1] for one in found] == ["3", "4", "5"]
    assert fetcher.urls[0] == "https://oaipmh.arxiv.org/oai"
    assert fetcher.asked[1:3] == [
        {"verb": "ListRecords", "resumptionToken": token},
        {"verb": "ListRecords", "resumptionToken": "other"},
    ]
    assert fetcher.asked[3:] == [{**fetcher.asked[0], "verb": "ListIdentifiers"}]


def test_a_day_without_changes_is_nothing() -> None:
    fetcher = in_turn(NONE)
    assert changed(fetcher) == []
    assert len(fetcher.asked) == 1


def test_a_refused_token_begins_the_day_again_and_nothing_is_told_twice() -> None:
    fetcher = walk(page(1, 2, token="a"), REFUSED, page(1, 2, token="b"), page(3), roster=heads(1, 2, 3))
    assert changed(fetcher) == [1, 2, 3]
    assert verbs(fetcher) == ["ListRecords", "a", "ListRecords", "b", "ListIdentifiers"]


@pytest.mark.parametrize("end", [NONE, records(token=""), page(4)])
def test_what_slipped_between_two_pages_is_asked_for_alone(end: bytes) -> None:
    """A record that changed meanwhile left the day, and another one moved up onto the page that was read before."""
    fetcher = walk(page(1, 2, token="a"), end, roster=heads(2, 3, 4))
    assert sorted(changed(fetcher)) == [1, 2, 3, 4]
    assert verbs(fetcher)[:3] == ["ListRecords", "a", "ListIdentifiers"]


def test_when_much_slipped_the_walk_is_made_again() -> None:
    many = range(3, 4 + SINGLES)
    fetcher = walk(page(1, token="a"), page(2), page(1, 2, *many, token="b"), NONE, roster=heads(1, 2, *many))
    assert changed(fetcher) == [1, 2, *many]
    assert verbs(fetcher) == ["ListRecords", "a", "ListIdentifiers", "ListRecords", "b", "ListIdentifiers"]
    with pytest.raises(FetchError, match="3 walks through 2026-03-04 broke off or passed papers over"):
        changed(walk(*(page(1, token="a"), NONE) * 3, roster=heads(1, 2, *many)))


def test_a_roster_that_is_refused_is_an_error() -> None:
    with pytest.raises(FetchError, match=r"refused \(badArgument\)"):
        changed(walk(page(1, token="a"), page(2), roster=oai_error("badArgument")))


def test_tokens_that_run_out_again_and_again_are_an_error() -> None:
    fetcher = walk(*(page(1, 2, token="a"), REFUSED) * 3)
    found = ArxivOai(fetcher).changed("cs.LG", DAY)
    assert [next(found).paper.id, next(found).paper.id] == ["2603.00001", "2603.00002"]
    with pytest.raises(FetchError, match="3 walks through 2026-03-04 broke off"):
        next(found)
    assert verbs(fetcher) == ["ListRecords", "a"] * (1 + RESTARTS)


def test_a_walk_that_always_brings_something_new_is_given_up() -> None:
    fetcher = FakeFetcher(lambda params: page(n := int(params.get("resumptionToken", "1")), token=str(n + 1)))
    found = ArxivOai(fetcher).changed("cs.LG", DAY)
    assert sum(1 for _ in islice(found, MOST_PAGES)) == MOST_PAGES
    with pytest.raises(FetchError, match=f"{MOST_PAGES} pages"):
        next(found)
    assert len(fetcher.asked) == MOST_PAGES


def test_a_token_that_leads_back_is_an_error() -> None:
    fetcher = walk(page(1, token="a"), page(2, token="b"), page(3, token="a"))
    found = ArxivOai(fetcher).changed("cs.LG", DAY)
    assert [next(found).paper.id[-1] for _ in range(3)] == ["1", "2", "3"]
    with pytest.raises(FetchError, match="sends back to a page that was read"):
        next(found)


@pytest.mark.parametrize("second", [page(2, 1, token="b"), page(2), records(token="b")])
def test_a_page_that_brings_nothing_new_is_an_error(second: bytes) -> None:
    fetcher = walk(page(1, 2, token="a"), second)
    found = ArxivOai(fetcher).changed("cs.LG", DAY)
    assert [next(found).paper.id[-1] for _ in range(2)] == ["1", "2"]
    with pytest.raises(FetchError, match="nothing that was not on the pages before"):
        next(found)


def test_a_page_that_overlaps_tells_only_what_is_new() -> None:
    assert changed(walk(page(1, 2, 2, token="a"), page(2, 3))) == [1, 2, 3]


def test_deleted_records_are_passed_over_and_told_by_page() -> None:
    data = records(told(1), Told(id="2603.00002", deleted=True))
    assert changed(in_turn(data)) == [1]
    (only,) = ArxivOai(in_turn(data)).pages("cs.LG", DAY)
    assert only.deleted == ("2603.00002",)


def test_a_page_of_nothing_but_deletions_is_a_page() -> None:
    gone = records(Told(id="2603.00002", deleted=True), token="a")
    roster = identifiers(told(1), Told(id="2603.00002", deleted=True), Told(id="2603.00009", deleted=True))
    assert changed(walk(gone, page(1), roster=roster)) == [1]


@pytest.mark.parametrize("error", ["badArgument", "cannotDisseminateFormat", "badResumptionToken", ""])
def test_any_other_error_is_one(error: str) -> None:
    fetcher = in_turn(oai_error(error, "Set does not exist"))
    with pytest.raises(FetchError, match=f"refused .{error or 'error'}.: Set does not exist") as caught:
        changed(fetcher)
    assert caught.value.subject == "https://oaipmh.arxiv.org/oai"
    assert len(fetcher.asked) == 1


@pytest.mark.parametrize("body", [b"", b"<html><head><title>503 first byte timeout", page(1)[:200], records()])
def test_an_answer_that_cannot_be_read_is_asked_for_once_more(body: bytes) -> None:
    assert changed(walk(body, page(1, token="a"), body, page(2))) == [1, 2]
    fetcher = in_turn(page(1, token="a"), body)
    found = ArxivOai(fetcher).changed("cs.LG", DAY)
    assert next(found).paper.id == "2603.00001"
    with pytest.raises(ParseError) as caught:
        next(found)
    assert caught.value.subject == "https://oaipmh.arxiv.org/oai"
    assert len(fetcher.asked) == 3


def test_a_refusal_is_not_asked_for_again() -> None:
    fetcher = in_turn((403, b""))
    with pytest.raises(FetchError, match="403"):
        changed(fetcher)
    assert len(fetcher.asked) == 1


def test_an_unknown_category_is_said_at_once() -> None:
    fetcher = in_turn(b"")
    with pytest.raises(UnknownCategory):
        next(ArxivOai(fetcher).changed("cs:LG", DAY))
    assert fetcher.asked == []


# --- single records -------------------------------------------------------------------------------------------------


def test_a_record_is_asked_for_by_the_papers_id() -> None:
    fetcher = in_turn(records(Told(id="math/0402999"), verb="GetRecord"))
    assert ArxivOai(fetcher).record("math.NA/0402999v3").paper.id == "math/0402999"
    assert fetcher.asked == [
        {"verb": "GetRecord", "metadataPrefix": "arXivRaw", "identifier": "oai:arXiv.org:math/0402999"}
    ]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (oai_error("idDoesNotExist", "unknown"), "refused .idDoesNotExist.: unknown"),
        (records(Told(id="2603.00001", deleted=True), verb="GetRecord"), "its record is deleted"),
        (records(Told(id="2603.00002"), verb="GetRecord"), "another paper's record came"),
    ],
)
def test_a_record_that_is_not_told_is_an_error(answer: bytes, what: str) -> None:
    with pytest.raises(FetchError, match=what):
        ArxivOai(in_turn(answer)).record("2603.00001")


def test_what_is_no_id_is_not_asked_for() -> None:
    with pytest.raises(InvalidId):
        ArxivOai(in_turn(b"")).record("a paper")


# --- on the wire ----------------------------------------------------------------------------------------------------


def test_a_token_is_encoded_once_more() -> None:
    """arXiv prints its tokens percent-encoded. The client fails to connect, and says which address it asked."""
    client = HttpClient(agent=user_agent(), patience=Patience(tries=1))
    with client, pytest.raises(FetchError) as caught:
        client.get("http://127.0.0.1:9/oai", params={"resumptionToken": "verb%3DListRecords%26skip%3D2"})
    query = urlsplit(caught.value.subject).query
    assert parse_qs(query) == {"resumptionToken": ["verb%3DListRecords%26skip%3D2"]}
    assert "%253D" in query
