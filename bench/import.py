"""Claim: a snapshot of 200,000 lines goes into SQLite at 10,000 lines/s or more, in constant memory, and the sample of
the earlier system's archive in under 15 s. The baseline is a bare `json.loads` loop over the same file in the same run.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import wrap

LINES_PER_SECOND = 10_000
MOST_MEMORY = 300  # MB
ARCHIVE_SECONDS = 15.0

WORDS = """
    pond tide moss photon lattice kernel sparse gradient bound graph token spin field random matrix proof estimate
    robust causal agent reward policy latent diffusion flow cluster galaxy protein market auction privacy channel
    quantum noise decay boundary operator spectrum entropy transport curvature language speech vision retrieval
    we show that the of and for with under from over between this method improves existing known large small new
"""
TEX = r"$\alpha$ $O(n\log_n)$ $x^2+y^2<1$ $\mathcal{L}_1$ \emph{tidal} 5\% state-of-the-art"
ACCENTED = r"Erd\H{o}s G\"odel Poincar\'e na\"{\i}ve"
NAMES = "Wei Ana Jun Luca Mina Omar Ivo Lena Tao Eva"
SURNAMES = "Li Wang Rossi Müller Kim Novak García Chen Sato Dupont"
CATEGORIES = "cs.LG cs.AI cs.CL cs.CV stat.ML math.PR hep-th quant-ph astro-ph.GA econ.EM"
ACCENTS = str.maketrans({"ü": r"\"u", "í": r"\'i"})  # TeX in the free text, as in the real one


def snapshot(path: Path, lines: int, *, seed: int = 20240131) -> None:
    """Writes a synthetic snapshot: invented text in arXiv's format and lengths."""
    invent = Inventor(seed)
    with path.open("wb") as file:
        for number in range(lines):
            file.write(json.dumps(invent.line(number), separators=(",", ":")).encode() + b"\n")


class Inventor:
    """Tells papers that nobody wrote, in the lengths of arXiv's."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.words, self.tex, self.accented = WORDS.split(), TEX.split(), ACCENTED.split()
        self.categories, self.names, self.surnames = CATEGORIES.split(), NAMES.split(), SURNAMES.split()

    def line(self, number: int) -> dict[str, object]:
        """One paper as the snapshot tells it."""
        month, serial = divmod(number, 20_000)
        year, month = divmod(month, 12)
        created = datetime(2015 + year, month + 1, 1, tzinfo=UTC) + timedelta(minutes=serial)
        authors = [(self.rng.choice(self.surnames), self.rng.choice(self.names)) for _ in range(self.some(40, 0.25))]
        title = wrap(" ".join(self.rng.choices(self.words, k=self.rng.randint(5, 14))).capitalize(), 70)
        return {
            "id": f"{15 + year:02}{month + 1:02}.{serial + 1:05}",
            "submitter": " ".join(reversed(authors[0])),
            "authors": ", ".join(f"{forename} {surname}" for surname, forename in authors).translate(ACCENTS),
            "title": "\n  ".join(title),
            "comments": f"{self.rng.randint(4, 60)} pages" if self.rng.random() < 0.8 else None,
            "journal-ref": None,
            "doi": f"10.9999/pond.{number}" if self.rng.random() < 0.5 else None,
            "report-no": None,
            "categories": " ".join(self.rng.sample(self.categories, self.rng.randint(1, 3))),
            "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
            "abstract": "  " + "\n".join(wrap(self.prose(), 75, break_on_hyphens=False)) + "\n",
            "versions": [
                {"version": f"v{n + 1}", "created": f"{created + timedelta(days=30 * n):%a, %-d %b %Y %H:%M:%S GMT}"}
                for n in range(self.some(9, 1.2))
            ],
            "update_date": f"{created:%Y-%m-%d}",
            "authors_parsed": [[surname, forename, ""] for surname, forename in authors],
        }

    def some(self, most: int, rate: float) -> int:
        """Mostly few, seldom many, never none."""
        return min(most, 1 + int(self.rng.expovariate(rate)))

    def prose(self) -> str:
        """An abstract. About a quarter of arXiv's hold any TeX, one in twenty an accent."""
        tex = 0.04 if self.rng.random() < 0.25 else 0.0
        chosen = (self.tex if self.rng.random() < tex else self.words for _ in range(self.rng.randint(80, 220)))
        accented = [self.rng.choice(self.accented)] if self.rng.random() < 0.05 else []
        return " ".join([*map(self.rng.choice, chosen), *accented])


def bare(path: Path) -> float:
    """Seconds of a loop that only reads the lines with the standard library's `json`."""
    begin = time.perf_counter()
    with path.open("rb") as file:
        for raw in file:
            json.loads(raw)
    return time.perf_counter() - begin


def imported(path: Path, home: Path) -> tuple[float, float, float]:
    """A whole `zhaiyao import`, start included: seconds by the clock, of all processors, and its peak memory in MB."""
    command = [sys.executable, "-m", "zhaiyao", "import", str(path)]
    begin = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, "ZHAIYAO_HOME": str(home)})
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"the import of {path} failed ({process.returncode})")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> int:
    """Returns 1 if a figure is worse than claimed. The archive is the user's: it is too large to invent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument(
        "--archive", type=Path, help="An archive of the earlier system (folder or tar) to time as well."
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held = snapshots(Path(folder), asked.lines)
        if asked.archive:
            held &= archive(asked.archive, Path(folder))
    return 0 if held else 1


def snapshots(folder: Path, lines: int) -> bool:
    """Times a tenth of the lines and all of them: in constant memory both need the same."""
    few, many = folder / "few.jsonl", folder / "many.jsonl"
    snapshot(few, lines // 10)
    snapshot(many, lines)
    alone = bare(many)
    _, _, little = imported(few, folder / "few")
    seconds, work, memory = imported(many, folder / "many")
    again, _, _ = imported(many, folder / "many")
    speed = lines / seconds
    size = many.stat().st_size / 1e6
    print(f"{lines} lines ({size:.0f} MB): {seconds:.1f} s, {speed:.0f} lines/s, claimed {LINES_PER_SECOND}")
    print(f"of all processors {work:.1f} s; a busy machine shows in the difference")
    print(f"bare json loop {alone:.1f} s, ratio {seconds / alone:.1f}; the same file again {again:.1f} s")
    print(f"peak memory {memory:.0f} MB, of a tenth of the lines {little:.0f} MB, claimed at most {MOST_MEMORY} MB")
    return speed >= LINES_PER_SECOND and memory <= MOST_MEMORY


def archive(path: Path, folder: Path) -> bool:
    """Times the archive."""
    seconds, work, memory = imported(path, folder / "archive")
    print(f"{path.name}: {seconds:.1f} s ({work:.1f} s of all processors), claimed {ARCHIVE_SECONDS:.0f} s at most")
    print(f"peak memory {memory:.0f} MB")
    return seconds <= ARCHIVE_SECONDS


if __name__ == "__main__":
    sys.exit(main())
