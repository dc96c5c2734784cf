"""Terms and how they are to be translated: where they stand in a text, and whether a translation keeps to them.

Pure: takes terms and texts, returns values. What a reader wants is in the store (`ports.Glossary`); the terms that come
with Zhaiyao are in `terms-zh.tsv` beside this file, in the format that readers import and export.
"""

from zhaiyao.glossary.agreement import mended, missing, replaced, wordings
from zhaiyao.glossary.association import explaining
from zhaiyao.glossary.files import FORMATS, dump_terms, read_terms
from zhaiyao.glossary.matching import Glossary
from zhaiyao.glossary.packaged import defaults
from zhaiyao.glossary.rules import checked

__all__ = [
    "FORMATS",
    "Glossary",
    "checked",
    "defaults",
    "dump_terms",
    "explaining",
    "mended",
    "missing",
    "read_terms",
    "replaced",
    "wordings",
]
