"""Signs of vectors: the nearest by them are those that a count of differing signs finds, the larger half twice."""

from pathlib import Path

import numpy as np
import pytest

from zhaiyao.search import signs


def codes(count: int, width: int = 384, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-60, 61, (count, width)).astype(np.int8)


def written(folder: Path, rows: np.ndarray) -> np.ndarray:
    signs.write(folder / "signs.tmp", rows)
    found: np.ndarray = np.load(folder / "signs.tmp", mmap_mode="r")
    return found


@pytest.mark.parametrize("count", [1, 100, 32_768, 70_001])
def test_the_nearest_are_those_of_a_plain_count(tmp_path: Path, count: int) -> None:
    rows, query = codes(count), codes(1, seed=9)[0]
    found = signs.nearest(written(tmp_path, rows), query, 50)
    sizes = np.abs(query.astype(int))
    weights = np.where(sizes > np.median(sizes), 2, 1)
    distances = (((rows > 0) != (query > 0)) * weights).sum(axis=1)
    worst = np.sort(distances)[min(50, count) - 1]
    assert found.tolist() == np.flatnonzero(distances <= worst).tolist()


def test_what_stands_behind_the_last_whole_word_is_left_out(tmp_path: Path) -> None:
    rows = codes(500)
    more = np.hstack([rows, codes(500, 3, seed=2)])
    assert np.array_equal(written(tmp_path, rows), written(tmp_path, more))


def test_a_vector_is_nearest_to_itself(tmp_path: Path) -> None:
    rows = codes(2000)
    held = written(tmp_path, rows)
    assert all(at in signs.nearest(held, rows[at], 1) for at in range(0, 2000, 97))
