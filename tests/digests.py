"""Invented digests for the tests of everything that prints one. No paper here exists; the formats are arXiv's.

`sample_digest` holds one paper of every kind that a page must cope with, `NASTY` is text that attacks every medium.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from zhaiyao.links import links
from zhaiyao.records import (
    AnnounceType,
    Author,
    Digest,
    DigestEntry,
    Edition,
    EditionEntry,
    Interface,
    LedgerDay,
    Paper,
    Rendition,
    RenditionKind,
    Segment,
    SegmentState,
    Version,
    Withdrawal,
)

DAY = date(2026, 1, 14)
MADE_AT = datetime(2026, 1, 14, 2, 3, 4, tzinfo=UTC)
NASTY = (
    "<script>alert('1')</script> & &amp; | [click](javascript:alert(2)) ![i](http://x.test/i.png) **bold** _em_ ~~s~~ "
    "`code` <https://x.test> www.x.test # ==hl== %%gone%% ]]> </style> {{ 7*7 }} 🚀 \u202edesrever \x07"
)


def rendition(
    paper_id: str,
    version: int,
    kind: RenditionKind,
    *segments: Segment,
    engine: str = "local",
    model: str = "gemma-3-270m-q4_k_m+en-zh",
    made_at: datetime = MADE_AT,
) -> Rendition:
    """A rendition of these segments, with everything else plausible."""
    return Rendition(
        paper_id=paper_id,
        version=version,
        kind=kind,
        segments=segments,
        engine=engine,
        model=model,
        source_fingerprint="0" * 32,
        made_at=made_at,
    )


def pairs(*texts: tuple[str, str], breaks: frozenset[int] = frozenset()) -> tuple[Segment, ...]:
    """Segments of (original, Chinese); a paragraph ends behind the segments in `breaks`. Equal texts are kept ones."""
    last = len(texts) - 1
    return tuple(
        Segment(
            source=source,
            target=target,
            gap="" if index == last else "\n\n" if index in breaks else " ",
            state=SegmentState.KEPT if source == target else SegmentState.TRANSLATED,
            faults=("number",) if source == target else (),
        )
        for index, (source, target) in enumerate(texts)
    )


def renditions(
    paper_id: str,
    version: int,
    *,
    title: tuple[Segment, ...] = (),
    tldr: tuple[Segment, ...] = (),
    abstract: tuple[Segment, ...] = (),
    made_at: datetime = MADE_AT,
) -> dict[RenditionKind, Rendition]:
    """The renditions of the kinds that have segments."""
    given = {RenditionKind.TITLE: title, RenditionKind.ABSTRACT: abstract, RenditionKind.TLDR: tldr}
    present = {kind: segments for kind, segments in given.items() if segments}
    return {kind: rendition(paper_id, version, kind, *segments, made_at=made_at) for kind, segments in present.items()}


def entry(
    version: Version,
    categories: tuple[str, ...],
    *announced: tuple[str, AnnounceType],
    made: Mapping[RenditionKind, Rendition] | None = None,
) -> DigestEntry:
    """A digest's entry; its position is set by `digest`."""
    made = made or {}
    return DigestEntry(
        entry=EditionEntry(
            position=0,
            paper_id=version.paper_id,
            version_key=version.key,
            rendition_keys=tuple(made[kind].key for kind in RenditionKind if kind in made),
            announced=announced,
        ),
        paper=Paper(id=version.paper_id, categories=categories),
        version=version,
        renditions=made,
    )


def digest(
    *entries: DigestEntry,
    revision: int = 1,
    cause: str = "first",
    on: date = DAY,
    profile: str = "cs.LG",
    ledger: tuple[LedgerDay, ...] = (),
) -> Digest:
    """A digest of an own edition with these entries in this order."""
    placed = tuple(
        replace(one, entry=replace(one.entry, position=position)) for position, one in enumerate(entries, start=1)
    )
    edition = Edition(
        id=f"{profile}@{on}.r{revision}",
        made_at=datetime(on.year, on.month, on.day, 2, 3, 4, tzinfo=UTC) + timedelta(hours=revision - 1),
        entries=tuple(one.entry for one in placed),
        cause=cause,
        profile=profile,
        date=on,
        revision=revision,
    )
    return Digest(edition=edition, entries=placed, ledger=ledger)


