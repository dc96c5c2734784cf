"""Vectors on disk: found by angle, replaced, removed, merged, whole after a kill, and nearly exact by signs."""

import shutil

import numpy as np
import pytest

from zhaiyao.errors import IndexDamaged, SearchError
from zhaiyao.search import segments, vectors
from zhaiyao.search.vectors import VectorIndex

SIZE = 48


def rows(count: int, *, seed: int = 0, size: int = SIZE) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((count, size)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def names(count: int, start: int = 0) -> list[str]:
    return [f"26{number // 100000:02}.{number % 100000:05}" for number in range(start, start + count)]


def put(index: VectorIndex, ids: list[str], made: np.ndarray, kind: int = 1, pushes: np.ndarray | None = None) -> None:
    index.put(ids, made, np.zeros(len(ids), np.float32) if pushes is None else pushes, [kind] * len(ids))
    index.commit()


def exact(made: np.ndarray, query: np.ndarray, limit: int = 10) -> list[int]:
    return np.argsort(-(made @ query), kind="stable")[:limit].tolist()


@pytest.fixture
def index(tmp_path):
    made = VectorIndex.create(tmp_path / "vectors", SIZE)
    yield made
    made.close()


def test_the_nearest_are_found(index):
    made, ids = rows(3000), names(3000)
    put(index, ids, made)
    hits = [
        set(exact(made, query)) & {ids.index(hit) for hit, _ in index.search(query, limit=10)}
        for query in rows(50, seed=5)
    ]
    assert np.mean([len(found) / 10 for found in hits]) > 0.97
    assert index.search(made[7], limit=1)[0][0] == ids[7]
    assert index.search(made[7], limit=1)[0][1] == pytest.approx(1, abs=0.02)


def test_an_empty_index_finds_nothing(index):
    assert (index.size, index.search(rows(1)[0], limit=5), index.near(["2600.00001"], limit=5)) == (0, [], [])


def test_nothing_is_seen_before_commit(index, tmp_path):
    index.put(names(3), rows(3), np.zeros(3, np.float32), [1, 1, 1])
    assert VectorIndex(tmp_path / "vectors").size == 0
    index.commit()
    assert VectorIndex(tmp_path / "vectors").size == 3


def test_a_reader_notices_what_is_committed(index, tmp_path):
    reader = VectorIndex(tmp_path / "vectors")
    made = rows(20)
    for start in range(0, 20, 5):
        put(index, names(5, start), made[start : start + 5])
        assert reader.size == start + 5
        assert reader.search(made[start], limit=1)[0][0] == names(1, start)[0]


def test_a_paper_put_again_is_replaced(index):
    made = rows(40)
    put(index, names(20), made[:20], kind=1)
    put(index, names(5), made[20:25], kind=3)
    assert (index.size, index.count(1), index.count(3)) == (20, 15, 5)
    assert index.search(made[20], limit=1)[0][0] == names(1)[0]
    assert names(1)[0] not in [hit for hit, score in index.search(made[0], limit=20) if score > 0.9]


def test_the_last_of_two_in_one_commit_counts(index):
    made = rows(2)
    index.put(["2600.00001"], made[:1], np.zeros(1, np.float32), [1])
    index.put(["2600.00001"], made[1:], np.zeros(1, np.float32), [1])
    index.commit()
    assert index.size == 1
    assert index.search(made[1], limit=1)[0][1] > 0.9


def test_removed_papers_are_not_found(index, tmp_path):
    made = rows(100)
    put(index, names(100), made)
    index.remove([*names(10), "9999.00000"])
    index.commit()
    again = VectorIndex(tmp_path / "vectors")
    assert again.size == 90
    assert not set(names(10)) & {hit for hit, _ in again.search(made[3], limit=100)}
    index.remove(names(100))
    index.commit()
    assert (again.size, again.search(made[3], limit=5)) == (0, [])


def test_removed_before_commit_is_never_there(index):
    index.put(names(2), rows(2), np.zeros(2, np.float32), [1, 1])
    index.remove(names(1))
    index.commit()
    assert index.size == 1


def test_only_allowed_papers_are_found(index):
    made, ids = rows(2000), names(2000)
    put(index, ids, made)
    allowed = ids[::3]
    within = exact(made[::3], made[1])
    found = [hit for hit, _ in index.search(made[1], limit=10, allowed=[*allowed, "9999.00000"])]
    assert len(set(found) & {allowed[at] for at in within}) >= 9
    assert index.search(made[1], limit=10, allowed=[]) == []


def test_what_is_near_to_everything_can_be_pushed_back(index):
    made = rows(1)
    put(index, names(2), np.vstack([made, made]), pushes=np.array([0.4, 0.1], np.float32))
    (first, high), (second, low) = index.search(made[0], limit=2)
    assert (first, second) == (names(2)[1], names(1)[0])
    assert high - low == pytest.approx(0.3, abs=0.01)


def test_papers_without_a_vector_count_but_are_not_found(index):
    made = rows(3)
    made[1] = 0
    put(index, names(3), made, kind=3)
    assert index.count(3) == 3
    assert len(index.search(made[0], limit=3)) == 2


def test_more_like_these(index):
    made = rows(200)
    made[1] = made[0] + 0.1 * made[1]
    put(index, names(200), made / np.linalg.norm(made, axis=1, keepdims=True))
    assert index.near(names(1), limit=1)[0][0] == names(2)[1]
    assert not set(names(2)) & {hit for hit, _ in index.near(names(2), limit=50)}
    assert [hit for hit, _ in index.near(names(1), limit=2, allowed=names(3, 5))] != []


def test_pieces_are_merged_and_their_files_removed(index, tmp_path):
    made = rows(64)
    for start in range(64):
        put(index, names(1, start), made[start : start + 1])
    told = list((tmp_path / "vectors").glob("*.codes.npy"))
    assert len(told) <= 5
    assert index.size == 64
    assert all(index.search(made[at], limit=1)[0][0] == names(1, at)[0] for at in range(64))


def test_a_piece_that_is_largely_dead_is_written_anew(index, tmp_path):
    put(index, names(1000), rows(1000))
    index.remove(names(600))
    index.commit()
    put(index, names(1, 5000), rows(1))
    assert index.size == 401
    assert sum(len(np.load(path)) for path in (tmp_path / "vectors").glob("*.ids.npy")) == 401


def test_a_kill_before_the_manifest_leaves_the_state_before(index, tmp_path):
    put(index, names(10), rows(10))
    before = (tmp_path / "vectors" / "manifest.json").read_bytes()
    put(index, names(10, 10), rows(10, seed=1))
    shutil.copytree(tmp_path / "vectors", tmp_path / "killed")
    (tmp_path / "killed" / "manifest.json").write_bytes(before)
    with pytest.raises(IndexDamaged):  # the piece that was merged away is gone: it was removed after the manifest
        VectorIndex(tmp_path / "killed")
    leftover = tmp_path / "vectors" / "piece-000099.codes.npy"
    leftover.write_bytes(b"half a piece")
    assert VectorIndex(tmp_path / "vectors").size == 20


@pytest.mark.parametrize("part", ["codes.npy", "ids.npy", "facts.npy"])
@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_damaged_pieces_are_told(index, tmp_path, part, damage):
    put(index, names(10), rows(10))
    (path,) = (tmp_path / "vectors").glob(f"*.{part}")
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    with pytest.raises(IndexDamaged, match="cannot be read"):
        VectorIndex(tmp_path / "vectors")


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"format": 99, "segments": []}', b"[1]"])
def test_a_damaged_manifest_is_told(index, tmp_path, damage):
    (tmp_path / "vectors" / "manifest.json").write_bytes(damage)
    with pytest.raises(IndexDamaged):
        VectorIndex(tmp_path / "vectors")


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SearchError, match="cannot be written"):
        VectorIndex.create(tmp_path / "file" / "vectors", SIZE)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """More papers than are searched exactly, in some hundred clusters, as papers are; the limit is lower for it."""
    folder = tmp_path_factory.mktemp("large")
    count = 20_500
    random = np.random.default_rng(3)
    made = rows(300, seed=4)[random.integers(0, 300, count)] + 0.08 * random.standard_normal((count, SIZE))
    made = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    VectorIndex.create(folder, SIZE).close()
    index = VectorIndex(folder, signs_from=20_000)
    pushes = (0.05 * random.random(count)).astype(np.float32)
    put(index, names(count), made, pushes=pushes)
    yield index, made, pushes, names(count)
    index.close()


