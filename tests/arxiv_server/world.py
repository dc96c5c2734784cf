"""Invented papers and what arXiv announces of them, day by day. Pure: renders nothing, serves nothing."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

# Facts of arXiv's feeds: names of one category, and the version from which on replacements are not listed.
ALIASES = {
    "math.MP": "math-ph",
    "stat.TH": "math.ST",
    "math.IT": "cs.IT",
    "q-fin.EC": "econ.GN",
    "cs.SY": "eess.SY",
    "cs.NA": "math.NA",
}
UNLISTED_FROM_VERSION = 6
ORDER = ("new", "cross", "replace", "replace-cross")

A_WEDNESDAY = date(2026, 3, 4)

CLASSES = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": (
        "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF "
        "PL RO SC SD SE SI SY"
    ),
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "nlin": "AO CD CG PS SI",
    "physics": (
        "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph "
        "geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph"
    ),
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "stat": "AP CO ME ML OT TH",
}
WITHOUT_CLASSES = ("gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nucl-ex", "nucl-th", "quant-ph")


class BadSpec(ValueError):
    """What arXiv answers with status 400, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper's metadata at one version, as arXiv stores it: TeX accents, wraps gone, `\\n  ` before a paragraph."""

    id: str
    title: str
    abstract: str
    authors: str
    categories: tuple[str, ...]
    version: int = 1
    license: str = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
    doi: str = ""
    journal_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A paper in a day's mailing. `action`: new, cross (to categories added later) or replace."""

    entry: Entry
    action: str = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All mailings by announcement date, and which day it is in New York. Days without a mailing are absent."""

    today: date = A_WEDNESDAY
    days: Mapping[date, tuple[Posting, ...]] = field(default_factory=dict)

    def feed(self, spec: str) -> list[tuple[str, Entry]]:
        """What today's feed of `cs.AI`, `cs` or `cs.AI+cs.LG` shows: announce types are relative to the spec."""
        wanted = names_of(spec)
        best: dict[str, tuple[str, Entry]] = {}
        for posting in self.days.get(self.today, ()):
            entry, kind = posting.entry, _kind(posting, wanted)
            held = best.get(entry.id)
            if kind and (held is None or ORDER.index(kind) < ORDER.index(held[0])):
                best[entry.id] = kind, entry
        return sorted(best.values(), key=lambda shown: (ORDER.index(shown[0]), shown[1].id))

    def on(self, day: date) -> "World":
        """The same world on another day."""
        return replace(self, today=day)


def names_of(spec: str) -> tuple[str, ...]:
    """The archives and categories of a spec, in arXiv's case. Raises BadSpec with arXiv's kind of words."""
    return tuple(_name(part) for part in spec.split("+"))


def _name(part: str) -> str:
    archive, _, subject = part.partition(".")
    archive = archive.lower()
    if archive in WITHOUT_CLASSES and not subject:
        return archive
    classes = CLASSES.get(archive, "").split()
    if not classes:
        valid = ", ".join(sorted((*CLASSES, *WITHOUT_CLASSES)))
        raise BadSpec(f"Bad archive '{archive}'. Valid archives are: {valid}.")
    if not subject:
        return archive
    known = {name.lower(): name for name in classes}
    if subject.lower() not in known:
        valid = ", ".join(f"{archive}.{name}" for name in classes)
        raise BadSpec(f"Bad subject class '{subject}'. Valid subject classes for the archive '{archive}' are: {valid}.")
    return f"{archive}.{known[subject.lower()]}"


def _kind(posting: Posting, wanted: tuple[str, ...]) -> str:
    """The announce type relative to what was asked for, or nothing if the feed does not show it."""
    entry = posting.entry
    if posting.action == "replace" and entry.version >= UNLISTED_FROM_VERSION:
        return ""
    if not _touches(entry.categories, wanted):
        return ""
    inside = _touches(entry.categories[:1], wanted)
    if posting.action == "replace":
        return "replace" if inside else "replace-cross"
    return "new" if inside and posting.action == "new" else "cross"


def _touches(categories: Iterable[str], wanted: tuple[str, ...]) -> bool:
    other = {alias: name for name, alias in ALIASES.items()}
    for category in categories:
        names = {category, ALIASES.get(category, category), other.get(category, category)}
        if any(name in wanted or name.partition(".")[0] in wanted for name in names):
            return True
    return False


