"""Where a paper's code, data, models and pages are, by the links in its comments and abstract. Follows none of them.

Hosts of code and data are known by name; of any other address the words in front of it tell what it is. The texts are
untrusted: what comes out is an https address of a plain host, in ASCII, without a character that could end it in HTML
or Markdown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Purpose(StrEnum):
    """What is found at an address."""

    CODE = "code"
    DATA = "data"
    MODEL = "model"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address with what is found there. `host` is as people say it, `GitHub`, or the host's name."""

    url: str
    host: str
    purpose: Purpose


MOST = 6
"""How many links of a paper are shown: who lists more than this lists references."""

_HOSTS = {
    "github.com": ("GitHub", Purpose.CODE),
    "gist.github.com": ("GitHub", Purpose.CODE),
    "gitlab.com": ("GitLab", Purpose.CODE),
    "bitbucket.org": ("Bitbucket", Purpose.CODE),
    "codeberg.org": ("Codeberg", Purpose.CODE),
    "gitee.com": ("Gitee", Purpose.CODE),
    "git.sr.ht": ("SourceHut", Purpose.CODE),
    "anonymous.4open.science": ("Anonymous GitHub", Purpose.CODE),
    "huggingface.co": ("Hugging Face", Purpose.MODEL),
    "hf.co": ("Hugging Face", Purpose.MODEL),
    "zenodo.org": ("Zenodo", Purpose.DATA),
    "figshare.com": ("Figshare", Purpose.DATA),
    "osf.io": ("OSF", Purpose.DATA),
    "kaggle.com": ("Kaggle", Purpose.DATA),
}
_REPOSITORIES = frozenset({"GitHub", "GitLab", "Bitbucket", "Codeberg", "Gitee"})
_UNDER = {"datasets": Purpose.DATA, "spaces": Purpose.PROJECT, "papers": Purpose.PROJECT, "collections": Purpose.MODEL}
_NEVER = ("arxiv.org", "doi.org", "creativecommons.org", "orcid.org", "overleaf.com", "openreview.net")
_LONGEST = 300

_SIGNS = ("://", "10.5281/", *_HOSTS)
_NAMES = "|".join(re.escape(name) for name in _HOSTS)
_PLAIN = r"[A-Za-z0-9._~/%#?=&+@:-]"
_ADDRESS = re.compile(
    rf"https?://{_PLAIN}+|(?<![A-Za-z0-9._/@-])(?:www\.)?(?:{_NAMES}|doi\.org/10\.5281)/{_PLAIN}+"
    rf"|(?<![A-Za-z0-9._/@-])10\.5281/zenodo\.[0-9]+",
    re.IGNORECASE | re.ASCII,
)
_TEX = ((re.compile(r"\\([_%#&~$])(?:\{\})?"), r"\1"), (re.compile(r"\$\\sim\$|\\textasciitilde(?:\{\})?"), "~"))
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_ZENODO = re.compile(r"10\.5281/(zenodo\.[0-9]{1,12})(?![0-9])", re.IGNORECASE | re.ASCII)
# The words in front of an address, nearest last.
_WORDS = re.compile(
    r"\b(?:(?P<code>codes?|source|software|implementations?|repositor(?:y|ies)|packages?|library|toolbox)"
    r"|(?P<data>data|data ?sets?|benchmarks?|corpus)|(?P<model>models?|weights|checkpoints?)"
    r"|(?P<project>projects?|web ?(?:page|site)|home ?page|demos?|videos?|visuali[sz]ations?))\b",
    re.IGNORECASE,
)
_REACH = 100
_NEW_SENTENCE = re.compile(r"[.;!?](?=\s)|https?://")


def links(comments: str, abstract: str = "") -> tuple[Link, ...]:
    """The links to what a paper gives away, those of the comments first, each address once."""
    found: dict[str, Link] = {}
    for text in (comments, abstract):
        for link in _links(text):
            found.setdefault(link.url.rstrip("/").lower(), link)
    return tuple(found.values())[:MOST]


def _links(text: str) -> Iterator[Link]:
    if not any(sign in text.lower() for sign in _SIGNS):
        return
    for pattern, plain in _TEX:
        text = pattern.sub(plain, text)
    for match in _ADDRESS.finditer(text):
        link = _link(match[0].rstrip(".,:-?&"), text[max(0, match.start() - _REACH) : match.start()])
        if link is not None:
            yield link


def _link(address: str, before: str) -> Link | None:
    """The link of an address with the words in front of it; None if it is none of what is looked for."""
    if zenodo := _ZENODO.search(address):
        return Link(url=f"https://doi.org/10.5281/{zenodo[1].lower()}", host="Zenodo", purpose=Purpose.DATA)
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").removeprefix("www.")
        is_plain = parts.username is None and parts.port is None and _HOST.fullmatch(host) is not None
    except ValueError:
        return None
    if not is_plain or len(address) > _LONGEST:
        return None
    url = f"https://{parts.hostname}{parts.path}"
    url += f"?{parts.query}" if parts.query else ""
    if host in _HOSTS:
        return _of_known_host(host, parts.path, url)
    if host.endswith((".github.io", ".gitlab.io")):
        return Link(url=url, host=host, purpose=Purpose.PROJECT)
    purpose = _purpose(before)
    if purpose is None or any(host == name or host.endswith(f".{name}") for name in _NEVER):
        return None
    return Link(url=url, host=host, purpose=purpose)


def _of_known_host(host: str, path: str, url: str) -> Link | None:
    """A repository is called by its owner and name, whatever page of it the address means."""
    name, purpose = _HOSTS[host]
    steps = [step for step in path.split("/") if step]
    if not steps:
        return None
    if name in _REPOSITORIES and host != "gist.github.com" and len(steps) >= 2:
        return Link(url=f"https://{host}/{steps[0]}/{steps[1].removesuffix('.git')}", host=name, purpose=purpose)
    return Link(url=url, host=name, purpose=_UNDER.get(steps[0], purpose) if name == "Hugging Face" else purpose)


def _purpose(before: str) -> Purpose | None:
    """What the words of the same sentence in front of an address say of it; the nearest ones count."""
    start = max((match.end() for match in _NEW_SENTENCE.finditer(before)), default=0)
    told = [match.lastgroup for match in _WORDS.finditer(before, start)]
    return Purpose(told[-1]) if told and told[-1] else None
