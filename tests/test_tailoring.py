"""Tailoring: the file format both ways, each kind of block against arithmetic by hand, and the real model cut."""

import json
import struct
from collections.abc import Iterator
from contextlib import closing
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local_model import embedded_model
from zhaiyao.asking import Request
from zhaiyao.engines.local import LocalEngine, LocalSpec, load, traits_of
from zhaiyao.engines.models import MODEL_NAME, TAILORED_NAME, WHOLE, ModelFile, locate, packaged_tokens
from zhaiyao.engines.tailoring import cut, merged, packed, unpacked
from zhaiyao.engines.tailoring_gguf import BLOCKS, F16, F32, Q4_K, Q5_0, Q6_K, Q8_0, Gguf, Tensor, read, written
from zhaiyao.engines.tailoring_quants import q8_0, weights
from zhaiyao.errors import EngineError
from zhaiyao.records import RenditionKind

TOKENS = ["<pad>", "<eos>", "<bos>", "a", "b", "ab", "读", "é"]
WIDTH = 64


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def field(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def array_of(kind: int, *items: bytes) -> bytes:
    return struct.pack("<IQ", kind, len(items)) + b"".join(items)


def gguf(fields: list[bytes], tensors: list[tuple[str, tuple[int, ...], int, bytes]]) -> bytes:
    """A file as the format's description says."""
    head, body = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(fields)) + b"".join(fields), b""
    for name, shape, kind, data in tensors:
        head += text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape) + struct.pack("<IQ", kind, len(body))
        body += data + bytes(-len(data) % 32)
    return head + bytes(-len(head) % 32) + body


def blocks(kind: int, count: int, seed: int) -> bytes:
    """Random blocks, their scales finite."""
    random = np.random.default_rng(seed)
    told = random.integers(0, 256, (count, BLOCKS[kind][1]), np.uint8)
    places = {Q5_0: (0,), Q8_0: (0,), Q4_K: (0, 2), Q6_K: (208,), F16: (0,)}.get(kind, ())
    for place in places:
        told[:, place : place + 2] = random.uniform(-2, 2, (count, 1)).astype("<f2").view(np.uint8)
    if kind == F32:
        told = random.uniform(-2, 2, (count, 1)).astype("<f4").view(np.uint8)
    return told.tobytes()


def a_model() -> bytes:
    places = range(len(TOKENS))
    kinds = [struct.pack("<i", 3 if place < 3 else 1) for place in places]
    fields = [
        field("general.name", 8, text("Straw")),
        field("straw.layers", 4, struct.pack("<I", 1)),
        field("straw.odd", 7, b"\x01"),
        field("tokenizer.ggml.tokens", 9, array_of(8, *map(text, TOKENS))),
        field("tokenizer.ggml.scores", 9, array_of(6, *(struct.pack("<f", -place) for place in places))),
        field("tokenizer.ggml.token_type", 9, array_of(5, *kinds)),
        field("tokenizer.ggml.bos_token_id", 4, struct.pack("<I", 2)),
    ]
    return gguf(
        fields,
        [
            ("token_embd.weight", (WIDTH, 8), Q8_0, blocks(Q8_0, 16, 1)),
            ("norm.weight", (7,), F32, blocks(F32, 7, 2)),
            ("blk.0.up.weight", (WIDTH, 3), Q5_0, blocks(Q5_0, 6, 3)),
        ],
    )


def an_adapter() -> bytes:
    down = np.arange(2 * WIDTH, dtype="<f2").reshape(2, WIDTH) / 256
    up = np.array([[1, 0], [0, -1], [0.5, 2]], "<f2")
    return gguf(
        [field("adapter.lora.alpha", 6, struct.pack("<f", 4.0))],
        [
            ("blk.0.up.weight.lora_a", (WIDTH, 2), F16, down.tobytes()),
            ("blk.0.up.weight.lora_b", (2, 3), F16, up.tobytes()),
        ],
    )


def strings_of(file: Gguf) -> list[str]:
    return [token.decode() for token in file.fields["tokenizer.ggml.tokens"].strings()]


def test_what_is_read_is_written_the_same() -> None:
    data = a_model()
    assert b"".join(written(read(data, name="straw"))) == data


