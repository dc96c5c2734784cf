"""Documents in another dress: the same meaning otherwise written, or a format that nobody knows. Bytes to bytes."""

import re

_PREFIXES = ((b"arxiv", b"ax"), (b"dc", b"dublin"), (b"opensearch", b"os"))
_RECORD = re.compile(rb"<(arXivRaw|arXiv) xmlns=(.*?)</\1>", re.S)
_TAG = re.compile(rb"<(/?)([A-Za-z][\w-]*)(?=[\s/>])")
_TWO_ATTRIBUTES = re.compile(rb'<((?:atom:)?(?:category|link)) ([\w:]+="[^"]*") ([\w:]+="[^"]*")')
_ABSTRACT_LINK = re.compile(rb'<a href ="(/abs/[^"]*)" title="Abstract" id="([^"]*)">')
_HTML_CHANGES = (
    (
        re.compile(rb"<a href =\"(/abs/[^\"]*)\" title=\"Abstract\" id=\"([^\"]*)\">"),
        rb"<a id='\2' title='Abstract' href='\1'>",
    ),
    (re.compile(rb"<dl id='articles'>"), rb'<dl class="entries" id="articles">'),
    (re.compile(rb"<h3>"), rb'<h3 class="section">'),
    (re.compile(rb"<div class='list-(\w[\w-]*)( mathjax)?'>"), rb'<div data-x="1" class="list-\1\2">'),
    (re.compile(rb"<dd>(.*?)</dd>", re.S), rb'<dd><div class="wrapper">\1</div></dd>'),
    (re.compile(rb"<p class='mathjax'>"), rb'<p class="mathjax">'),
)
_FOREIGN = (
    *((b"Announce Type:", b"Announced as:"), (b"arxiv:announce_type", b"arxiv:kind")),
    *((b"<id>", b"<key>"), (b"</id>", b"</key>"), (b"<identifier>", b"<name>"), (b"</identifier>", b"</name>")),
    *((b"<dt>", b"<section>"), (b"</dt>", b"</section>"), (b"<dd>", b"<article>"), (b"</dd>", b"</article>")),
    *((b"Total of ", b"Altogether "), (b"Showing new listings for", b"New on"), (b"Catchup results for", b"Back to")),
    *((b" submissions (", b" papers ("), (b"showing ", b"with ")),
)


def otherwise(body: bytes) -> bytes:
    """Attributes in another order, other prefixes and quotes, wrappers: a tolerant reader survives."""
    return _html(body) if body.lstrip()[:9].lower() == b"<!doctype" else _xml(body)


def foreign(body: bytes) -> bytes:
    """Renamed elements and headings: it must be refused, for whatever is taken from it is not the whole."""
    for known, unknown in _FOREIGN:
        body = body.replace(known, unknown)
    return body


def _xml(body: bytes) -> bytes:
    for known, other in _PREFIXES:
        body = body.replace(b"xmlns:%s=" % known, b"xmlns:%s=" % other)
        body = re.sub(rb"<(/?)%s:" % known, rb"<\1%s:" % other, body)
    body = _TWO_ATTRIBUTES.sub(rb"<\1 \3 \2", body)
    return _RECORD.sub(lambda match: _TAG.sub(rb"<\1r:\2", match[0]).replace(b" xmlns=", b" xmlns:r=", 1), body)


def _html(body: bytes) -> bytes:
    for known, other in _HTML_CHANGES:
        body = known.sub(other, body)
    return body
