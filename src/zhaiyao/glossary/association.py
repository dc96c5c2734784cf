"""Which English words a Chinese wording stands for, told by sentences and their translations. Guesses only when clear.

A word counts for the wording by Dice's coefficient: twice the sentences that hold both, by those that hold either.
"""

from collections.abc import Iterable, Sequence

from zhaiyao.glossary.matching import latin_words, singular

FEWEST = 3
"""How many sentences must hold the wording before anything is concluded."""

CLEAR, APART = 0.6, 0.15
"""What the best words must reach, and how far they must be before the next."""

_LONGEST = 3
_SMALL = """
a an the of in on at to for from by with without and or not no is are was were be been being it its this that
these those we our they their them as than then which who whose what when where how can could may might will
would shall should do does did has have had into over under between among through via per such both each all any
more most also only but if so thus here there new show shows propose proposes paper present presents using use
used based results result method methods approach approaches
"""
_SMALL_WORDS = frozenset(_SMALL.split())


def explaining(holding: Sequence[str], others: Iterable[str], *, among: str) -> str:
    """The words of the sentence `among` that stand in the sentences whose translation holds a wording, and hardly in
    the others; `""` if that is not clear."""
    if len(holding) < FEWEST:
        return ""
    candidates = _candidates(among)
    both = _counts(candidates, holding)
    elsewhere = _counts(candidates, others)
    scores = {one: 2 * both[one] / (len(holding) + both[one] + elsewhere[one]) for one in candidates}
    ranked = sorted(candidates, key=lambda one: (scores[one], len(one)), reverse=True)
    if not ranked or scores[ranked[0]] < CLEAR:
        return ""
    best = ranked[0]
    rivals = [scores[one] for one in ranked[1:] if one not in best and best not in one]
    return "" if rivals and scores[best] - rivals[0] < APART else best


def _candidates(sentence: str) -> tuple[str, ...]:
    """Runs of one to three words that neither begin nor end with a small word, in the singular."""
    words = latin_words(sentence)
    found: dict[str, None] = {}
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            if not {words[start], words[end - 1]} & _SMALL_WORDS and len(words[start]) > 1:
                found[" ".join((*words[start : end - 1], singular(words[end - 1])))] = None
    return tuple(found)


def _counts(candidates: Iterable[str], sentences: Iterable[str]) -> dict[str, int]:
    """In how many sentences each stands; words need only begin like it, so that both numbers count."""
    counts = dict.fromkeys(candidates, 0)
    for sentence in sentences:
        folded = " ".join(("", *latin_words(sentence)))
        for one in counts:
            counts[one] += f" {one}" in folded
    return counts
