"""Identity of content as versioned hashes. Answers "did it change?" and "is it already paid for?"; stores nothing."""

import re
import unicodedata
from hashlib import blake2b

from zhaiyao.textex import unicode_accents

# Raise it with any change of what `_canonical` makes of a text: old fingerprints then stand apart by their prefix.
_TEXT_VERSION = "1"

# The macros that arXiv's query API and OAI-PMH print as Unicode, in math too (`\phi` is not `\varphi` there).
_SYMBOLS = {
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "rho": "ρ",
    "varsigma": "ς", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω",
    "P": "¶", "S": "§", "copyright": "©", "guillemotleft": "«", "guillemotright": "»", "pounds": "£", "dag": "†",
    "ddag": "‡", "div": "÷", "deg": "°",
}  # fmt: skip
_SYMBOL = re.compile(rf"\\({'|'.join(sorted(_SYMBOLS, key=len, reverse=True))})(?![A-Za-z])(?:\{{\}}|\\(?= ))?")

# What those interfaces do to accents that they have no letter for: the letter stays, the accent goes.
_BARE_ACCENT = re.compile(r"\\['`^\"~=.](?:\{([A-Za-z])\}|(?=[A-Za-z]))")
_RARE_LETTER = re.compile("[\u01f4\u01f5\u01f8\u01f9\u1e00-\u1eff]")
_LOOSE_MARK = re.compile("[\u0300-\u036f]")

# Braces around one converted letter (`{É}`) and doubled braces come and go between interfaces.
_BRACED_LETTER = re.compile(r"(?<!\{)(\{++)([^\x00-\x7f])(\}++)")
_BRACE_RUN = re.compile(r"([{}])\1+")


def content_key(*parts: str) -> str:
    """The content address of a sequence of texts: 32 hexadecimal digits (BLAKE2b, RFC 7693, 128 bits).

    Parts are length-prefixed, so that no two different sequences run together.
    """
    framed: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        framed += (len(data).to_bytes(8, "big"), data)
    return blake2b(b"".join(framed), digest_size=16).hexdigest()


def text_fingerprint(text: str) -> str:
    """Fingerprint of a title or abstract, equal for one text at all of arXiv's interfaces; `version:hash`.

    TeX accents and Greek macros equal their Unicode letters; white space does not count at all, since interfaces wrap
    lines (also behind a hyphen), indent, and drop the blank behind a converted macro. Neither do doubled braces,
    nor the rare accents that some interfaces drop. Everything else counts.
    """
    return f"{_TEXT_VERSION}:{content_key('text', _canonical(text))}"


def _canonical(text: str) -> str:
    folded = unicode_accents(re.sub(r"\s+", " ", text))
    folded = _SYMBOL.sub(lambda match: _SYMBOLS[match[1]], folded)
    folded = _BARE_ACCENT.sub(r"\1", folded)
    if folded.isascii():  # nine abstracts of ten: nothing below would change them but the braces
        return _BRACE_RUN.sub(r"\1", folded.replace(" ", ""))
    folded = _LOOSE_MARK.sub("", unicodedata.normalize("NFC", folded).replace("ȷ", "j"))
    folded = _RARE_LETTER.sub(lambda match: unicodedata.normalize("NFD", match[0])[0], folded)
    folded = _BRACED_LETTER.sub(_unbraced, folded.replace(" ", ""))
    return _BRACE_RUN.sub(r"\1", folded)


def _unbraced(match: re.Match[str]) -> str:
    """The letter without the pairs of braces around it."""
    opening, letter, closing = match.groups()
    pairs = min(len(opening), len(closing))
    return f"{opening[pairs:]}{letter}{closing[pairs:]}"
