"""Foreign XML as a tree, or a ParseError: no entities, no DTD, no network, no huge trees. Knows no vocabulary."""

import re

from lxml import etree

from zhaiyao.errors import ParseError

# Possessive, or a page of broken comments would keep it busy for ever.
_HTML_START = re.compile(rb"(?>\s|<\?.*?\?>|<!--.*?-->)*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_HINT_HTML = "Probably a captive portal, a proxy or an error page answered: open the address in a browser."
_HINT_AGAIN = "Fetch it again; if it stays so, the server has a problem."


def read(data: bytes) -> etree._Element:
    """The root element, without comments and processing instructions. Raises ParseError for all that is not XML."""
    if not data.strip():
        raise ParseError("the answer is empty where a feed should be", hint=_HINT_AGAIN)
    if _HTML_START.match(data[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise _html()
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, LookupError, ValueError) as error:
        raise ParseError(f"not well-formed XML, or cut off: {_said(error)}", hint=_HINT_AGAIN) from None
    if etree.QName(root).localname.lower() == "html":
        raise _html()
    if root.getroottree().docinfo.internalDTD is not None:
        raise ParseError(
            "it declares entities or a document type, which arXiv's answers never do",
            hint="It was not read, for such files can blow up memory. Check the address.",
        )
    return root


def text(parent: etree._Element, tag: str) -> str:
    """The text of the first child of this name, without white space around it; empty if there is none."""
    child = parent.find(tag)
    return "" if child is None else inner_text(child)


def inner_text(element: etree._Element) -> str:
    """All text inside an element, without white space around it."""
    return "".join(str(part) for part in element.itertext()).strip()


def _html() -> ParseError:
    return ParseError("an HTML page came instead of a feed", hint=_HINT_HTML)


def _said(error: Exception) -> str:
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(said.split())[:200] or type(error).__name__
