"""What a term may be. Terms come from strangers' files and go into prompts and pages: bounded, one line, plain text."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from zhaiyao.errors import UsageError
from zhaiyao.glossary.matching import latin_words
from zhaiyao.records import Term

LONGEST = 100
"""The most characters of a source or a wording."""

MOST_WORDINGS = 16
"""The most accepted, and the most avoided wordings of a term."""

MOST_TERMS = 20_000
"""The most terms of one file."""

_BLANKS = re.compile(r"[ \u00a0\u3000]+")


def checked(term: Term) -> Term:
    """The term, its wordings trimmed and each there once. Raises UsageError if it cannot be one."""
    source, target = _one("source", term.source), _one("target", term.target)
    if not latin_words(source):
        raise _refused("holds no Latin letter or digit, so it cannot be found in a paper", source)
    accept = _several("accept", term.accept, target)
    avoid = _several("avoid", term.avoid, target)
    if both := set(accept) & set(avoid):
        raise _refused(f"is both accepted and avoided: {min(both)}", source)
    return replace(term, source=source, target=target, accept=accept, avoid=avoid)


def _several(name: str, wordings: Iterable[str], target: str) -> tuple[str, ...]:
    unique = tuple(dict.fromkeys(_one(name, wording) for wording in wordings if wording.strip()))
    if parted := next((wording for wording in unique if "|" in wording), ""):
        raise _refused("holds |, which parts wordings in files; give each by itself", parted)
    if len(unique) > MOST_WORDINGS:
        raise _refused(f"has {len(unique)} wordings; {MOST_WORDINGS} are the most", name)
    if name == "avoid" and target in unique:
        raise _refused("is both the target and avoided", target)
    return tuple(wording for wording in unique if wording != target)


def _one(name: str, text: str) -> str:
    trimmed = _BLANKS.sub(" ", text).strip()
    if not trimmed:
        raise _refused("is empty", name)
    if len(trimmed) > LONGEST:
        raise _refused(f"is longer than {LONGEST} characters: {trimmed[:20]}…", name)
    if bad := next((sign for sign in trimmed if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")), ""):
        raise _refused(f"holds the control character U+{ord(bad):04X}", name)
    if "⟦" in trimmed or "⟧" in trimmed:
        raise _refused("holds ⟦ or ⟧, which stand for formulas here", name)
    return trimmed


def _refused(what: str, subject: str) -> UsageError:
    return UsageError(what, subject=subject)
