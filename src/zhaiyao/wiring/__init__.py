"""The composition root: settings in, concrete adapters out. The only place that names one; holds no rule.

What can fail cheaply fails here, before a store is opened. Every adapter is imported where it is built, so that a
command pays only for what it uses.
"""

from zhaiyao.wiring.checks import checks
from zhaiyao.wiring.engines import Hired, cap, crew, engines
from zhaiyao.wiring.network import DEMO_CATEGORY, arxiv, demo_arxiv
from zhaiyao.wiring.places import (
    LARGEST_FILE,
    clock,
    dataset,
    document,
    look,
    messages,
    open_store,
    outlet,
    profiles,
    read_file,
    shown_store,
    threads,
    write_file,
)
from zhaiyao.wiring.searching import index, scratch_index, search_mode
from zhaiyao.wiring.tuning import instructions_file, journal, translator

__all__ = [
    "DEMO_CATEGORY",
    "LARGEST_FILE",
    "Hired",
    "arxiv",
    "cap",
    "checks",
    "clock",
    "crew",
    "dataset",
    "demo_arxiv",
    "document",
    "engines",
    "index",
    "instructions_file",
    "journal",
    "look",
    "messages",
    "open_store",
    "outlet",
    "profiles",
    "read_file",
    "scratch_index",
    "search_mode",
    "shown_store",
    "threads",
    "translator",
    "write_file",
]
