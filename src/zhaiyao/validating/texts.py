"""Reading a text as the checks do: without its spans, by script, by language. Finds no faults."""

import re
from collections import Counter
from functools import lru_cache

from zhaiyao.masking import find_spans

CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
"""One Chinese character."""

_LETTERS = re.compile(r"[^\W\d_]{2,}")


@lru_cache(maxsize=4096)
def is_translatable(text: str) -> bool:
    """Whether there is anything to translate: a word outside the spans, in a text that is not Chinese already."""
    bare = without_spans(text)
    chinese = len(CJK.findall(bare))
    return _LETTERS.search(bare) is not None and 2 * chinese < len(re.findall(r"[^\W\d_]", bare))


def is_english(text: str) -> bool:
    """Whether a sentence is not clearly in another language of arXiv's: judged by its function words.

    A text without any counts as English; a foreign name or title in an English sentence changes nothing.
    """
    words = Counter(_WORD.findall(without_spans(text).lower()))
    foreign = sum(words[word] for word in _FOREIGN_WORDS)
    return foreign < 2 or foreign <= sum(words[word] for word in _ENGLISH_WORDS)


def gives_orders(text: str) -> bool:
    """Whether a sentence tells whoever translates it what to do: `ignore all previous instructions`.

    None of the 158,043 sentences of 18,046 real papers of 2025 does, though many of them are about language models.
    """
    folded = text.casefold()
    return any(word in folded for word in _IN_ORDERS) and _ORDER.search(text) is not None


# What `_ORDER` cannot do without, found in a tenth of its time. Without an i: a dotless one counts as well.
_IN_ORDERS = ("nstruct", "prompt", "rules", "above", "verbat", "you", "transl", "指", "提示", "内容", "要求", "翻译")
_ORDER = re.compile(
    r"""(?:^|[.:;!?"'“‘(\]]\s*|\b(?:please|kindly|must|now|then)\s)
        (?:ignore|disregard|forget|override|bypass)\s(?:\w+\s){0,3}(?:instructions?|prompts?|rules|text\sabove)\b
    | \b(?:print|repeat|reveal)\s(?:\w+\s){0,3}(?:system\sprompt|verbatim)\b | \byou\sare\snow\san?\s
    | \b(?:do\snot|don['’]t|stop|refuse\sto)\stranslat(?:e|ing)\s(?:this|it|the\s(?:text|above|paper|abstract))\b
    | \bif\syou\sare\s(?:an?\s)?(?:AI|language\smodel|LLM|assistant)\b
    | (?:忽略|无视|忘记)(?:以上|上述|之前|前面|先前).{0,6}(?:指令|指示|内容|要求) | (?:停止|不要|拒绝)翻译 | 系统提示词
    """,
    re.IGNORECASE | re.VERBOSE,
)


# Of French, Spanish, Portuguese, Italian and German; none of them is an English word too.
_FOREIGN_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    le la les des du une et est dans pour sur avec par qui que nous ce cette leur leurs aux sont pas plus entre el los
    las del y en por con para una se su sus como más esta este desde um uma dos das na com não os ao pela pelo il lo gli
    della delle dei degli di che sono nel nella per un der und ist von mit den dem ein eine wir auf nicht sich wird
    werden für zu zur zum
""",
    )
)
_ENGLISH_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    the of and to in is that for with as on are by this we from at which be an our it can
""",
    )
)
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=4096)
def without_spans(text: str) -> str:
    """The text with a blank in the place of math, URLs and all else that a translation holds unchanged.

    Accents in TeX (`Schr\\"odinger`) become plain letters. The last texts are remembered: each is looked at thrice.
    """
    parts: list[str] = []
    done = 0
    for start, end in find_spans(text):
        parts += (text[done:start], " ")
        done = end
    return without_tex_accents("".join((*parts, text[done:])))


def without_tex_accents(text: str) -> str:
    """The text with plain letters for those with accents in TeX."""
    return _ACCENT.sub(lambda match: match[1] or match[2], text) if "\\" in text else text


_ACCENT = re.compile(r"\\[\"'`^~=.](?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))")
