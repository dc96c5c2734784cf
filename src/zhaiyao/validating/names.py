"""Did every name come back, and was no foreign word added? Repairs and asks nothing.

A name is a word whose capitals or digits say so: `GPT-4`, `ImageNet`, `mAP`, `COCO`, `H100`. Plain capitalised words
(`Bayesian`, `Wikipedia`) have Chinese forms too often to be asked for.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import filterfalse

from zhaiyao.validating.customs import CUSTOMARY, NO_NAMES, RENDERINGS
from zhaiyao.validating.texts import without_tex_accents
from zhaiyao.validating.units import is_unit

_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]*(?:[a-z0-9][A-Z]|[A-Z]{2}|[A-Z][0-9])[A-Za-z0-9]*")
# 13B, 16K, 400X, 1950S, 2ND are numbers; NETworks, UNconditional spell an acronym out; McMillan is a person.
_NO_NAME = re.compile(
    r"\d+(?:[KMBTXSkmbtx]|ST|ND|RD|TH)|[A-Z]{2,}[a-rt-z][a-z]{2,}|(?:Mc|Mac|De|Di|Du|La|Le|Fitz)[A-Z][a-z]+"
)
_PLURAL = re.compile(r"(?<=[A-Z0-9])(?:e?s)$")
_JOINTS = re.compile(r"[\s\-_‐-―−]+")
_WORD = re.compile(r"[A-Za-z]+")
_CHEMICAL = re.compile(
    r"(?:(?:H|He|Li|Be|B|C|N|O|F|Na|Mg|Al|Si|P|S|Cl|K|Ca|Ti|V|Cr|Mn|Fe|Co|Ni|Cu|Zn|Ga|Ge|As|Se|Br|Sr|Zr|Mo|Ag|Cd|In|Sn|Te"
    r"|I|Ba|La|W|Pt|Au|Pb|Bi|U)\d*){2,}"
)
_CHEMISTRY = re.compile("[氢氧氮氯氟硫碳硅磷锂钠铁铜锌钛酸盐水烷烯醇]")
_SPELLED_OUT = 2


def lost_names(source: str, target: str) -> tuple[str, ...]:
    """The names and acronyms of the source of which the target has no trace. Neither text may hold spans.

    Blanks, hyphens and case do not count, nor does a plural's s. What Chinese papers translate (`AI`, `3D`) may be
    translated; an acronym that the source itself explains may give way to the translated explanation.
    """
    names = _NAME.findall(source)
    if not names or _is_shouted(source):
        return ()
    held = _JOINTS.sub("", _folded(target))
    return tuple(dict.fromkeys(name for name in names if not _is_there(name, source, target, held)))


def _is_there(name: str, source: str, target: str, held: str) -> bool:
    stem = _PLURAL.sub("", name)
    low = stem.casefold()
    if low in held or low in NO_NAMES or is_unit(name) or _NO_NAME.fullmatch(name):
        return True
    if any(rendering in target for rendering in RENDERINGS.get(low, ())):
        return True
    if _CHEMICAL.fullmatch(stem) and _CHEMISTRY.search(target):
        return True
    return stem.isupper() and _is_explained(stem, source)


def _is_explained(acronym: str, source: str) -> bool:
    """Whether the source spells an acronym out, or gives it in brackets behind what it stands for."""
    return f"({acronym}" in source or f"{acronym} (" in source or _is_spelled_out(acronym, source)


def _is_spelled_out(acronym: str, text: str) -> bool:
    """Whether the letters of an acronym are, in order, initials of words of a text that stand close together."""
    letters = [letter for letter in acronym.casefold() if letter.isalpha()]
    if len(letters) < _SPELLED_OUT:
        return False
    words: list[str] = _WORD.findall(text)
    initials = "".join(word[0] for word in words if len(word) > 1 and word != acronym).casefold()
    return re.search("[a-z]?".join(map(re.escape, letters)), initials) is not None


def _is_shouted(text: str) -> bool:
    """Whether most words are set in capitals, as in old titles: then capitals say nothing."""
    words: list[str] = _WORD.findall(text)
    return 2 * sum(word.isupper() and len(word) > 1 for word in words) > len(words)


# --- added ---

_LATIN = re.compile(r"[A-Za-z]{3,}")
_NEIGHBOURS = re.compile(r"([a-z]+)[\s-]+(?=([a-z]+))")
_SHARED = 4
_ENDING = 3


def invented_words(source: str, target: str) -> tuple[str, ...]:
    """The Latin words of the target that nothing in the source accounts for. `source` may hold spans.

    A word is accounted for by the same word, by one that begins alike (`Gauss` by `Gaussian`), by the words of which
    it holds the initials, by two words that it joins, and by custom.
    """
    words = dict.fromkeys(_LATIN.findall(_unaccented(target)))
    known = set(_WORD.findall(_folded(source))) if words else set()
    unknown = [word for word in words if word.lower() not in known and word.lower() not in CUSTOMARY]
    return tuple(word for word in unknown if not _is_accounted_for(word, source, known))


_CODE = re.compile(r"[A-Za-z]+\d[A-Za-z0-9]*|\d+[A-Za-z][A-Za-z0-9]*")
# 7B, 3D, 5x, 90s: other ways to say a number, which are compared as such.
_NUMBERED = re.compile(r"\d+[KMBTDXkmbtdxs]")
_SIGNS = re.compile(r"[$\\{}^_]")


def invented_codes(source: str, target: str) -> tuple[str, ...]:
    """The words of letters and digits (`GPT4`, `H100`) of the target that the source has not, joints and case aside.

    `source` may hold spans, `target` may not.
    """
    codes = [code for code in _CODE.findall(_unaccented(target)) if not _NUMBERED.fullmatch(code)]
    if not codes:
        return ()
    known = _JOINTS.sub("", _SIGNS.sub("", _folded(source)))
    return tuple(code for code in codes if code.lower() not in known)


def _is_accounted_for(word: str, source: str, known: set[str]) -> bool:
    low = word.lower()
    stem = low.removesuffix("s")
    if any(one.startswith(stem) or _is_kin(low, one) for one in known):
        return True
    if any(low == first + second for first, second in _NEIGHBOURS.findall(_folded(source))):
        return True
    return word.removesuffix("s").isupper() and _is_spelled_out(stem, source)


def _is_kin(word: str, other: str) -> bool:
    """Whether a word is another one with a different ending, of at most three letters: `riemannian`, `riemann`."""
    return len(word) > _SHARED and other.startswith(word[: max(_SHARED, len(word) - _ENDING)])


def _folded(text: str) -> str:
    """Lower case, without accents, with plain letters for full-width ones."""
    return _unaccented(text).lower()


@lru_cache(maxsize=1024)
def _unaccented(text: str) -> str:
    text = without_tex_accents(text)
    if text.isascii():
        return text
    return "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))