def given_away(made: Digest) -> set[str]:
    """The addresses of what the papers of a digest give away: beside arXiv's, the only ones that a page links to."""
    texts = (one.version for one in made.entries if one.version is not None)
    return {link.url for version in texts for link in links(version.comments, version.abstract)}


def revised_paper() -> DigestEntry:
    """Replacement v2 whose first version is held: another title, and of three sentences one is new and one changed."""
    sources = (
        "We count the herons of four lakes.",
        "There are 31 of them in the wet years, and 12 in the dry ones.",
        "The frogs were not counted.",
    )
    version = Version(
        paper_id="2601.00777",
        number=2,
        interface=Interface.FEED,
        title="Herons of Four Lakes",
        abstract=" ".join(sources),
        comments="Code: https://github.com/invented-lake/herons",
    )
    earlier = replace(
        version, number=1, title="Herons of Three Lakes", abstract="We count the herons of three lakes. " + sources[1]
    )
    made = renditions(
        "2601.00777",
        2,
        title=pairs((version.title, "四湖之鹭")),
        tldr=pairs(("x", "统计了四个湖的鹭鸟数量。")),
        abstract=pairs(
            (sources[0], "我们统计四个湖的鹭鸟。"),
            (sources[1], "湿润年份有 31 只，干旱年份有 12 只。"),
            (sources[2], "未统计青蛙。"),
        ),
    )
    return replace(entry(version, ("q-bio.PE",), ("cs.LG", AnnounceType.REPLACE), made=made), earlier=earlier)


def sample_digest(*, revision: int = 1) -> Digest:
    """A day with one paper of every kind. In revision 2 the untranslated paper has been translated."""
    late = revision > 1
    return digest(
        translated_paper(),
        keeping_paper(),
        crowded_paper(translated=late),
        nasty_paper(),
        cross_listed_paper(),
        legacy_paper(),
        withdrawn_paper(),
        old_style_paper(),
        paper_without_abstract(),
        revision=revision,
        cause="translated" if late else "first",
        ledger=(
            LedgerDay(category="cs.LG", date=DAY, announced=10, fetched=9, translated=6 + late, failed=1, published=9),
            LedgerDay(category="stat.ML", date=DAY, announced=None, fetched=2, translated=2, failed=0, published=2),
        ),
    )


def empty_digest() -> Digest:
    """An own edition without papers."""
    return digest()


def imported_digest() -> Digest:
    """An imported document: old translations, one paper twice, one entry that did not fit the grammar."""
    twice = legacy_paper(announced=False)
    verbatim = DigestEntry(
        entry=EditionEntry(
            position=3, paper_id="", version_key="", verbatim=("| [^3] | odd | row |", f"[^3]: {NASTY}\n```")
        ),
        paper=Paper(id=""),
        version=None,
    )
    entries = (twice, twice, verbatim)
    edition = Edition(
        id="imported-5f1d7e",
        made_at=MADE_AT,
        entries=tuple(one.entry for one in entries),
        cause="imported",
        document="5f1d7e",
    )
    return Digest(edition=edition, entries=entries)


