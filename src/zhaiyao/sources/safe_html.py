"""Foreign HTML as a tree, or a ParseError: no network, no huge trees, no guessed encoding. Knows no page of arXiv's.

HTML is never ill-formed, so a damaged page gives a tree too. Whether it is whole must be seen from what it says.
"""

import codecs
import re

from lxml import etree

from zhaiyao.errors import ParseError

_PARAGRAPH = "\N{PARAGRAPH SEPARATOR}"

_META = re.compile(rb"<meta\b[^>]{0,200}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# As browsers read them (https://encoding.spec.whatwg.org); arXiv's own pages name none and are UTF-8.
_CODECS = {"utf-8": "utf-8", "utf8": "utf-8"} | dict.fromkeys(
    ("iso-8859-1", "latin1", "windows-1252", "us-ascii", "ascii"), "windows-1252"
)
# What XML cannot hold, and a page may by its references (`&#1;`).
_CONTROLS = dict.fromkeys(code for code in range(0xA0) if not chr(code).isprintable() and not chr(code).isspace())
_AGAIN = "Fetch it again; if it stays so, the server has a problem."


def read(data: bytes) -> etree._Element:
    """The root element, without comments and processing instructions. Raises ParseError for all that is no text."""
    text = _decoded(data)
    if not text.strip():
        raise ParseError("the answer is empty where a page should be", hint=_AGAIN)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"not HTML: {' '.join(str(error).split())[:200]}", hint=_AGAIN) from None
    if root is None:
        raise ParseError("not HTML: there is nothing in it", hint=_AGAIN)
    return root


def is_whole(data: bytes) -> bool:
    """Whether the page comes to its end. Text cannot feign it: there a `<` is written `&lt;`."""
    return b"</html" in _ascii(data)[-4096:].lower()


def has_class(element: etree._Element, name: str) -> bool:
    """Whether one of the element's classes is this one."""
    return name in (element.get("class") or "").split()


def line(element: etree._Element) -> str:
    """All text inside an element, on one line."""
    return " ".join(_text(element).split())


def prose(element: etree._Element) -> str:
    """All text inside an element: one line, but for an empty line where a `<br>` begins a paragraph.

    The element's own breaks are changed on the way.
    """
    for mark in element.iter("br"):
        mark.text = _PARAGRAPH
    parts = _text(element).split(_PARAGRAPH)
    return "\n\n".join(told for part in parts if (told := " ".join(part.split())))


def _text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext())).translate(_CONTROLS)


def _decoded(data: bytes) -> str:
    codec = next((codec for bom, codec in _BOMS if data.startswith(bom)), "") or _told_codec(data)
    try:
        text = codecs.getincrementaldecoder(codec)().decode(data)  # a letter cut in two at the end is no damage
    except UnicodeDecodeError as error:
        raise ParseError(f"damaged text, for it is not {codec}: {error.reason}", hint=_AGAIN) from None
    if "\0" in text:
        raise ParseError("damaged text, for it holds a NUL", hint=_AGAIN)
    return text


def _told_codec(data: bytes) -> str:
    match = _META.search(data[:1024])
    told = match[1].decode("ascii", "replace").lower() if match else "utf-8"
    codec = _CODECS.get(told)
    if codec is None:
        raise ParseError(f"its encoding is said to be {told}, which arXiv does not use", hint=_AGAIN)
    return codec


def _ascii(data: bytes) -> bytes:
    """The bytes in a form in which ASCII is ASCII."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data
