"""A text of any length and shape is read in time that grows with its length, not with the square of it.

An engine that runs wild sends blanks or brackets until it is cut off, and an imported abstract may hold anything. The
ladder of one paper that takes ten seconds would stop all the others of its process.
"""

import time
from collections.abc import Callable

import pytest

from zhaiyao.masking import find_spans, mask, unmask
from zhaiyao.segmenting import sentences
from zhaiyao.translating.polishing import polish
from zhaiyao.translating.replies import read
from zhaiyao.validating import check, check_tldr

LENGTH = 20_000
SECONDS = 2.0
"""Of processor, ten times what the slowest takes; those that were mended took five to eleven."""

SOURCE = "We measure the tides of $n$ ponds by 3.5% and of \\emph{frogs}."
RUNS = [
    "\t ",
    "..",
    "\\emph{",
    "{\\em ",
    "Aa",
    "ab-",
    "A",
    "{",
    "$",
    "$a",
    "\\(",
    "[1",
    "(A, 2019; ",
    "x_1_",
    "1,",
    "我",
    "\n",
]
READERS: dict[str, Callable[[str], object]] = {
    "spans": find_spans,
    "masks": lambda text: unmask(mask(text).text, mask(text).spans),
    "sentences": sentences,
    "reply": lambda text: read(text, alone=True),
    "polish": lambda text: polish(text, SOURCE),
    "check of a target": lambda text: check(SOURCE, text),
    "check of a source": lambda text: check(text, "我们测量了池塘的潮汐。"),
    "check of a summary": lambda text: check_tldr("Ponds", SOURCE, text),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("run", RUNS)
def test_a_long_run_of_anything_is_read_in_linear_time(run: str, reader: str) -> None:
    text = (run * LENGTH)[:LENGTH] + "!"
    start = time.process_time()
    READERS[reader](text)
    assert time.process_time() - start < SECONDS
