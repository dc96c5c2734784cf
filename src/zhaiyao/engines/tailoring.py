"""Cuts a Gemma model to the tokens of English and Chinese science, and merges its adapter in. Values in, values out.

Half of the work of the packaged model is to weigh 262,144 tokens against each other for every token that it writes. Of
these, scientific English and its Chinese translations use a quarter. The rows of the tokens that stay are copied as
they are, and text that is made of them is cut into the same tokens as before: the tokenizer joins pieces, best first,
and every piece on the way to a token that stays is kept too. A word that needs a token which is gone falls into
smaller pieces.

Everything is exact in double precision, in whatever order it is summed (the adapter's factors are multiples of 2^-24),
and rounded once: every machine makes the same bytes, so their SHA-256 is known beforehand.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from zhaiyao.engines.tailoring_gguf import Q8_0, Buffer, Bytes, Gguf, Tensor, array, number, read, string, strings
from zhaiyao.engines.tailoring_quants import q8_0, weights
from zhaiyao.errors import EngineError

Ids = NDArray[np.intp]

_EMBEDDING = "token_embd.weight"
_TOKENS, _SCORES, _KINDS = (f"tokenizer.ggml.{name}" for name in ("tokens", "scores", "token_type"))
_ALPHA = "adapter.lora.alpha"

# Gemma's terms want that a changed file says so.
_MARKS = {
    "general.description": string(
        "Modified from Gemma 3 270M by Zhaiyao: cut to the tokens of English and Chinese science, adapter "
        "zhaiyao-en-zh merged in. Gemma is provided under and subject to the Gemma Terms of Use found at "
        "ai.google.dev/gemma/terms"
    ),
    "general.file_type": number(7),  # mostly Q8_0
}


def tailored(model: Buffer, adapter: Buffer, tokens: bytes) -> Gguf:
    """The model of these bytes, cut to a packed list of tokens, with the adapter in it. Raises EngineError if the
    bytes are not what they should be."""
    made = merged(cut(read(model, name="the model"), unpacked(tokens)), read(adapter, name="the adapter"))
    return Gguf(fields=made.fields | _MARKS, tensors=made.tensors)


def packed(ids: Ids, *, size: int) -> bytes:
    """Token ids below `size` as a compressed list of bits."""
    bits = np.zeros(size, np.bool_)
    bits[ids] = True
    return zlib.compress(np.packbits(bits).tobytes(), 9)


def unpacked(tokens: bytes) -> Ids:
    """The ids of a packed list, rising."""
    return np.flatnonzero(np.unpackbits(np.frombuffer(zlib.decompress(tokens), np.uint8)))


def cut(model: Gguf, ids: Ids) -> Gguf:
    """The model with these tokens only, renumbered in their order; their rows are copied as they are."""
    fields = dict(model.fields)
    tokens = model.fields[_TOKENS].strings()
    fields[_TOKENS] = strings(tokens[place] for place in ids)
    for key, dtype in ((_SCORES, "<f4"), (_KINDS, "<i4")):
        value = model.fields[key]
        fields[key] = array(value.array(dtype)[ids], value.item)
    for key, value in model.fields.items():
        if key.endswith("_token_id"):
            fields[key] = number(_place(value.number(), ids, key))
    table = model.tensors[_EMBEDDING]
    kept = Tensor(kind=table.kind, shape=(table.shape[0], len(ids)), rows=lambda: table.rows()[ids])
    return Gguf(fields=fields, tensors=model.tensors | {_EMBEDDING: kept})


def _place(token: int, ids: Ids, key: str) -> int:
    place = int(np.searchsorted(ids, token))
    if place == len(ids) or ids[place] != token:
        raise EngineError(f"the list of tokens leaves out {key}", subject="tailoring", hint="Use the whole model.")
    return place


def merged(model: Gguf, adapter: Gguf) -> Gguf:
    """The model with a LoRA adapter added to its weights, which become Q8_0 where it adds something.

    Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685: W + alpha / rank * B A.
    """
    (alpha,) = struct.unpack("<f", adapter.fields[_ALPHA].data)
    added = {
        key: _with(tensor, adapter.tensors[f"{key}.lora_a"], adapter.tensors[f"{key}.lora_b"], alpha)
        for key, tensor in model.tensors.items()
        if f"{key}.lora_a" in adapter.tensors
    }
    return Gguf(fields=model.fields, tensors=model.tensors | added)


def _with(tensor: Tensor, down: Tensor, up: Tensor, alpha: float) -> Tensor:
    scale = alpha / down.shape[1]

    def rows() -> Bytes:
        return q8_0(weights(tensor) + scale * (weights(up) @ weights(down)))

    return Tensor(kind=Q8_0, shape=tensor.shape, rows=rows)
