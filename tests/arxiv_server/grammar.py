"""Titles, abstracts, authors and comments of papers that do not exist, from a grammar of our own. Pure, seeded.

They hold what real ones do: TeX accents and math, Greek, `<` and `&`, percent signs, quotes, paragraphs, addresses,
affiliations, collaborations, mononyms, and now and then more than a hundred authors.
"""

import random

_THINGS = (
    *("tide gauges", "lace-wing flight", "slate roofs", "bell ringing", "peat cores", "kite strings", "loom patterns"),
    *("harbour queues", "orchard maps", "sundial readings", "letterpress scans", "river ice", "glass harmonicas"),
)
_METHODS = (
    *("Sparse attention", "Message passing", "Tabular distillation", "Local search", "Lazy sampling", "Twin encoders"),
    *(r"A Schr\"odinger-type bridge", "Ordinal pooling", "Gated recursion", r"K\"ahler flows", "Late fusion"),
    *("Mixture routing", "Prompt pruning", "Curvature-aware descent", "Causal masking", "Token merging"),
)
_TWISTS = (
    *("with few labels", "under drift", r"when $n < p$", r"with $\ell_1$ constraints", "at the edge", "in one pass"),
    *(r"for $\beta$-mixing data", r"beyond $O(n\log n)$", "without tuning", "from noisy logs", "on a budget"),
)
_TITLES = (
    "{method} for {thing} {twist}",
    "{method} {twist}: a study of {thing}",
    "Does {method} scale? Lessons from {thing}",
    "``{method}'' revisited: {thing} & beyond",
    "{thing} {twist}",
    "On the limits of {method} for {thing}",
)
_OPENINGS = (
    "We study {thing} {twist}.",
    "Recent progress on {thing} has come at a price that few can pay.",
    "Models of {thing} are usually judged by a single number, which hides how they fail.",
    "It is folklore that {method} breaks down {twist}.",
    r"Let $G(n,p)$ be a random graph on {thing} with $p<1/2$ & $n>10$.",
)
_MIDDLES = (
    "Existing work needs labels that nobody has.",
    "We introduce {name}, a method that needs no change to the model and {small}% less memory.",
    r"The key step is a bound of order $O(n^{-1/2})$ on the gap between $\hat{\theta}$ and $\theta^*$.",
    r"Our analysis rests on a M\"obius inversion due to Zieli{\'n}ski & K\H{o}halmi.",
    "On {count} data sets {name} beats the strongest baseline by {small}.{digit} points.",
    r"Gains reach $1.{digit}\times$ in speed, and the loss in accuracy stays below {digit}.{digit}%.",
    'An ablation shows that \\emph{every} part is needed; the "obvious" shortcut fails for $x<y$.',
    "Readers' doubts about earlier tables are addressed in Section {digit}.",
    r"A constant of $\alpha=\beta^2$ suffices, whereas $\Sigma_c$ may be arbitrary.",
    "Training takes {count} hours on one device and costs about \\${small}.",
)
_ENDINGS = (
    "Code: https://github.com/example/{slug}.",
    "Data and code are at https://example.org/{slug}?tab=2&v=1.",
    "We close with two open questions.",
    "\n  Limitations: the data cover {count} sites only, and none in winter.",
    "\n  The second part is due to a reader of an early draft, who improved on Lemma {digit}.",
    "This extends arXiv:2401.0{small}{digit}{digit}.",
)
_FIRST = (
    *("Wei-Ling", "Tamsin", r"Zs\'ofia", r"Bj{\o}rn", r"M\'onica", "Ada", "Kofi", "Linh", r"Fran\c{c}ois", "Noor"),
    *("Ravi", r"\L{}ucja", "Yun-Seo", "Olu", "Petra", r"J\=anis", "Hana", "Xiaoming", "Ines", "Teo"),
)
_LAST = (
    *("Quah", "O'Dowd", r"K\H{o}halmi", r"{\AA}kerlund", r"Ib\'a\~nez-Roca", "Brackwater", "Mensah", "Tran", "Rao"),
    *(
        r"M\"uller",
        r"Zieli\'nski",
        "Haddad",
        r"Ng\^o",
        "Sandoval",
        "Park",
        "Achterberg",
        r"B\v{e}lohl\'avek",
        "Fang",
        "Li",
    ),
)
_PLACES = ("Inst. of Tides", "Inst. of Tides, Porto", "CNRX", "University of Lesser Skerry", "Slate Labs")
_COMMENTS = (
    *("{count} pages, {digit} figures", "Accepted at the Workshop on Small Data 2026", "{count} pages"),
    *("{count} pages; code at https://github.com/example/{slug}", "Project page: https://example.org/{slug}"),
    "To appear in J. Invented Res.; see also arXiv:2312.0{small}{digit}{digit}",
)
_JOURNALS = (r"Annalen f\"ur erfundene Forschung {digit} (2026) 1-{small}", "J. Invented Res. {small}:{digit}, 2026")
_LICENSES = (
    "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
    "http://creativecommons.org/licenses/by/4.0/",
    "http://creativecommons.org/licenses/by-nc-sa/4.0/",
)


