"""Any number of invented papers in English and Chinese, from a small seeded grammar. The same seed, the same papers."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from zhaiyao.finding import Document

SUBJECTS = {
    "pond": "池塘", "tide": "潮汐", "glacier": "冰川", "lantern": "灯笼", "orchard": "果园", "kettle": "水壶",
    "meadow": "草地", "harbour": "港口", "violin": "小提琴", "windmill": "风车", "beehive": "蜂巢", "canyon": "峡谷",
}  # fmt: skip
METHODS = {
    "diffusion model": "扩散模型", "neural network": "神经网络", "decision tree": "决策树", "random walk": "随机游走",
    "spectral analysis": "谱分析", "graph embedding": "图嵌入", "Monte Carlo sampling": "蒙特卡洛采样",
    "reinforcement learning": "强化学习",
}  # fmt: skip
QUALITIES = {
    "robust": "稳健的", "sparse": "稀疏的", "scalable": "可扩展的", "causal": "因果的", "hidden": "隐藏的",
    "periodic": "周期性的",
}  # fmt: skip
VERBS = {"measure": "测量", "predict": "预测", "compress": "压缩", "simulate": "模拟", "classify": "分类"}
SURNAMES = ("Abara", "Birk", "Czerny", "Doležal", "Espín", "Fjord", "Grünwald", "Haddock")
CATEGORIES = ("cs.LG", "cs.CL", "math.NA", "stat.ML", "quant-ph", "hep-th")
FIRST = date(2024, 1, 1)


def documents(count: int, *, seed: int = 1, translated: float = 0.8) -> Iterator[Document]:
    """So many papers; a part of them is not translated. Ids run through the months from January 2024 on."""
    chance = random.Random(seed)
    for number in range(count):
        yield document(number, chance, translated=chance.random() < translated)


def document(number: int, chance: random.Random, *, translated: bool) -> Document:
    subject, method, quality, verb = (chance.choice(list(table)) for table in (SUBJECTS, METHODS, QUALITIES, VERBS))
    other = chance.choice(list(SUBJECTS))
    day = FIRST + timedelta(days=number % 700)
    marker = f"item{number}"
    english = f"We {verb} every {subject} with a {quality} {method}. Each {other} is {marker}. The {method} is fast."
    chinese = (
        f"我们用{QUALITIES[quality]}{METHODS[method]}{VERBS[verb]}每个{SUBJECTS[subject]}。{SUBJECTS[other]}也是如此。"
    )
    return Document(
        paper_id=paper_id(number, day),
        title=f"A {quality} {method} for the {subject}",
        abstract=english,
        title_zh=f"用于{SUBJECTS[subject]}的{QUALITIES[quality]}{METHODS[method]}" if translated else "",
        abstract_zh=chinese if translated else "",
        tldr_zh=f"本文{VERBS[verb]}{SUBJECTS[subject]}。" if translated else "",
        authors=tuple(f"{chance.choice('ABCDE')}da {chance.choice(SURNAMES)}" for _ in range(2)),
        categories=(chance.choice(CATEGORIES),),
        announced=(day,),
        marks=("starred",) if number % 50 == 0 else (),
    )


def paper_id(number: int, day: date) -> str:
    return f"{day:%y%m}.{number % 99_999 + 1:05d}"
