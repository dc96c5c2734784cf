"""A digest as one HTML page that stands alone: styles inside, no script, nothing loaded. Also the HTML in the feeds.

The page's policy (CSP) allows its own style sheet, by hash, and nothing else. Originals are shown beneath their
sentence when it is tapped, or all at once with the box in the bar; both are CSS (`:focus`, `:has()`).
The only home of Jinja.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from zhaiyao.messages import DEFAULT_LANGUAGE, Messages, language_tag
from zhaiyao.publish import wording
from zhaiyao.publish.escape import math_spans
from zhaiyao.publish.view import PaperView, VerbatimView, view
from zhaiyao.records import Digest


def page(digest: Digest, *, language: str = DEFAULT_LANGUAGE) -> bytes:
    """The digest as an HTML document (UTF-8). `language` is that of the words around the papers."""
    template = _environment().get_template("digest.html.j2")
    css = _css()
    text = template.render(say=Messages(language), page=view(digest), css=css, policy=_policy(css))
    return text.encode()


def fragment(paper: PaperView | VerbatimView, say: Messages) -> str:
    """One paper as HTML without styles, for the content of a feed's entry."""
    return _environment().get_template("entry.html.j2").render(say=say, paper=paper)


def prose(text: str) -> Markup:
    """Text as HTML, its math marked up as TeX source."""
    pieces = (
        Markup('<code class="tex" translate="no">{}</code>').format(piece) if math else Markup.escape(piece)
        for piece, math in math_spans(text)
    )
    return Markup("").join(pieces)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("zhaiyao.publish", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["prose"] = prose
    environment.filters["tag"] = language_tag
    environment.globals["wording"] = wording
    environment.tests["verbatim"] = lambda paper: isinstance(paper, VerbatimView)
    return environment


@cache
def _css() -> Markup:
    """The style sheet, trusted: it is a file of ours."""
    return Markup(files("zhaiyao.publish").joinpath("static", "digest.css").read_text(encoding="utf-8"))


def _policy(css: str) -> str:
    digest = b64encode(sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
