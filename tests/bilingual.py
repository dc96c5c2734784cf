"""An invented archive in two languages: papers of made-up topics, whose words translate one to one."""

import random

from zhaiyao.features import Pair, Passage
from zhaiyao.finding import Document

WORDS = (
    ("diffusion", "扩散"),
    ("protein", "蛋白质"),
    ("graph", "图谱"),
    ("quantum", "量子"),
    ("galaxy", "星系"),
    ("climate", "气候"),
    ("robot", "机器人"),
    ("speech", "语音"),
    ("privacy", "隐私"),
    ("market", "市场"),
    ("neuron", "神经元"),
    ("crystal", "晶体"),
    ("laser", "激光"),
    ("traffic", "交通"),
    ("vaccine", "疫苗"),
    ("satellite", "卫星"),
    ("language", "语言"),
    ("vision", "视觉"),
    ("music", "音乐"),
    ("battery", "电池"),
    ("ocean", "海洋"),
    ("genome", "基因组"),
    ("plasma", "等离子体"),
    ("tumor", "肿瘤"),
    ("planet", "行星"),
    ("bridge", "桥梁"),
    ("forest", "森林"),
    ("earthquake", "地震"),
    ("polymer", "聚合物"),
    ("antibody", "抗体"),
    ("turbulence", "湍流"),
    ("magnet", "磁铁"),
    ("telescope", "望远镜"),
    ("encryption", "加密"),
    ("auction", "拍卖"),
    ("virus", "病毒"),
    ("glacier", "冰川"),
    ("wheat", "小麦"),
    ("camera", "相机"),
    ("catalyst", "催化剂"),
)
COMMON = (("method", "方法"), ("result", "结果"), ("analysis", "分析"), ("experiment", "实验"))


def documents(count: int, *, seed: int = 1, translated: int | None = None) -> list[Document]:
    """Papers about four things each, named twice in the abstract; the first `translated` (or all) in both languages."""
    choose = random.Random(seed)
    made = []
    for number in range(count):
        topics = choose.sample(WORDS, 4)
        filler = choose.sample(COMMON, 2)
        body = [*topics, *topics, *filler]
        choose.shuffle(body)
        title, abstract = ([pair[0] for pair in part] for part in (topics[:3], body))
        title_zh, abstract_zh = ([pair[1] for pair in part] for part in (topics[:3], body))
        both = translated is None or number < translated
        made.append(
            Document(
                paper_id=f"2601.{number:05}",
                title=" ".join(title),
                abstract=" ".join(abstract),
                title_zh="与".join(title_zh) if both else "",
                abstract_zh="，".join(abstract_zh) if both else "",
            )
        )
    return made


def pairs(papers: list[Document]) -> list[Pair]:
    """The same as an embedder is taught."""
    return [
        Pair(
            english=Passage(title=one.title, body=one.abstract, language="en"),
            chinese=Passage(title=one.title_zh, body=one.abstract_zh, language="zh"),
        )
        for one in papers
    ]
