import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.arxiv_server import server as trouble
from tests.arxiv_server.server import ArxivServer
from zhaiyao.errors import FetchError, ParseError
from zhaiyao.http import (
    MAX_HOPS,
    MEGABYTE,
    Fetcher,
    HttpClient,
    Patience,
    Response,
    ResponseCache,
    one_line_of,
    refusal,
    refuse_downgrade,
    retry_after,
    user_agent,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@dataclass
class Counter:
    """A turnstile that remembers who came through."""

    wait: float = 0.0
    turns: int = 0
    backed_off: list[float] = field(default_factory=list)
    inside: bool = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        assert not self.inside, "one at a time"
        self.turns += 1
        time.sleep(self.wait)
        self.inside = True
        try:
            yield
        finally:
            self.inside = False

    def back_off(self, seconds: float) -> None:
        assert not self.inside, "the file gate would wait for itself"
        self.backed_off.append(seconds)


@dataclass
class Rig:
    """A client whose clock stands still and whose pauses are noted instead of slept."""

    client: HttpClient
    gate: Counter
    pauses: list[float]


Rigging = Callable[..., Rig]


@pytest.fixture
def rig() -> Iterator[Rigging]:
    clients: list[HttpClient] = []

    def make(*, size_limit: int = MEGABYTE, **patience: float) -> Rig:
        pauses: list[float] = []
        gate = Counter()
        client = HttpClient(
            agent=user_agent("reader@example.org"),
            size_limit=size_limit,
            patience=Patience(**patience),  # type: ignore[arg-type]
            gate=gate,
            clock=lambda: NOW,
            sleep=pauses.append,
        )
        clients.append(client)
        return Rig(client, gate, pauses)

    yield make
    for client in clients:
        client.close()


def test_an_answer_comes_whole_with_its_headers(arxiv: ArxivServer, rig: Rigging) -> None:
    fetcher: Fetcher = rig().client
    answer = fetcher.get(f"{arxiv.url}/rss/cs.LG")
    assert answer.url == f"{arxiv.url}/rss/cs.LG"
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/rss+xml"
    assert answer.content.startswith(b"<?xml")
    assert answer.content.endswith(b"</rss>\n")


def test_it_says_who_asks_and_what_for(arxiv: ArxivServer, rig: Rigging) -> None:
    rig().client.get(f"{arxiv.url}/rss/cs.LG", params={"version": "2.0"})
    (asked,) = arxiv.requests
    assert asked.headers["user-agent"].startswith("zhaiyao/")
    assert "reader@example.org" in asked.headers["user-agent"]
    for sent in ("application/rss+xml", "application/atom+xml", "text/xml", "text/html", "*/*"):
        assert sent in asked.headers["accept"]
    assert asked.query == {"version": "2.0"}


def test_a_plus_in_the_path_stays_one(arxiv: ArxivServer, rig: Rigging) -> None:
    rig().client.get(f"{arxiv.url}/rss/cs.LG+stat.ML")
    assert arxiv.requests[0].path == "/rss/cs.LG+stat.ML"


def test_a_compressed_answer_is_unpacked(arxiv: ArxivServer, rig: Rigging) -> None:
    plain = rig().client.get(f"{arxiv.url}/rss/cs.LG").content
    arxiv.next(trouble.zipped)
    assert rig().client.get(f"{arxiv.url}/rss/cs.LG").content == plain


def test_a_closed_client_opens_again(arxiv: ArxivServer, rig: Rigging) -> None:
    client = rig().client
    with client:
        client.get(f"{arxiv.url}/rss/cs.LG")
    client.close()
    assert client.get(f"{arxiv.url}/rss/cs.LG").status == 200


def test_redirects_are_followed_and_each_hop_takes_its_turn(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig()
    arxiv.next(trouble.redirected("/rss/cs.LG", 301), trouble.redirected(f"{arxiv.url}/atom/cs.LG"))
    answer = made.client.get(f"{arxiv.url}/old/rss/cs.LG")
    assert answer.url == f"{arxiv.url}/atom/cs.LG"
    assert made.gate.turns == 3


@pytest.mark.parametrize(
    ("to", "what"),
    [
        ("/rss/cs.LG", f"redirected more than {MAX_HOPS} times"),
        ("ftp://127.0.0.1/feed", "not an address that can be asked"),
        ("http://[::1", "302 Found"),
    ],
)
def test_a_redirect_into_nothing_is_an_error(arxiv: ArxivServer, rig: Rigging, to: str, what: str) -> None:
    arxiv.always(trouble.redirected(to))
    with pytest.raises(FetchError, match=what.replace("(", r"\(")) as caught:
        rig().client.get(f"{arxiv.url}/rss/cs.LG")
    assert caught.value.hint
    assert len(arxiv.requests) <= MAX_HOPS + 1


def test_nobody_is_led_from_https_to_http() -> None:
    refuse_downgrade("https://a.example/x", "https://b.example/y")
    refuse_downgrade("http://a.example/x", "http://b.example/y")
    with pytest.raises(FetchError, match="from https to http://b"):
        refuse_downgrade("https://a.example/x", "http://b.example/y")


@pytest.mark.parametrize(
    ("status", "named", "hint"),
    [
        (400, "400 Bad Request", "spelling of the category"),
        (401, "401 Unauthorized", "check the address"),
        (403, "403 Forbidden", "attack"),
        (404, "404 Not Found", "address"),
        (418, "418 I'm a Teapot", "address"),
        (501, "501 Not Implemented", "some minutes"),
        (599, "599", "some minutes"),
    ],
)
def test_a_refusal_is_named_and_not_repeated(
    arxiv: ArxivServer, rig: Rigging, status: int, named: str, hint: str
) -> None:
    made = rig()
    arxiv.always(trouble.refused(status, text="Not today."))
    with pytest.raises(FetchError) as caught:
        made.client.get(f"{arxiv.url}/rss/cs.LG")
    assert caught.value.what == f"the server answered {named}: Not today."
    assert caught.value.subject == f"{arxiv.url}/rss/cs.LG"
    assert hint in caught.value.hint
    assert len(arxiv.requests) == 1
    assert made.pauses == []


def test_after_a_403_nobody_asks_for_an_hour(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig()
    arxiv.next(trouble.refused(403, text="Not you."), trouble.refused(404))
    for status in (403, 404):
        with pytest.raises(FetchError, match=str(status)):
            made.client.get(f"{arxiv.url}/rss/cs.LG")
    assert made.gate.backed_off == [3600]


def test_a_page_sent_with_a_refusal_is_not_quoted() -> None:
    page = Response(url="u", status=500, headers={"content-type": "text/html"}, content=b"<p>boo</p>")
    assert refusal(page).what == "the server answered 500 Internal Server Error"


def test_an_expected_status_comes_back_as_an_answer(arxiv: ArxivServer, rig: Rigging) -> None:
    answer = rig().client.get(f"{arxiv.url}/rss/cs.XX", expect=(400,))
    assert answer.status == 400
    assert b"Bad subject class" in answer.content


@pytest.mark.parametrize("status", [406, 408, 429, 500, 502, 504, 520])
def test_a_passing_refusal_is_tried_again_later_and_later(arxiv: ArxivServer, rig: Rigging, status: int) -> None:
    made = rig()
    arxiv.next(trouble.refused(status), trouble.refused(status))
    assert made.client.get(f"{arxiv.url}/rss/cs.LG").status == 200
    first, second = made.pauses
    assert 10 <= first <= 15
    assert 20 <= second <= 30
    assert made.gate.turns == 3
    assert made.gate.backed_off == [10, 10]


@pytest.mark.parametrize("told", ["", "0"])
def test_a_server_out_of_breath_gets_half_a_minute_at_least(arxiv: ArxivServer, rig: Rigging, told: str) -> None:
    made = rig()
    timeout = b"<html><head><title>503 first byte timeout</title></head><body>Varnish cache server</body></html>"
    headers = {"Content-Type": "text/html"} | ({"Retry-After": told} if told else {})
    arxiv.next(lambda _: trouble.Answer(status=503, body=timeout, headers=headers))
    assert made.client.get(f"{arxiv.url}/rss/cs.LG").status == 200
    (pause,) = made.pauses
    assert 30 <= pause <= 45
    assert made.gate.backed_off == [30]


def test_no_pause_grows_beyond_the_longest(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig(tries=5, refused=10, longest=25)
    arxiv.always(trouble.refused(429))
    with pytest.raises(FetchError):
        made.client.get(f"{arxiv.url}/rss/cs.LG")
    assert made.pauses[2:] == [25, 25]


def test_a_server_of_ones_own_needs_no_pauses(arxiv: ArxivServer) -> None:
    pauses: list[float] = []
    patience = Patience().without_pauses()
    arxiv.next(trouble.refused(503), trouble.refused(429), trouble.broken_off(9))
    with HttpClient(agent="test", patience=patience, sleep=pauses.append) as client:
        assert client.get(f"{arxiv.url}/rss/cs.LG").status == 200
    assert pauses == [0, 0, 0]


def test_after_the_last_try_the_refusal_is_told(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig(tries=3)
    arxiv.always(trouble.refused(429))
    with pytest.raises(FetchError, match=r"429 Too Many Requests: Rate exceeded\.") as caught:
        made.client.get(f"{arxiv.url}/rss/cs.LG")
    assert "some minutes" in caught.value.hint
    assert len(arxiv.requests) == 3
    assert len(made.pauses) == 2


@pytest.mark.parametrize("told", ["60", "Wed, 04 Mar 2026 05:07:07 GMT"])
def test_retry_after_is_honoured_by_us_and_by_the_others(arxiv: ArxivServer, rig: Rigging, told: str) -> None:
    made = rig()
    arxiv.next(trouble.refused(503, retry_after=told))
    made.client.get(f"{arxiv.url}/rss/cs.LG")
    assert made.pauses == [60]
    assert made.gate.backed_off == [60]


def test_nobody_sleeps_for_an_hour(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig()
    arxiv.always(trouble.refused(503, retry_after="3600"))
    with pytest.raises(FetchError, match="asks to wait 3600 seconds"):
        made.client.get(f"{arxiv.url}/rss/cs.LG")
    assert made.pauses == []
    assert made.gate.backed_off == [3600]


def test_a_broken_connection_is_tried_again_soon(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig()
    arxiv.next(trouble.broken_off(100))
    assert made.client.get(f"{arxiv.url}/rss/cs.LG").content.endswith(b"</rss>\n")
    (pause,) = made.pauses
    assert 1 <= pause <= 1.5
    assert made.gate.backed_off == []


def test_an_answer_without_a_byte_is_tried_again_soon(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig()
    arxiv.next(trouble.replaced(b""))
    assert made.client.get(f"{arxiv.url}/rss/cs.LG").content
    assert len(made.pauses) == 1
    arxiv.always(trouble.replaced(b""))
    with pytest.raises(FetchError, match="the answer is empty"):
        made.client.get(f"{arxiv.url}/rss/cs.LG")
    assert len(made.pauses) == 4


def test_gzip_that_is_none_is_tried_again_soon(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig()
    arxiv.next(lambda answer: trouble.replaced(b"\x1f\x8bgarbage")(trouble.zipped(answer)))
    assert made.client.get(f"{arxiv.url}/rss/cs.LG").content.endswith(b"</rss>\n")
    assert len(made.pauses) == 1


def test_a_connection_that_always_breaks_is_an_error(arxiv: ArxivServer, rig: Rigging) -> None:
    arxiv.always(trouble.broken_off(100))
    with pytest.raises(FetchError, match="the connection broke"):
        rig(tries=2).client.get(f"{arxiv.url}/rss/cs.LG")


def test_damaged_compression_is_an_error(arxiv: ArxivServer, rig: Rigging) -> None:
    arxiv.always(lambda answer: trouble.replaced(b"plain after all")(trouble.zipped(answer)))
    with pytest.raises(FetchError, match="the answer is damaged"):
        rig(tries=2).client.get(f"{arxiv.url}/rss/cs.LG")


def test_silence_ends_after_the_timeout(arxiv: ArxivServer, rig: Rigging) -> None:
    arxiv.always(trouble.slow(0.3))
    with pytest.raises(FetchError, match=r"no answer within 0\.05 seconds"):
        rig(tries=1, timeout=0.05).client.get(f"{arxiv.url}/rss/cs.LG")


def test_an_answer_that_never_ends_is_given_up_at_the_deadline(arxiv: ArxivServer, rig: Rigging) -> None:
    arxiv.always(trouble.dripping(0.02))
    with pytest.raises(FetchError, match=r"not complete after 0\.1 seconds"):
        rig(tries=1, deadline=0.1).client.get(f"{arxiv.url}/rss/cs.LG")


def test_waiting_at_the_gate_does_not_count(arxiv: ArxivServer) -> None:
    with HttpClient(agent="test", gate=Counter(wait=0.6), patience=Patience(deadline=0.5, tries=1)) as client:
        assert client.get(f"{arxiv.url}/rss/cs.LG").status == 200


def test_a_refusal_that_never_ends_is_given_up_too(arxiv: ArxivServer, rig: Rigging) -> None:
    arxiv.always(lambda _: trouble.Answer(status=404, body=b"x" * 1000, drip=0.02))
    with pytest.raises(FetchError, match=r"not complete after 0\.1 seconds"):
        rig(tries=1, deadline=0.1).client.get(f"{arxiv.url}/rss/cs.LG")


def test_nobody_there_is_an_error_after_all_tries(rig: Rigging) -> None:
    with ArxivServer() as gone:
        url = gone.url
    made = rig()
    with pytest.raises(FetchError, match="cannot be reached") as caught:
        made.client.get(f"{url}/rss/cs.LG")
    assert "Check the network" in caught.value.hint
    assert len(made.pauses) == 3


def test_a_login_in_an_address_is_not_shown(arxiv: ArxivServer, rig: Rigging) -> None:
    arxiv.next(lambda answer: answer, trouble.refused(404))
    url = f"{arxiv.url}/rss/cs.LG"
    with_login = url.replace("//", "//reader:secret@")
    assert rig().client.get(with_login).url == url
    with pytest.raises(FetchError) as caught:
        rig().client.get(with_login)
    assert caught.value.subject == url


def test_a_server_that_cannot_speak_tls_is_an_error_at_once(arxiv: ArxivServer, rig: Rigging) -> None:
    made = rig()
    with pytest.raises(FetchError, match="no connection that can be trusted"):
        made.client.get(f"{arxiv.url.replace('http:', 'https:')}/rss/cs.LG")
    assert made.pauses == []


@pytest.mark.parametrize(
    "wrong",
    [trouble.announcing(50 * MEGABYTE), trouble.flooding(50 * MEGABYTE), trouble.bomb(50 * MEGABYTE)],
    ids=["announced", "unannounced", "packed"],
)
def test_fifty_megabytes_are_refused_before_they_fill_memory(
    arxiv: ArxivServer, rig: Rigging, wrong: trouble.Trouble
) -> None:
    made = rig(size_limit=2 * MEGABYTE)
    body = wrong(trouble.Answer(body=b"<rss/>"))  # made before the measuring begins
    arxiv.next(lambda _: body)
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match="larger than 2 MB") as caught:
            made.client.get(f"{arxiv.url}/rss/cs.LG")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "something else answers" in caught.value.hint
    assert len(arxiv.requests) == 1
    assert peak < 12 * MEGABYTE


def test_an_answer_of_just_the_limit_passes(arxiv: ArxivServer, rig: Rigging) -> None:
    arxiv.always(trouble.replaced(b"x" * 1000))
    assert len(rig(size_limit=1000).client.get(f"{arxiv.url}/rss/cs.LG").content) == 1000
    with pytest.raises(FetchError, match="larger than"):
        rig(size_limit=999).client.get(f"{arxiv.url}/rss/cs.LG")


def test_a_proxy_is_not_asked_for_this_machine(
    arxiv: ArxivServer, rig: Rigging, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with ArxivServer() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert rig().client.get(f"{arxiv.url}/rss/cs.LG").status == 200
        assert proxy.requests == []
        assert rig().client.get("http://feeds.example/rss/cs.LG").status == 200
        assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("variable", "value", "what"),
    [
        ("ALL_PROXY", "gopher://127.0.0.1:1", "gopher"),
        ("HTTPS_PROXY", "http://[::1", "Invalid"),
        ("SSL_CERT_FILE", "/no/such/file.pem", "No such file"),
    ],
)
def test_network_settings_that_cannot_be_used_are_said(
    arxiv: ArxivServer, rig: Rigging, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, what: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(FetchError, match=what) as caught:
        rig().client.get(f"{arxiv.url}/rss/cs.LG")
    assert variable in caught.value.subject


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rss.arxiv.org",
        "ftp://rss.arxiv.org/x",
        "http://",
        "http://[::1",
        "http://host:port/",
        "http://a\nb/",
        "http://a..b/",
        f"http://{'x' * 64}.example/",
        f"http://127.0.0.1/{'x' * 70_000}",
    ],
)
def test_what_is_no_address_is_an_error_at_once(rig: Rigging, url: str) -> None:
    made = rig()
    with pytest.raises(FetchError, match="not an address that can be asked") as caught:
        made.client.get(url)
    assert "https://" in caught.value.hint
    assert "\n" not in caught.value.subject
    assert made.pauses == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", 0),
        ("0", 0),
        (" 120 ", 120),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("²", 0),
        ("Wed, 04 Mar 2026 05:06:37 GMT", 30),
        ("Wed, 04 Mar 2026 05:06:37 -0000", 30),
        ("Wed, 04 Mar 2026 05:00:00 GMT", 0),
        ("Wed, 04 Mar 2026 00:06:37 -0500", 30),
    ],
)
def test_retry_after_in_both_its_forms(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=60) | st.from_regex(r"\w{3}, \d+ Mar \d+ \d+:\d\d:\d\d [+-]\d+", fullmatch=True))
def test_retry_after_takes_anything(value: str) -> None:
    assert retry_after(value, NOW) >= 0


@pytest.mark.parametrize(
    ("contact", "about"),
    [
        ("", "(reads arXiv announcements)"),
        ("me@example.org", "(reads arXiv announcements; contact: me@example.org)"),
        ("me@example.org\r\nX-Evil: 1", "(reads arXiv announcements; contact: me@example.orgX-Evil: 1)"),
        ("读者 (me@example.org)", "(reads arXiv announcements; contact: me@example.org)"),
    ],
)
def test_the_user_agent_is_one_honest_header(contact: str, about: str) -> None:
    assert user_agent(contact).endswith(about)


@given(st.text(max_size=2000))
def test_foreign_text_fits_into_a_message(text: str) -> None:
    shown = one_line_of(text)
    assert shown.isprintable() or not shown
    assert len(shown) <= 301


# --- what has not changed -------------------------------------------------------------------------------------------


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[HttpClient]:
    with HttpClient(agent="test", cache=ResponseCache(tmp_path / "answers"), sleep=lambda _: None) as client:
        yield client


def tagged(etag: str, body: bytes = b"<rss/>") -> trouble.Trouble:
    return lambda _: trouble.Answer(body=body, headers={"ETag": etag, "Content-Type": "application/rss+xml"})


NOT_MODIFIED = trouble.Answer(status=304)


@pytest.mark.parametrize("etag", ["5f6c9a" * 10, '"quoted"', 'W/"weak"'])
def test_an_etag_goes_back_as_it_came(arxiv: ArxivServer, keeping: HttpClient, etag: str) -> None:
    arxiv.next(tagged(etag), lambda _: NOT_MODIFIED)
    first = keeping.get(f"{arxiv.url}/rss/cs.LG")
    again = keeping.get(f"{arxiv.url}/rss/cs.LG")
    assert not first.unchanged
    assert again.unchanged
    assert (again.status, again.content, again.url) == (200, first.content, first.url)
    assert again.headers["content-type"] == "application/rss+xml"
    before, asked = (request.headers for request in arxiv.requests)
    assert "if-none-match" not in before
    assert asked["if-none-match"] == etag
    assert "if-modified-since" not in asked


def test_what_has_changed_takes_the_place_of_what_was_kept(arxiv: ArxivServer, keeping: HttpClient) -> None:
    url = f"{arxiv.url}/rss/cs.LG"
    arxiv.next(tagged("one"), tagged("two", b"<rss>2</rss>"), lambda _: NOT_MODIFIED)
    answers = [keeping.get(url) for _ in range(3)]
    assert [answer.unchanged for answer in answers] == [False, False, True]
    assert [answer.content for answer in answers] == [b"<rss/>", b"<rss>2</rss>", b"<rss>2</rss>"]
    assert [request.headers.get("if-none-match") for request in arxiv.requests] == [None, "one", "two"]


def test_only_answers_with_an_etag_are_kept_and_by_their_parameters(arxiv: ArxivServer, keeping: HttpClient) -> None:
    arxiv.next(trouble.html_page(), tagged("one"))
    for params in ({}, {}, {"skip": "2000"}):
        assert not keeping.get(f"{arxiv.url}/rss/cs.LG", params=params).unchanged
    assert ["if-none-match" in request.headers for request in arxiv.requests] == [False, False, False]


def test_a_refusal_leaves_what_was_kept(arxiv: ArxivServer, keeping: HttpClient) -> None:
    url = f"{arxiv.url}/rss/cs.LG"
    arxiv.next(tagged("one"), trouble.refused(404), lambda _: NOT_MODIFIED)
    keeping.get(url)
    with pytest.raises(FetchError):
        keeping.get(url)
    assert keeping.get(url).unchanged


def test_an_answer_that_cannot_be_read_is_forgotten(arxiv: ArxivServer, keeping: HttpClient) -> None:
    def refuse(_: bytes) -> None:
        raise ParseError("half a feed", hint="Again.")

    url = f"{arxiv.url}/rss/cs.LG"
    arxiv.next(tagged("one"), tagged("one"), lambda _: NOT_MODIFIED, tagged("one"))
    for number in range(4):
        answer = keeping.get(url)
        if number == 1:
            assert answer.read(len) == len(answer.content)
            continue
        with pytest.raises(ParseError) as caught:
            answer.read(refuse)
        assert (caught.value.what, caught.value.subject, caught.value.hint) == ("half a feed", url, "Again.")
    assert ["if-none-match" in request.headers for request in arxiv.requests] == [False, False, True, False]


def test_an_unasked_304_is_a_refusal(arxiv: ArxivServer, keeping: HttpClient) -> None:
    arxiv.next(lambda _: NOT_MODIFIED)
    with pytest.raises(FetchError, match="304 Not Modified"):
        keeping.get(f"{arxiv.url}/rss/cs.LG")


def test_the_etag_follows_a_redirect(arxiv: ArxivServer, keeping: HttpClient) -> None:
    moved = trouble.redirected("/atom/cs.LG", 301)
    arxiv.next(moved, tagged("one"), moved, lambda _: NOT_MODIFIED)
    assert not keeping.get(f"{arxiv.url}/rss/cs.LG").unchanged
    assert keeping.get(f"{arxiv.url}/rss/cs.LG").unchanged
    assert arxiv.requests[-1].headers["if-none-match"] == "one"


def test_clients_share_what_they_keep(arxiv: ArxivServer, tmp_path: Path) -> None:
    arxiv.next(tagged("one"), lambda _: NOT_MODIFIED)
    shown = []
    for _ in range(2):
        with HttpClient(agent="test", cache=ResponseCache(tmp_path)) as client:
            shown.append(client.get(f"{arxiv.url}/rss/cs.LG").unchanged)
    assert shown == [False, True]


def test_importing_it_loads_no_http_library() -> None:
    check = "import sys, zhaiyao.http; sys.exit(any(name in sys.modules for name in ('httpx2', 'filelock', 'ssl')))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