@pytest.mark.parametrize("data", [b"", b"GGUF", b"GGML" + a_model()[4:], a_model()[:-33], a_model()[:300]])
def test_what_is_no_such_file_is_an_error(data: bytes) -> None:
    with pytest.raises(EngineError, match="straw: cannot be read as GGUF"):
        read(data, name="straw")


def test_a_kind_of_weights_that_is_not_known_is_an_error() -> None:
    with pytest.raises(EngineError, match="straw: cannot be read as GGUF"):
        read(gguf([], [("odd", (32,), 99, b"")]), name="straw")


def test_a_cut_model_has_the_chosen_tokens_and_their_rows() -> None:
    whole = read(a_model(), name="straw")
    small = read(b"".join(written(cut(whole, np.array([0, 2, 5, 6])))), name="cut")
    assert strings_of(small) == ["<pad>", "<bos>", "ab", "读"]
    assert small.fields["tokenizer.ggml.scores"].array("<f4").tolist() == [0, -2, -5, -6]
    assert small.fields["tokenizer.ggml.token_type"].array("<i4").tolist() == [3, 3, 1, 1]
    assert small.fields["tokenizer.ggml.bos_token_id"].number() == 1
    table = small.tensors["token_embd.weight"]
    assert table.shape == (WIDTH, 4)
    assert np.array_equal(table.rows(), whole.tensors["token_embd.weight"].rows()[[0, 2, 5, 6]])
    for same in ("norm.weight", "blk.0.up.weight"):
        assert np.array_equal(small.tensors[same].rows(), whole.tensors[same].rows())


def test_a_mark_that_the_model_needs_cannot_be_cut() -> None:
    with pytest.raises(EngineError, match=r"leaves out tokenizer\.ggml\.bos_token_id"):
        cut(read(a_model(), name="straw"), np.array([0, 1, 3]))


def test_an_adapter_is_added_by_its_scale() -> None:
    model, adapter = read(a_model(), name="straw"), read(an_adapter(), name="adapter")
    both = merged(model, adapter)
    before, after = model.tensors["blk.0.up.weight"], both.tensors["blk.0.up.weight"]
    down = np.arange(2 * WIDTH).reshape(2, WIDTH) / 256
    expected = weights(before) + 2 * np.array([down[0], -down[1], 0.5 * down[0] + 2 * down[1]])
    assert (after.kind, after.shape) == (Q8_0, (WIDTH, 3))
    assert np.abs(weights(after) - expected).max() <= np.abs(expected).max() / 200
    assert both.tensors["norm.weight"] is model.tensors["norm.weight"]


@given(st.sets(st.integers(0, 4000)).map(sorted))
@settings(deadline=None, max_examples=50)
def test_a_list_of_tokens_can_be_packed(ids: list[int]) -> None:
    assert unpacked(packed(np.array(ids, np.intp), size=4001)).tolist() == ids


def half(data: bytes, place: int) -> float:
    return float(struct.unpack_from("<e", data, place)[0])


