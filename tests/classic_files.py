"""Classic digests for tests: the earlier system's way to write one, independent of our code, and invented papers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from zhaiyao.records import Digest, DigestEntry, Edition, Paper
from zhaiyao.sources.digest_file import DigestFile, parse

GOLDEN = Path(__file__).parent / "golden" / "classic"
NOW = datetime(2026, 1, 14, 6, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPaper:
    """A paper as the earlier system held it."""

    link: str = "http://arxiv.org/abs/2301.99901"
    title: str = "The Tides of Small Ponds. (arXiv:2301.99901v1 [physics.flu-dyn])"
    title_zh: str = "小池塘的潮汐"
    tldr: str = "本文测量了小池塘的潮汐。"
    tldr_en: str = ""
    abstract_zh: str = "我们测量了小池塘的潮汐。它们很小。"
    abstract: str = "We measure the tides of small ponds. They are small. "


POND = OldPaper()
MOSS = OldPaper(
    link="https://arxiv.org/abs/2404.99902",
    title="Moss Counts Photons",
    title_zh="苔藓会数光子",
    tldr="提出了苔藓的光子计数模型。",
    abstract_zh="我们证明苔藓会数光子。",
    abstract="arXiv:2404.99902v1 Announce Type: cross  Abstract: We show that moss counts photons.",
)


def written(papers: Sequence[OldPaper], *, ordered: bool = True) -> bytes:
    """The file that the earlier system wrote of these papers, highest link first."""
    papers = sorted(papers, key=lambda paper: paper.link, reverse=True) if ordered else papers
    text = "# 摘要\n\n| Ref | Title | Summary |\n| --- | --- | --- |\n"
    text += "\n".join(_row(number, paper) for number, paper in enumerate(papers, 1))
    text += "\n\n# 详细\n\n"
    text += "\n".join(_entry(number, paper) for number, paper in enumerate(papers, 1))
    return (text + "\n\n").encode()


def _row(number: int, paper: OldPaper) -> str:
    title = _flat(re.sub(r"\s*\(arXiv.+", "", paper.title))
    return f"| [^{number}] | [{title}]({paper.link}) | {_flat(paper.tldr)} |"


def _entry(number: int, paper: OldPaper) -> str:
    return (
        f"[^{number}]: {_flat(paper.title_zh)}\n\n"
        f"    {paper.title}\n\n"
        f"    [{paper.link}]({paper.link})\n\n"
        f"    {_flat(paper.tldr)}\n\n"
        f"    {_flat(paper.tldr_en)}\n\n"
        f"    {_flat(paper.abstract_zh)}\n\n"
        f"    {_flat(paper.abstract)}\n    "
    )


def _flat(text: str) -> str:
    return text.replace("\n", " ")


def read(data: bytes) -> DigestFile:
    """The records of a digest."""
    return parse(data, made_at=NOW, name="day.md")


def resolved(file: DigestFile) -> Digest:
    """The digest that a store gives back of these records: texts are found by the keys that an entry pins."""
    papers = {paper.id: paper for paper in file.papers}
    versions = {version.key: version for version in file.versions}
    renditions = {rendition.key: rendition for rendition in file.renditions}
    entries = []
    for entry in file.entries:
        pinned = [renditions[key] for key in entry.rendition_keys]
        entries.append(
            DigestEntry(
                entry=entry,
                paper=papers.get(entry.paper_id, Paper(id="")),
                version=versions.get(entry.version_key),
                renditions={one.kind: one for one in pinned},
            )
        )
    edition = Edition(id=f"sha256:{file.document}", made_at=NOW, entries=file.entries, cause="imported")
    return Digest(edition=edition, entries=tuple(entries))


# Every kind of record, with the oddities that real files have.
DAY = (
    replace(
        POND,
        link="http://arxiv.org/abs/2311.99911",
        title="Do Ponds\n  Dream of $|x|$ Tides?. (arXiv:2311.99911v3 [cs.LG] UPDATED)",
        title_zh="池塘会梦见$|x|$潮汐吗？（arXiv：2311.99911v3 [cs.LG] 已更新）",
        tldr="提出了 |x| 与 [^1] 的关系，见 [潮汐](http://arxiv.org/abs/2311.99911) | 完。",
    ),
    replace(
        POND,
        link="http://arxiv.org/abs/2311.99912",
        title="Clouds as Caches. (arXiv:2311.99912v1 [cs.DC] CROSS LISTED)",
        tldr_en="Clouds are caches.",
        abstract="Clouds are caches\u200b of rain,  and we show how.   ",
    ),
    replace(POND, link="http://arxiv.org/abs/2311.99913v2", title="On v2 Links. (arXiv:2311.99913v2 [stat.ML])"),
    replace(
        POND,
        link="http://arxiv.org/abs/quant-ph/0212914",
        title="Old Identifiers Do Not Fade. (arXiv:quant-ph/0212914v4 [quant-ph] UPDATED)",
    ),
    replace(
        MOSS,
        title="Moss Counts Photons  ",
        abstract_zh="arXiv:2404.99902v1 公告类型：交叉领域 摘要：我们证明苔藓会数光子。",
    ),
    replace(
        MOSS,
        link="https://arxiv.org/abs/2404.99903",
        title="A (arXiv) Study of Titles",
        title_zh="论文标题：标题研究",
        abstract="arXiv:2404.99903v2 Announce Type: replace-cross Abstract: One blank before the label.",
        abstract_zh="摘要：标签前只有一个空格。",
    ),
    replace(
        MOSS,
        link="https://arxiv.org/abs/2404.99904",
        title="Bare Records",
        abstract="Abstract machines have no announcement.",
        abstract_zh="摘要机器没有公告。",
    ),
    replace(
        MOSS,
        link="https://rss.arxiv.org/abs/2402.99905",
        title="From the Feed's Own Host",
        abstract="arXiv:2402.99905v1 Announce Type: new  Abstract: A host of feeds.",
    ),
    replace(MOSS, title="Moss Counts Photons, Again"),
)
