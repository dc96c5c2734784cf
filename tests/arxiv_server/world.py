"""Papers, postings and worlds, under one name. The parts: `postings`, `mailings`, `sample`, `records`, `taxonomy`."""

from tests.arxiv_server.mailings import A_WEDNESDAY, World
from tests.arxiv_server.postings import ORDER, UNLISTED_FROM_VERSION, Entry, Posting
from tests.arxiv_server.sample import sample_world, weekdays
from tests.arxiv_server.taxonomy import BadSpec, names_of

__all__ = [
    "A_WEDNESDAY",
    "ORDER",
    "UNLISTED_FROM_VERSION",
    "BadSpec",
    "Entry",
    "Posting",
    "World",
    "names_of",
    "sample_world",
    "weekdays",
]
