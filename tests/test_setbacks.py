"""What held an answer up is known although it came."""

from tests.arxiv_server.server import ArxivServer, refused, shortened
from zhaiyao.errors import FetchError, ParseError
from zhaiyao.http import HttpClient, Patience
from zhaiyao.records import Fault
from zhaiyao.sources.arxiv_api import ArxivApi
from zhaiyao.sources.arxiv_feed import ArxivFeed
from zhaiyao.sources.setbacks import Setbacks


def client(setbacks: Setbacks) -> HttpClient:
    return HttpClient(agent="test", patience=Patience().without_pauses(), overcome=setbacks.note)


def test_a_call_returns_what_was_noted_and_forgets_it() -> None:
    setbacks = Setbacks()
    setbacks.note(FetchError("the server answered 503", subject="http://localhost"))
    setbacks.note(ParseError("cut off", subject="http://localhost"))
    assert setbacks() == ((Fault.UNREACHED, "the server answered 503"), (Fault.UNREADABLE, "cut off"))
    assert setbacks() == ()


def test_a_refusal_that_passed_is_noted(arxiv: ArxivServer) -> None:
    setbacks = Setbacks()
    arxiv.next(refused(503), refused(429))
    with client(setbacks) as http:
        assert ArxivFeed(http, base=arxiv.url).latest("cs.LG").sightings
    assert [fault for fault, _ in setbacks()] == [Fault.UNREACHED, Fault.UNREACHED]


def test_an_answer_that_could_be_read_at_the_second_try_is_noted(arxiv: ArxivServer) -> None:
    setbacks = Setbacks()
    paper_id = next(posting.entry.id for postings in arxiv.world.days.values() for posting in postings)
    arxiv.next(shortened(300))
    with client(setbacks) as http:
        ArxivApi(http, base=arxiv.url).of([paper_id])
    assert Fault.UNREADABLE in [fault for fault, _ in setbacks()]
