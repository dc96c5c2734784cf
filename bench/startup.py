"""Claim: `zhaiyao --help` costs at most 150 ms over a bare `python -c pass`, measured in the same run."""

import statistics
import subprocess
import sys
import time

RUNS = 20
ALLOWED = 0.150


def seconds(*arguments: str) -> float:
    """Wall time of one process of this interpreter."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> int:
    """Runs both in turn, so that a noisy machine disturbs both alike."""
    pairs = [(seconds("-c", "pass"), seconds("-m", "zhaiyao", "--help")) for _ in range(RUNS)]
    bare = statistics.median(pair[0] for pair in pairs)
    ours = statistics.median(pair[1] for pair in pairs)
    print(f"bare python {bare * 1e3:.0f} ms, zhaiyao --help {ours * 1e3:.0f} ms (medians of {RUNS})")
    print(f"ratio {ours / bare:.2f}, difference {(ours - bare) * 1e3:.0f} ms, allowed {ALLOWED * 1e3:.0f} ms")
    return 0 if ours - bare <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