def weekdays(last: date, count: int) -> list[date]:
    """The last `count` weekdays up to and with `last`, oldest first."""
    days: list[date] = []
    day = last
    while len(days) < count:
        if day.weekday() < 5:
            days.insert(0, day)
        day -= timedelta(days=1)
    return days


def sample_world(*, today: date = A_WEDNESDAY, days: int = 3, per_day: int = 12, seed: int = 7) -> World:
    """A small world in cs, math, stat and q-bio. The same arguments make the same world."""
    chance = random.Random(f"{seed}/{today}")
    mailings: dict[date, tuple[Posting, ...]] = {}
    serial, earlier = 1000, [_paper(chance, f"2511.{number:05d}") for number in range(40, 40 + per_day)]
    for day in weekdays(today, days):
        fresh = []
        for _ in range(per_day):
            serial += chance.randint(1, 40)
            fresh.append(_paper(chance, f"{day:%y%m}.{serial:05d}"))
        mailings[day] = (*(Posting(entry=entry) for entry in fresh), *_later(chance, earlier))
        earlier = fresh
    return World(today=today, days=mailings)


def _later(chance: random.Random, earlier: list[Entry]) -> list[Posting]:
    """What happens to papers of the day before: a cross-list, replacements, one of them a withdrawal."""
    crossed, revised, withdrawn, often = chance.sample(earlier, 4)
    added = replace(crossed, categories=(*crossed.categories, "q-bio.QM"))
    new_version = replace(revised, version=2, abstract=f"{revised.abstract} This version corrects Table 2.")
    gone = replace(withdrawn, version=2, abstract="This paper has been withdrawn by the authors: Lemma 3 is wrong.")
    unlisted = replace(often, version=UNLISTED_FROM_VERSION)
    return [
        Posting(entry=added, action="cross"),
        Posting(entry=new_version, action="replace"),
        Posting(entry=gone, action="replace"),
        Posting(entry=unlisted, action="replace"),
    ]


_METHODS = (
    "Sparse attention",
    "Message passing",
    r"A Schr\"odinger-type bridge",
    "Tabular distillation",
    "Local search",
)
_GOALS = (
    "for reservoir forecasting",
    "on random intersection graphs",
    r"with $\ell_1$ constraints",
    "for lace-wing wing veins",
    r"when $n < p$",
)
_NAMES = (
    r"Bj{\o}rn {\AA}kerlund",
    r"M\'onica Ib\'a\~nez-Roca (Inst. of Tides, Porto)",
    "Wei-Ling Quah",
    "Tamsin O'Dowd Jr.",
    r"Zs\'ofia K\H{o}halmi",
    " Suparman",
    "for the LACEWING Collaboration",
)
_SENTENCES = (
    r"We study a problem of order $O(n^{-1/2})$ and show that $p<1/2$ is enough.",
    "Existing work needs labels that nobody has.",
    "Our method needs 38.5% less memory than the best baseline & no tuning.",
    r"Experiments on 12 data sets confirm it, with gains up to $1.7\times$.",
    "Code is at https://example.org/lacewing_kit?tab=2.",
    "We close with two open questions.\n  The second of them is due to a reader of an early draft.",
)
_HOMES = (
    ("cs.LG", "stat.ML"),
    ("cs.AI",),
    ("cs.CL", "cs.AI", "cs.LG"),
    ("math.NA", "cs.NA"),
    ("stat.ML", "cs.LG"),
    ("q-bio.QM", "cs.AI"),
)
_LICENSES = ("http://creativecommons.org/licenses/by/4.0/", "http://arxiv.org/licenses/nonexclusive-distrib/1.0/")


def _paper(chance: random.Random, paper_id: str) -> Entry:
    published = chance.random() < 0.2
    return Entry(
        id=paper_id,
        title=f"{chance.choice(_METHODS)} {chance.choice(_GOALS)}: note {paper_id[-3:]}",
        abstract=" ".join(chance.sample(_SENTENCES, chance.randint(3, len(_SENTENCES)))),
        authors=", ".join(chance.sample(_NAMES, chance.randint(1, len(_NAMES)))),
        categories=chance.choice(_HOMES),
        license=chance.choice(_LICENSES),
        doi=f"10.5555/lacewing.{paper_id[-4:]}" if published else "",
        journal_ref=r"Annalen f\"ur erfundene Forschung 3 (2026) 1-9" if published else "",
    )
