"""Was English left in a Chinese sentence, by the clause or by the word? Repairs and asks nothing."""

import re

from zhaiyao.validating.customs import LOANWORDS

_RUN = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[\s,;:]+[A-Za-z][A-Za-z'’-]*){4,}")
_LOWER_WORD = re.compile(r"(?<![\w'’-])[a-z][a-z'’-]*")
_FUNCTION_WORDS = frozenset({
    "the", "of", "and", "to", "in", "is", "are", "was", "were", "be", "for", "with", "that", "this", "these", "on",
    "by", "as", "we", "our", "an", "a", "from", "at", "or", "which", "it", "its", "can", "not", "has", "have",
    "been", "into", "than", "their", "they", "using", "while", "when", "where", "how",
})  # fmt: skip
_QUOTED = re.compile(r"[\"“「‘'`]([^\"”」’'`]{1,300})[\"”」’'`]|[(（\[]([^()（）\[\]]{1,300})[)）\]]")


def has_leftover(source: str, target: str) -> bool:
    """Whether a clause of the source stands in the target in English: five words in a row, four of them ordinary.

    What the source itself quotes or brackets (the long form of an acronym) may stay, and so may names. Neither text
    may hold spans.
    """
    runs = _RUN.findall(target)
    if not runs:
        return False
    quoted = " ".join(match[0] for match in _QUOTED.finditer(source))
    for run in runs:
        ordinary = _LOWER_WORD.findall(run)
        if len(ordinary) >= 4 and not _FUNCTION_WORDS.isdisjoint(ordinary) and run not in quoted:
            return True
    return False


_LATIN = re.compile(r"[A-Za-z]")
_PHRASE = re.compile(
    r"(?<![\w\\{}'’.\-/@+^])[A-Za-z][\w'’\-]*(?:\s+[A-Za-z][\w'’\-]*)*(?![\w{}'’\-/@+^(=]|\.\w|\s?[（(])", re.ASCII
)
_ORDINARY = re.compile(r"[a-z]{4,}")


def mixed_words(source: str, target: str) -> tuple[str, ...]:
    """The ordinary English words that stand among Chinese ones (`取得了impressive的成绩`). Neither text holds spans.

    Only words that the source has in lower case and outside quotation marks; not what Chinese papers leave (`token`),
    nor what stands beside a name (`Adam optimizer`), in brackets, in quotation marks, or before a bracket.
    """
    if not _LATIN.search(target):
        return ()
    phrases = [phrase.split() for phrase in _PHRASE.findall(_QUOTED.sub("，", target))]
    words = [word for phrase in phrases if all(map(_ORDINARY.fullmatch, phrase)) for word in phrase]
    strange = [word for word in words if word not in LOANWORDS]
    if not strange:
        return ()
    plain = set(_LOWER_WORD.findall(_QUOTED.sub(" ", source)))
    return tuple(dict.fromkeys(word for word in strange if word in plain))
