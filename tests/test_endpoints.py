"""Embedders from elsewhere: a local server of embeddings that also goes wrong, and a model that a test plays."""

import math

import numpy as np
import pytest

from tests.chat_server import Answer, ChatServer, document, refused
from zhaiyao.errors import EmbedderError, SearchError
from zhaiyao.features import Passage
from zhaiyao.features.endpoints import AT_ONCE, LONGEST, REST, Endpoint, EndpointEmbedder, SentenceEmbedder, embedder_of


def vectors(*rows: list[float], order: list[int] | None = None) -> Answer:
    """Embeddings in OpenAI's form."""
    told = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
    data = [told[at] for at in order] if order else told
    return document({"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}})


@pytest.fixture
def server():
    with ChatServer() as made:
        yield made


@pytest.fixture
def embedder(server):
    with EndpointEmbedder(Endpoint(model="m", base_url=server.url, api_key="secret-key", timeout=5)) as made:
        yield made


def test_texts_become_rows_of_length_one_in_their_order(server, embedder):
    server.next(vectors([3, 4], [0, 2], order=[1, 0]))
    rows = embedder.embed([Passage(title="a", body="b"), Passage(), Passage(body="c")])
    assert np.allclose(rows, [[0.6, 0.8], [0, 0], [0, 1]])
    assert server.requests[-1].body["input"] == ["a\nb", "c"]
    assert server.requests[-1].headers["authorization"] == "Bearer secret-key"
    assert "dimensions" not in server.requests[-1].body


def test_the_endpoint_tells_the_length_once(server, embedder):
    server.next(vectors([1, 2, 3]))
    assert (embedder.dimensions, embedder.dimensions, embedder.name) == (3, 3, "endpoint:m")
    assert len(server.requests) == 1


def test_a_wanted_length_is_asked_for(server):
    server.next(vectors([1, 2]))
    with EndpointEmbedder(Endpoint(model="m", base_url=server.url, dimensions=2)) as embedder:
        embedder.embed([Passage(title="a")])
    assert server.requests[0].body["dimensions"] == 2


def test_many_texts_go_in_several_requests_and_long_ones_are_cut(server):
    server.next(vectors(*[[1.0, 0.0]] * AT_ONCE), vectors([0, 1]))
    with EndpointEmbedder(Endpoint(model="m", base_url=server.url, dimensions=2)) as embedder:
        rows = embedder.embed([Passage(title="x" * (LONGEST + 5))] * (AT_ONCE + 1))
    assert rows[-1].tolist() == [0, 1]
    assert [len(asked.body["input"]) for asked in server.requests] == [AT_ONCE, 1]
    assert len(server.requests[1].body["input"][0]) == LONGEST


def test_nothing_to_embed_asks_nobody(server):
    with EndpointEmbedder(Endpoint(model="m", base_url=server.url, dimensions=2)) as embedder:
        assert embedder.embed([]).shape == (0, 2)
        assert embedder.embed([Passage()]).tolist() == [[0, 0]]
        assert embedder.hubness(np.zeros((3, 2), np.float32)).tolist() == [0, 0, 0]
    assert server.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        refused(401, "Wrong key secret-key."),
        refused(404, "No such model."),
        vectors([1, 2], [3, 4]),
        vectors(),
        vectors([1, 2, 3]),
        vectors([]),
        document({"data": [{"index": 0, "embedding": ["a", "b"]}]}),
        document({"data": [{"index": 0, "embedding": [math.inf, 1]}]}),
        document({"data": None}),
        document([1]),
        document({}),
    ],
)
def test_what_goes_wrong_is_told_without_the_key(server, answer):
    server.next(answer)
    embedder = EndpointEmbedder(Endpoint(model="m", base_url=server.url, api_key="secret-key", dimensions=2))
    with embedder, pytest.raises(SearchError, match="endpoint failed") as told:
        embedder.embed([Passage(title="a")])
    assert "secret-key" not in str(told.value)


def test_a_busy_server_is_asked_again(server):
    server.next(refused(429, retry_after="0"), vectors([0, 1], [0, 1]))
    with EndpointEmbedder(Endpoint(model="m", base_url=server.url, dimensions=2)) as embedder:
        assert embedder.embed([Passage(title="a"), Passage(title="b")]).tolist() == [[0, 1], [0, 1]]


def test_a_query_is_tried_once_and_a_failed_endpoint_is_left_in_peace_for_a_while(server):
    now = [0.0]
    server.next(refused(429, retry_after="0"), vectors([0, 1]))
    endpoint = Endpoint(model="m", base_url=server.url, dimensions=2)
    with EndpointEmbedder(endpoint, clock=lambda: now[0]) as embedder:
        for now[0] in (0, REST - 1):
            with pytest.raises(EmbedderError, match="endpoint failed"):
                embedder.embed([Passage(title="a")])
        assert len(server.requests) == 1
        now[0] = REST
        assert embedder.embed([Passage(title="a")]).tolist() == [[0, 1]]


def test_an_embedder_by_its_kind():
    assert embedder_of("", model="") is None
    found = embedder_of("endpoint", model="m", base_url="http://localhost:1/v1", api_key="k")
    assert (found and found.name) == "endpoint:m"
    for kind, model in (("endpoint", ""), ("oracle", "m")):
        with pytest.raises(SearchError):
            embedder_of(kind, model=model)


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        (Endpoint(model=""), "no model"),
        (Endpoint(model="m"), "no key"),
        (Endpoint(model="m", base_url="localhost:1"), "not the address"),
    ],
)
def test_settings_that_cannot_work_are_refused(endpoint, why):
    with pytest.raises(SearchError, match=why):
        EndpointEmbedder(endpoint)


def test_the_key_is_not_shown():
    assert "hidden" not in repr(Endpoint(model="m", api_key="hidden"))


class Model:
    """Plays a sentence-transformers model: length and number of words."""

    def encode(self, sentences, *, convert_to_numpy, show_progress_bar):
        assert convert_to_numpy
        assert not show_progress_bar
        return np.array([[len(one), len(one.split())] for one in sentences], np.float32)

    def get_sentence_embedding_dimension(self):
        return 2


def test_a_model_in_this_process():
    embedder = SentenceEmbedder(Model(), named="test")
    rows = embedder.embed([Passage(title="abc", body="d"), Passage()])
    assert np.allclose(rows, [[5 / math.hypot(5, 2), 2 / math.hypot(5, 2)], [0, 0]])
    assert (embedder.name, embedder.version, embedder.dimensions) == ("sentence:test", "test@2", 2)
    assert embedder.hubness(rows).tolist() == [0, 0]


def test_a_missing_library_is_told():
    try:
        import sentence_transformers  # noqa: F401
    except ImportError:
        with pytest.raises(SearchError, match="not installed"):
            SentenceEmbedder.open("some/model")
    else:
        pytest.skip("sentence-transformers is installed here")