def test_a_large_index_is_nearly_exact(large):
    index, made, pushes, ids = large
    assert list(index._folder.glob("*.signs.npy"))
    hits = 0
    for at in range(0, 20_000, 666):
        query = made[at] + 0.3 * rows(1, seed=at)[0]
        wanted = {ids[at] for at in np.argsort(-(made @ query - pushes))[:10]}
        hits += len(wanted & {hit for hit, _ in index.search(query, limit=10)})
    assert hits >= 0.95 * 310


def test_a_large_index_finds_among_few_and_among_many(large):
    index, made, pushes, ids = large
    query = rows(1, seed=9)[0]
    for step in (2, 50):
        allowed = ids[::step]
        wanted = {allowed[at] for at in np.argsort(-(made[::step] @ query - pushes[::step]))[:10]}
        assert len(wanted & {hit for hit, _ in index.search(query, limit=10, allowed=allowed)}) >= 9


def test_damaged_signs_are_told(large, tmp_path):
    index, made, _, _ = large
    shutil.copytree(index._folder, tmp_path / "copy")
    (path,) = (tmp_path / "copy").glob("*.signs.npy")
    path.write_bytes(b"nonsense")
    with pytest.raises(IndexDamaged):
        VectorIndex(tmp_path / "copy").search(made[0], limit=5)


def test_the_largest_piece_is_bounded():
    assert vectors.LARGEST >= segments.SIGNS_FROM
