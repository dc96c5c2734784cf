"""Vectors as the signs of their coordinates, a bit each: an eighth of a byte code, and compared by counting bits.

All vectors were turned at random before (`vectors`), so every coordinate says as much as any other, and the share of
signs in which two vectors differ tells their angle (Charikar 2002). A query's own coordinates are not equal, though:
the larger half of them is counted twice. Of 2.7 million invented papers, the best 10,000 by this held 97 % of the ten
nearest; without counting twice, 90 %.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int8]
    Rows = NDArray[np.int64]
    Signs = NDArray[np.uint64]
    Distances = NDArray[np.uint16]

_WORD = 64
_BLOCK = 32_768  # papers compared at once: what they need stays in the processor's cache


def write(path: Path, codes: "Codes") -> None:
    """Writes the signs of these rows, word by word (a row for each 64 coordinates, a column for each paper). What
    stands behind the last whole word of a row is left out."""
    words = codes.shape[1] // _WORD
    with path.open("wb") as file:  # the name need not end as NumPy would have it
        signs = np.empty((words, len(codes)), np.uint64)
        for start in range(0, len(codes), _BLOCK):
            block = np.asarray(codes[start : start + _BLOCK, : words * _WORD])
            signs[:, start : start + len(block)] = packed(block).T
        np.save(file, signs)


def packed(codes: "Codes") -> "Signs":
    """The signs of rows whose length is a multiple of 64, as words."""
    return np.packbits(codes > 0, axis=1).view(np.uint64)


def nearest(signs: "Signs", query: "Codes", count: int) -> "Rows":
    """At least `count` columns whose signs are nearest to those of a coded query (more where several are as near), by
    number. All of them, if there are no more."""
    if count >= signs.shape[1]:
        return np.arange(signs.shape[1])
    distances = _distances(signs, query[: len(signs) * _WORD])
    border = int(np.searchsorted(np.cumsum(np.bincount(distances)), count))
    return np.flatnonzero(distances <= border)


def _distances(signs: "Signs", query: "Codes") -> "Distances":
    """In how many signs each column differs from the query, the larger half of the query's coordinates twice."""
    sizes = np.abs(query.astype(np.int16))
    own = packed(query[None, :])[0]
    large = np.packbits(sizes > np.median(sizes)).view(np.uint64)
    found = np.empty(signs.shape[1], np.uint16)
    plain = np.asarray(signs)  # every slice of a memmap costs as much as comparing it

    def compare(start: int) -> None:
        differing = plain[:, start : start + _BLOCK] ^ own[:, None]
        counted = np.bitwise_count(differing).sum(axis=0, dtype=np.uint16)
        differing &= large[:, None]
        found[start : start + _BLOCK] = counted + np.bitwise_count(differing).sum(axis=0, dtype=np.uint16)

    for _ in _pool().map(compare, range(0, signs.shape[1], _BLOCK)):
        pass
    return found


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads that compare side by side; NumPy lets go of the interpreter meanwhile."""
    return ThreadPoolExecutor(min(os.cpu_count() or 1, 8), thread_name_prefix="zhaiyao-signs")
