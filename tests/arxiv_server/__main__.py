"""The local arXiv by hand: `python -m tests.arxiv_server --port 8080 --feed cs.AI=feed.xml`."""

import argparse
import threading
from contextlib import suppress
from datetime import date
from pathlib import Path

from tests.arxiv_server.server import ArxivServer
from tests.arxiv_server.world import A_WEDNESDAY, sample_world


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The words of the call."""
    parser = argparse.ArgumentParser(prog="python -m tests.arxiv_server", description="A local arXiv.")
    parser.add_argument("--port", type=int, default=8080, help="0 takes any free one")
    parser.add_argument("--today", type=date.fromisoformat, default=A_WEDNESDAY, metavar="DATE")
    parser.add_argument("--feed", action="append", default=[], metavar="CATEGORY=FILE", help="serve this document")
    return parser.parse_args(argv)


def given(feeds: list[str]) -> dict[str, bytes]:
    """The documents of `--feed`, by category."""
    pairs = (feed.partition("=") for feed in feeds)
    return {category: Path(path).read_bytes() for category, _, path in pairs}


def main() -> None:
    """Serves until Ctrl-C."""
    words = arguments()
    with ArxivServer(sample_world(today=words.today), feeds=given(words.feed), port=words.port) as server:
        print(server.url, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
