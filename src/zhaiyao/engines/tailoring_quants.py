"""Weights to and from llama.cpp's formats, in double precision. Knows no file and no model.

Formats after `ggml-common.h` and `dequantize_row_*` in ggml's `ggml-quants.c`: a block of 32 or 256 weights has one
scale (Q5_0, Q8_0) or one per 16 or 32 of them (Q4_K, Q6_K).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from zhaiyao.engines.tailoring_gguf import BLOCKS, F16, F32, Q4_K, Q5_0, Q6_K, Q8_0, Bytes, Tensor

Weights = NDArray[np.float64]


def weights(tensor: Tensor) -> Weights:
    """What a tensor's rows mean. Raises KeyError for a kind that is not known."""
    _, size = BLOCKS[tensor.kind]
    blocks = np.ascontiguousarray(tensor.rows()).reshape(-1, size)
    return _MEANINGS[tensor.kind](blocks).reshape(-1, tensor.shape[0])


def q8_0(values: Weights) -> Bytes:
    """Weights as Q8_0, each block's largest at 127: an error of at most 1/254 of it (and half that of its scale)."""
    blocks = values.reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1, keepdims=True) / 127).astype("<f2")
    divisor = np.where(scale > 0, scale, 1).astype(np.float64)
    told = np.clip(np.rint(blocks / divisor), -127, 127).astype(np.int8)
    return np.hstack([scale.view(np.uint8), told.view(np.uint8)]).reshape(len(values), -1)


def _f32(blocks: Bytes) -> Weights:
    return blocks.view("<f4").astype(np.float64)


def _half(columns: Bytes) -> Weights:
    return np.ascontiguousarray(columns).view("<f2").astype(np.float64)


def _times(steps: Weights, levels: NDArray[np.int8]) -> Weights:
    told: Weights = steps * levels
    return told


def _q8_0(blocks: Bytes) -> Weights:
    return _times(_half(blocks[:, :2]), blocks[:, 2:].view(np.int8))


def _q5_0(blocks: Bytes) -> Weights:
    low = np.hstack([blocks[:, 6:] & 15, blocks[:, 6:] >> 4])
    high = np.unpackbits(blocks[:, 2:6], axis=1, bitorder="little")
    return _times(_half(blocks[:, :2]), (low | high << 4).astype(np.int8) - 16)


def _q4_k(blocks: Bytes) -> Weights:
    packed = blocks[:, 4:16].reshape(-1, 3, 4)
    first, second, third = packed[:, 0], packed[:, 1], packed[:, 2]
    scales = np.hstack([first & 63, third & 15 | first >> 6 << 4])
    floors = np.hstack([second & 63, third >> 4 | second >> 6 << 4])
    pairs = blocks[:, 16:].reshape(-1, 4, 1, 32)
    levels = np.concatenate([pairs & 15, pairs >> 4], axis=2).reshape(-1, 8, 32)
    steps, least = _half(blocks[:, :2]) * scales, _half(blocks[:, 2:4]) * floors
    told: Weights = steps[..., None] * levels - least[..., None]
    return told


def _q6_k(blocks: Bytes) -> Weights:
    low = blocks[:, :128].reshape(-1, 2, 64)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], np.uint8)[:, None] & 3
    levels = np.concatenate([low & 15, low >> 4], axis=2).reshape(-1, 2, 4, 32) | high << 4
    steps = _half(blocks[:, 208:]) * blocks[:, 192:208].view(np.int8)
    return _times(steps[..., None], levels.reshape(-1, 16, 16).astype(np.int8) - 32)


_MEANINGS: Mapping[int, Callable[[Bytes], Weights]] = {
    F32: _f32,
    F16: _half,
    Q5_0: _q5_0,
    Q8_0: _q8_0,
    Q4_K: _q4_k,
    Q6_K: _q6_k,
}
