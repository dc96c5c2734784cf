"""Records of the earlier system for tests: in its format, about invented papers."""

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

PONDS: dict[str, object] = {
    "title": "The Tides of Small Ponds. (arXiv:2301.99901v2 [physics.flu-dyn] UPDATED)",
    "abstract": "We measure the tides of small ponds. They are small.",
    "link": "http://arxiv.org/abs/2301.99901",
    "total_tokens": 321,
    "translated_title": "小池塘的潮汐",
    "translated_abstract": "我们测量了小池塘的潮汐。它们很小。",
    "tldr": "本文测量了小池塘的潮汐。",
    "en_tdlr": "The tides of small ponds are small.",
}
SENTENCE = "A pond of moderate size was measured again on every day of the year. "
LONG = (SENTENCE * 30)[:1500]


def record(paper: str = "2301.99901", **changes: object) -> bytes:
    """One record as the earlier system wrote it; `...` leaves a field out."""
    told = {**PONDS, "link": f"http://arxiv.org/abs/{paper}", **changes}
    if "title" not in changes:
        told["title"] = f"The Tides of Small Ponds. (arXiv:{paper}v2 [physics.flu-dyn] UPDATED)"
    return json.dumps({name: value for name, value in told.items() if value is not ...}, ensure_ascii=False).encode()


def cut(decoration: str = "", text: str = LONG) -> str:
    """An abstract as the earlier system cut it: the first thousand characters, decoration included."""
    return (decoration + text)[:1000]


def folder(root: Path, records: Mapping[str, bytes]) -> Path:
    """An archive as a folder."""
    for name, data in records.items():
        path = root / f"papers/{name[:2]}/{name[2:4]}/{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def packed(path: Path, records: Mapping[str, bytes]) -> Path:
    """An archive as a `.tar.xz`."""
    with tarfile.open(path, "w:xz") as file:
        for name, data in records.items():
            told = tarfile.TarInfo(f"papers/{name[:2]}/{name[2:4]}/{name}.json")
            told.size = len(data)
            file.addfile(told, io.BytesIO(data))
    return path