def by_hand(kind: int, data: bytes) -> Iterator[float]:
    """One block's weights, weight by weight, after ggml's description of the formats."""
    if kind == F32:
        yield struct.unpack("<f", data)[0]
    elif kind == F16:
        yield half(data, 0)
    elif kind == Q8_0:
        yield from (half(data, 0) * value for value in struct.unpack("<32b", data[2:]))
    elif kind == Q5_0:
        high = int.from_bytes(data[2:6], "little")
        for place in range(32):
            low = data[6 + place % 16] >> 4 * (place // 16) & 15
            yield half(data, 0) * ((low | (high >> place & 1) << 4) - 16)
    elif kind == Q4_K:
        for place in range(256):
            scale, least = scale_and_least(place // 32, data[4:16])
            level = data[16 + place // 64 * 32 + place % 32] >> 4 * (place // 32 % 2) & 15
            yield half(data, 0) * scale * level - half(data, 2) * least
    else:
        for place in range(256):
            part, rest = divmod(place, 128)
            quarter, column = divmod(rest, 32)
            low = data[64 * part + 32 * (quarter % 2) + column] >> 4 * (quarter // 2) & 15
            high = data[128 + 32 * part + column] >> 2 * quarter & 3
            scale = struct.unpack_from("<b", data, 192 + place // 16)[0]
            yield half(data, 208) * scale * ((low | high << 4) - 32)


def scale_and_least(part: int, packed_scales: bytes) -> tuple[int, int]:
    if part < 4:
        return packed_scales[part] & 63, packed_scales[part + 4] & 63
    low, high, other = packed_scales[part + 4], packed_scales[part - 4] >> 6, packed_scales[part] >> 6
    return low & 15 | high << 4, low >> 4 | other << 4


@pytest.mark.parametrize("kind", [F32, F16, Q5_0, Q8_0, Q4_K, Q6_K])
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=10)
def test_blocks_mean_what_their_format_says(kind: int, seed: int) -> None:
    count, (length, size) = 6, BLOCKS[kind]
    data = blocks(kind, count, seed)
    stored = np.frombuffer(data, np.uint8).reshape(2, -1)
    told = weights(Tensor(kind=kind, shape=(3 * length, 2), rows=lambda: stored))
    expected = [list(by_hand(kind, data[size * place : size * (place + 1)])) for place in range(count)]
    assert told.shape == (2, 3 * length)
    assert told.ravel().tolist() == [value for block in expected for value in block]


@given(seed=st.integers(0, 2**32), size=st.sampled_from([0.0, 1e-3, 1.0, 50.0]))
@settings(deadline=None, max_examples=30)
def test_weights_are_rounded_by_little(seed: int, size: float) -> None:
    values = np.random.default_rng(seed).normal(0, size, (3, 96)) if size else np.zeros((3, 96))
    stored = q8_0(values)
    assert stored.shape == (3, 3 * 34)
    told = weights(Tensor(kind=Q8_0, shape=(96, 3), rows=lambda: stored))
    most = np.abs(values).reshape(3, 3, 32).max(axis=2).repeat(32, axis=1)
    assert (np.abs(told - values) <= most * (1 / 254 + 1 / 1024) + 1e-7).all()


def test_the_packaged_list_is_small_and_of_this_vocabulary() -> None:
    told = packaged_tokens()
    ids = unpacked(told)
    assert len(told) < 100_000
    assert 50_000 < len(ids) < 120_000
    assert ids[-1] < 262_144


SENTENCES = (
    "We study the spectral gap of random regular graphs and prove a matching lower bound.",
    "Photoluminescence quenching in MoS2 monolayers is attributed to trion formation at 77 K.",
    "Our retrieval-augmented agent reaches 61.3% on HotpotQA, a gain of 4 points over ReAct.",
    "Bayesian hierarchical models of antimicrobial resistance disagree with maximum likelihood estimates.",
)


def request(sentence: str, *, most: int = 120) -> Request:
    prompt = f"English: {sentence}\nChinese:"
    return Request(
        kind=RenditionKind.TITLE, system="", prompt=prompt, sources=(sentence,), max_tokens=most, stop=("\n",)
    )


@pytest.fixture(scope="module")
def models(request: pytest.FixtureRequest) -> Path:
    return embedded_model(request.config)[0]


@pytest.mark.model
@pytest.mark.xdist_group("model")
class TestTheRealModel:
    def test_it_says_that_it_was_changed_and_by_whose_terms(self, models: Path) -> None:
        file = read((models / f"{TAILORED_NAME}.gguf").read_bytes(), name="tailored")
        told = file.fields["general.description"].data.decode("utf-8", "replace")
        assert "Modified from Gemma 3 270M by Zhaiyao" in told
        assert "subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms" in told
        table = file.tensors["token_embd.weight"]
        assert prod(table.shape) == len(strings_of(file)) * 640

    def test_the_cut_alone_changes_no_answer(self, models: Path, tmp_path: Path) -> None:
        whole = locate(WHOLE, models)
        file = cut(read(whole.path.read_bytes(), name=MODEL_NAME), unpacked(packaged_tokens()))
        path = tmp_path / "cut.gguf"
        path.write_bytes(b"".join(written(file)))
        spec = LocalSpec(models=models, slots=1)  # several at once are rounded by who is beside whom
        told = []
        for model in (whole, ModelFile(name="cut", path=path, adapter=whole.adapter, is_trained=True)):
            with closing(LocalEngine(load(model, spec, 512), traits_of(model), slots=1)) as engine:
                replies = engine.ask([request(sentence) for sentence in SENTENCES])
            told.append([(reply.text, reply.prompt_tokens, reply.completion_tokens) for reply in replies])
        assert told[0] == told[1], json.dumps(told, ensure_ascii=False, indent=1)