def translated_paper() -> DigestEntry:
    """New, everything translated; math, two paragraphs, comments."""
    abstract = pairs(
        (
            "Mixture-of-experts routers drift when a single expert dominates the first $10^4$ steps.",
            "当单个专家在前 $10^4$ 步中占据主导时，混合专家模型的路由器会发生漂移。",
        ),
        (
            "We bound the drift by $\\mathcal{O}(\\sqrt{d}\\,\\log n)$ and propose a router whose load satisfies "
            "$\\{\\ell_i\\}_{i=1}^{n} \\le \\ell^* < 1$.",
            "我们给出漂移的上界 $\\mathcal{O}(\\sqrt{d}\\,\\log n)$，并提出一种路由器，其负载满足"
            "$\\{\\ell_i\\}_{i=1}^{n} \\le \\ell^* < 1$。",
        ),
        (
            "On seven language tasks it saves 38% of the compute at equal quality; code is at https://example.org/drift_free.",
            "在七个语言任务上，它在质量相同的情况下节省 38% 的计算量；代码见 https://example.org/drift_free。",
        ),
        breaks=frozenset({1}),
    )
    version = Version(
        paper_id="2601.08001",
        number=1,
        interface=Interface.FEED,
        title="Drift-Free Routers: Keeping Small Mixtures of Experts Balanced",
        abstract="".join(segment.source + segment.gap for segment in abstract),
        authors=(
            Author(name="Ada Liang"),
            Author(name="José Martínez", affiliations=("Inst. A",)),
            Author(name="Z. Öz"),
        ),
        comments="12 pages, 4 figures; accepted at an imaginary workshop",
        license="http://creativecommons.org/licenses/by/4.0/",
        submitted_at=datetime(2026, 1, 12, 17, 0, tzinfo=UTC),
    )
    made = renditions(
        "2601.08001",
        1,
        title=pairs((version.title, "无漂移路由器：让小型混合专家模型保持均衡")),
        tldr=pairs(
            (
                "We bound the drift and propose a router.",
                "给出路由漂移的上界，并据此设计负载均衡的路由器，同等质量下节省 38% 的计算量。",
            )
        ),
        abstract=abstract,
    )
    return entry(version, ("cs.LG", "cs.CL", "stat.ML"), ("cs.LG", AnnounceType.NEW), made=made)


def keeping_paper() -> DigestEntry:
    """New; one sentence of the abstract stayed in the original."""
    kept = "The constant is $C = 4.7 \\times 10^{-3}$ for $p<1/2$ & $n>10$."
    abstract = pairs(
        ("We study percolation on sparse hypergraphs.", "我们研究稀疏超图上的渗流。"),
        (kept, kept),
        ("Below the threshold, clusters are small.", "在阈值以下，团簇都很小。"),
    )
    version = Version(
        paper_id="2601.08002",
        number=1,
        interface=Interface.LISTING,
        title="Percolation Thresholds of Sparse Hypergraphs",
        abstract="".join(segment.source + segment.gap for segment in abstract),
        authors=(Author(name="Noor van der Berg"),),
        doi="10.5555/invented.2026.2",
        journal_ref="J. Invented Math. 3 (2026) 1-9",
    )
    made = renditions(
        "2601.08002",
        1,
        title=pairs((version.title, "稀疏超图的渗流阈值")),
        tldr=pairs(("We study percolation.", "确定了稀疏超图渗流阈值附近的常数。")),
        abstract=abstract,
    )
    return entry(version, ("math.PR", "cs.LG"), ("cs.LG", AnnounceType.NEW), made=made)


def crowded_paper(*, translated: bool) -> DigestEntry:
    """New, by 37 authors, not translated yet unless told so."""
    version = Version(
        paper_id="2601.08003",
        number=1,
        interface=Interface.FEED,
        title="First Light of the Synthetic Calorimeter Array",
        abstract="The array took its first data in 2025.\n\nNo excess was seen.",
        authors=tuple(Author(name=f"A. Author{number:02}") for number in range(1, 38)),
    )
    abstract = pairs(
        ("The array took its first data in 2025.", "该阵列于 2025 年取得首批数据。"),
        ("No excess was seen.", "未见超出。"),
        breaks=frozenset({0}),
    )
    made = renditions(
        "2601.08003",
        1,
        title=pairs((version.title, "合成量能器阵列的首次观测")),
        tldr=pairs(("The array took data.", "阵列取得首批数据，未见超出。")),
        abstract=abstract,
        made_at=MADE_AT + timedelta(minutes=50),
    )
    return entry(version, ("hep-ex", "cs.LG"), ("cs.LG", AnnounceType.NEW), made=made if translated else None)


def nasty_paper() -> DigestEntry:
    """New; every text of it attacks every medium."""
    version = Version(
        paper_id="2601.08004",
        number=1,
        interface=Interface.FEED,
        title=NASTY,
        abstract=f"{NASTY} - 1. a list. $\\href{{javascript:alert(3)}}{{x}}$ costs $5 or $6.",
        authors=(Author(name="Robert'); <b>Tables</b>"),),
        comments=NASTY,
        journal_ref=NASTY,
        doi=NASTY,
        license="javascript:alert(4)",
    )
    made = renditions(
        "2601.08004",
        1,
        title=pairs((version.title, f"译文：{NASTY}")),
        tldr=pairs(("x", f"- {NASTY}")),
        abstract=pairs((version.abstract, f"# {NASTY}")),
    )
    return entry(version, ("cs.CR", "<x>"), ("cs.LG", AnnounceType.NEW), made=made)


