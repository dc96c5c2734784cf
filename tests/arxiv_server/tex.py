"""TeX in metadata as arXiv turns it into UTF-8 for its pages, its API and OAI's `arXiv` format. Pure."""

import re
import unicodedata

_MARKS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "c": "\u0327",
    "v": "\u030c",
    "u": "\u0306",
    "H": "\u030b",
    "k": "\u0328",
    "r": "\u030a",
    "d": "\u0323",
    "b": "\u0331",
}
_LETTERS = {
    **{"o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "ae": "æ", "AE": "Æ"},
    **{"oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ"},
}
_GREEK = {
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "zeta": "ζ", "eta": "η", "theta": "θ"},
    **{"iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ"},
    **{"sigma": "σ", "tau": "τ", "upsilon": "υ"},
    **{"phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "varepsilon": "ε"},
    **{"Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ"},
    **{"Phi": "Φ", "Psi": "Ψ", "Omega": "Ω"},
}
_ACCENT = re.compile(
    r"\\(?:(?P<sign>['`^\"~=.])\s*|(?P<word>[cvuHkrdb])(?:\s+|(?=\{)))(?:\{(?P<held>\\?[A-Za-z])\}|(?P<bare>\\?[A-Za-z]))"
)
_LETTER = re.compile(r"\{\\(ss|ae|AE|oe|OE|aa|AA|[oOlLij])\}|\\(ss|ae|AE|oe|OE|aa|AA|[oOlLij])(?![A-Za-z])(?:\{\}| )?")
_MACRO = re.compile(r"\\([A-Za-z]+) ?")


def accents(text: str) -> str:
    """Accents and letters of European languages as UTF-8; braces round an accent stay."""
    return _LETTER.sub(_letter, _ACCENT.sub(_accent, text)) if "\\" in text else text


def accents_and_greek(text: str) -> str:
    """Greek letters too, even in math, and the blank after them is lost."""
    return _MACRO.sub(_greek, accents(text)) if "\\" in text else text


def _accent(match: re.Match[str]) -> str:
    letter = (match["held"] or match["bare"]).removeprefix("\\")
    return unicodedata.normalize("NFC", letter + _MARKS[match["sign"] or match["word"]])


def _letter(match: re.Match[str]) -> str:
    return _LETTERS[match[1] or match[2]]


def _greek(match: re.Match[str]) -> str:
    return _GREEK.get(match[1], match[0])
