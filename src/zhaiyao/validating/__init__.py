"""Is this text a faithful Chinese rendering of that one? Finds faults and names them by code; repairs and asks nothing.

Three grades. A fatal fault means that the reply is no translation at all; it is never content. A local fault means
that something in a sentence was lost, changed or added; after the ladder that sentence stays in the original, marked.
A mild fault leaves the translation content, and is worth asking for once more. The checks would rather miss a fault
than refuse good work: what a translator may freely rewrite (`two`, `10 million`, `1990s`, `AI`) is not compared.
"""

import re
from collections.abc import Sequence

from zhaiyao.glossary import missing
from zhaiyao.masking import find_spans, has_placeholder, is_torn, same_spans, span_key
from zhaiyao.records import Term
from zhaiyao.validating.english import has_leftover, mixed_words
from zhaiyao.validating.fatal import fatal_faults, is_answer, is_echo, is_loop
from zhaiyao.validating.faults import FAULTS, Grade, describe, is_fatal, is_mild
from zhaiyao.validating.lengths import has_added_sentence
from zhaiyao.validating.names import invented_codes, invented_words, lost_names
from zhaiyao.validating.numbers import (
    changed_items,
    invented_numbers,
    lost_magnitudes,
    lost_numbers,
    lost_signs,
)
from zhaiyao.validating.texts import CJK, gives_orders, is_english, is_translatable, without_spans
from zhaiyao.validating.units import lost_units

__all__ = [
    "CHECKS",
    "FAULTS",
    "TLDR_CHECKS",
    "Grade",
    "check",
    "check_tldr",
    "describe",
    "is_english",
    "is_fatal",
    "is_mild",
    "is_translatable",
    "lost_numbers",
    "without_spans",
]

_FATAL = ("empty", "wrong-script", "echo", "answered", "loop", "length")
CHECKS = (*_FATAL, "mask", "number", "unit", "name", "leftover", "invented", "orders", "mixed", "term")
TLDR_CHECKS = (*_FATAL, "mask", "leftover", "invented", "mixed", "term")

_LOSSES = (lost_numbers, lost_signs, lost_magnitudes, changed_items)
_SEVERAL_WORDS = 3
_FOREIGN = re.compile(r"[A-Za-z]|\d")
_LONGEST_TLDR = 400
_SHORTEST_TLDR = 6


def check(source: str, target: str, *, instructions: str = "", terms: Sequence[Term] = ()) -> tuple[str, ...]:
    """The faults of one translated sentence or title against its source, in the order of `FAULTS`; `()` = none.

    Both are final text, spans in place. `instructions` is what stood in the prompt beside the source, `terms` the
    entries of the glossary that count.
    """
    fatal = fatal_faults(source, target, instructions)
    if fatal:
        return fatal
    bare_source, bare_target = without_spans(source), without_spans(target)
    left = mixed_words(bare_source, bare_target)
    is_number_lost = any(lost(bare_source, bare_target) for lost in _LOSSES)
    found = {
        "mask": not same_spans(source, target)
        or is_torn(source, target)
        or (has_placeholder(target) and not has_placeholder(source)),
        "number": is_number_lost,
        "unit": bool(lost_units(bare_source, bare_target)),
        "name": bool(lost_names(bare_source, bare_target)),
        "leftover": has_leftover(bare_source, bare_target) or len(left) >= _SEVERAL_WORDS,
        # One number for another is a changed number.
        "invented": bool(
            invented_words(source, bare_target)
            or invented_codes(source, bare_target)
            or (invented_numbers(source, bare_target) and not is_number_lost)
            or has_added_sentence(bare_source, bare_target)
        ),
        "orders": gives_orders(source),
        "mixed": 0 < len(left) < _SEVERAL_WORDS,
        "term": bool(terms) and bool(missing(source, target, terms)),
    }
    return tuple(code for code, is_faulty in found.items() if is_faulty)


def check_tldr(
    title: str, abstract: str, target: str, *, instructions: str = "", terms: Sequence[Term] = ()
) -> tuple[str, ...]:
    """The faults of a TL;DR that an engine wrote: it must be Chinese and short, and add no number, name or formula.

    It need not speak of every term, so only a translation that the glossary names as one to avoid is a fault.
    """
    source = f"{title}\n\n{abstract}"
    fatal = {
        "empty": not target.strip(),
        "wrong-script": len(CJK.findall(target)) < _SHORTEST_TLDR,
        "echo": is_echo(source, target, instructions),
        "answered": is_answer(source, target),
        "loop": is_loop(source, target),
        "length": len(target) > _LONGEST_TLDR,
    }
    if fatal["length"]:  # nobody knows how much there is to look at
        return tuple(code for code, is_faulty in fatal.items() if is_faulty)
    used = {span_key(target[start:end]) for start, end in find_spans(target)}
    known = {span_key(source[start:end]) for start, end in find_spans(source)} if used else used
    bare_target = without_spans(target)
    bare_source = without_spans(source) if _FOREIGN.search(bare_target) else ""  # of Chinese alone nothing is asked
    left = mixed_words(bare_source, bare_target)
    found = {
        "mask": not used <= known
        or is_torn(source, target)
        or (has_placeholder(target) and not has_placeholder(source)),
        "leftover": has_leftover(bare_source, bare_target) or len(left) >= _SEVERAL_WORDS,
        "mixed": 0 < len(left) < _SEVERAL_WORDS,
        "invented": bool(
            lost_numbers(bare_target, bare_source)
            or invented_numbers(source, bare_target)
            or invented_words(source, bare_target)
            or invented_codes(source, bare_target)
        ),
        "term": any(word in target for term in missing(source, target, terms) for word in term.avoid),
    }
    return tuple(code for code in TLDR_CHECKS if (fatal | found)[code])