def cross_listed_paper() -> DigestEntry:
    """Cross-list; the TL;DR is still missing."""
    version = Version(
        paper_id="2601.08005",
        number=1,
        interface=Interface.FEED,
        title="Kernel Ridge Regression under Heavy Tails",
        abstract="We show that medians suffice.",
        authors=(Author(name="Ines Calder"), Author(name="Wei Sun")),
    )
    made = renditions(
        "2601.08005",
        1,
        title=pairs((version.title, "重尾分布下的核岭回归")),
        abstract=pairs((version.abstract, "我们证明取中位数即已足够。")),
    )
    return entry(version, ("stat.ML", "cs.LG"), ("cs.LG", AnnounceType.CROSS), made=made)


def legacy_paper(*, announced: bool = True) -> DigestEntry:
    """Another system's translation, imported whole."""
    version = Version(
        paper_id="2601.08006",
        number=0,
        interface=Interface.DIGEST,
        title="Lattice Codes for  Patient Receivers",
        abstract="Patience pays. We say how much. ",
    )

    def imported(kind: RenditionKind, source: str, target: str) -> Rendition:
        segment = Segment(source=source, target=target, state=SegmentState.IMPORTED)
        return rendition("2601.08006", 0, kind, segment, engine="imported", model="")

    made = {
        RenditionKind.TITLE: imported(RenditionKind.TITLE, version.title, "面向耐心接收机的格码"),
        RenditionKind.ABSTRACT: imported(RenditionKind.ABSTRACT, "", "耐心有回报。我们给出其大小。"),
        RenditionKind.TLDR: imported(RenditionKind.TLDR, "", "量化了接收机等待的收益。"),
    }
    told = (("cs.LG", AnnounceType.NEW),) if announced else ()
    return entry(version, ("cs.IT", "cs.LG") if announced else (), *told, made=made)


def withdrawn_paper() -> DigestEntry:
    """Replacement v2 that is perhaps a withdrawal."""
    version = Version(
        paper_id="2512.04711",
        number=2,
        interface=Interface.FEED,
        title="A Short Proof of a Long Conjecture",
        abstract="This paper has been withdrawn because Lemma 2 is wrong.",
        authors=(Author(name="P. Hasty"),),
        withdrawal=Withdrawal.PERHAPS,
    )
    made = renditions(
        "2512.04711",
        2,
        title=pairs((version.title, "一个长猜想的短证明")),
        tldr=pairs((version.abstract, "因引理 2 有误，作者撤回本文。")),
        abstract=pairs((version.abstract, "由于引理 2 有误，本文已被撤回。")),
    )
    return entry(version, ("math.NT",), ("cs.LG", AnnounceType.REPLACE), made=made)


def old_style_paper() -> DigestEntry:
    """Replacement v3 of a paper with an old-style id; the title is nothing but math."""
    version = Version(
        paper_id="hep-th/9901001",
        number=3,
        interface=Interface.FEED,
        title="$SU(2)$",
        abstract="We revisit $SU(2)$.",
        authors=(Author(name="O. Veteran"),),
        withdrawal=Withdrawal.YES,
    )
    made = renditions(
        "hep-th/9901001",
        3,
        title=(Segment(source="$SU(2)$", target="$SU(2)$"),),
        tldr=pairs(("We revisit $SU(2)$.", "重新审视 $SU(2)$。")),
        abstract=pairs(("We revisit $SU(2)$.", "我们重新审视 $SU(2)$。")),
    )
    return entry(version, ("hep-th",), ("cs.LG", AnnounceType.REPLACE_CROSS), made=made)


def paper_without_abstract() -> DigestEntry:
    """Replacement v4 as a listing shows it: no abstract to translate."""
    version = Version(
        paper_id="2511.00042", number=4, interface=Interface.LISTING, title="Notes on Nothing", abstract=""
    )
    made = renditions("2511.00042", 4, title=pairs((version.title, "关于无的笔记")))
    return entry(version, ("cs.LG",), ("cs.LG", AnnounceType.REPLACE), made=made)