class Muse:
    """Invents texts from a chance of its own."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def title(self, number: int) -> str:
        """No two papers have the same: the number is in it."""
        told = self._filled(self._chance.choice(_TITLES))
        return f"{told[0].upper()}{told[1:]}, part {number}"

    def abstract(self) -> str:
        """Three to nine sentences, and in a fifth of them a paragraph."""
        chance = self._chance
        middle = chance.sample(_MIDDLES, chance.randint(2, 7))
        told = " ".join((chance.choice(_OPENINGS), *middle, chance.choice(_ENDINGS)))
        return self._filled(told).replace(" \n", "\n")

    def revised(self, abstract: str) -> str:
        """The same with a sentence more and one number changed."""
        more = self._filled("This version corrects Table {digit} and adds {small} runs.")
        return f"{abstract.rstrip()} {more}"

    def authors(self) -> str:
        """One to nine names in most cases; one paper in three hundred has more than a hundred."""
        chance = self._chance
        many = chance.randint(101, 130) if chance.random() < 0.003 else chance.choice((1, 2, 2, 3, 3, 4, 5, 6, 9))
        names = [self._author() for _ in range(many)]
        if chance.random() < 0.01:
            names.append("for the LACEWING Collaboration")
        if chance.random() < 0.01:
            names.append(" Suparman")
        return ", ".join(names)

    def comments(self) -> str:
        """Nothing for one in eight."""
        return "" if self._chance.random() < 0.13 else self._filled(self._chance.choice(_COMMENTS))

    def journal_ref(self) -> str:
        """Where it came out."""
        return self._filled(self._chance.choice(_JOURNALS))

    def license(self) -> str:
        """Most papers have arXiv's own."""
        return self._chance.choices(_LICENSES, (6, 3, 1))[0]

    def _author(self) -> str:
        chance = self._chance
        suffix = " Jr." if chance.random() < 0.01 else ""
        place = f" ({chance.choice(_PLACES)})" if chance.random() < 0.07 else ""
        return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}{suffix}{place}"

    def _filled(self, pattern: str) -> str:
        """Our own braces only; those of TeX stay."""
        chance = self._chance
        words = {
            "{thing}": chance.choice(_THINGS),
            "{method}": chance.choice(_METHODS),
            "{twist}": chance.choice(_TWISTS),
            "{name}": chance.choice(("LoomNet", "SkerryNet", "Tidal-3", "PeatBERT", "Kite")),
            "{slug}": chance.choice(("loom", "skerry_net", "tidal-3", "peat", "kite-strings")),
            "{small}": str(chance.randint(11, 98)),
            "{count}": str(chance.randint(2, 40)),
            "{digit}": str(chance.randint(1, 9)),
        }
        for name, word in words.items():
            pattern = pattern.replace(name, word)
        return pattern
