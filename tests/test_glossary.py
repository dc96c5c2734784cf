"""Where terms stand, and whether a translation keeps to them."""

import json
import lzma
import time
from pathlib import Path

import pytest

from zhaiyao.glossary import Glossary, defaults, explaining, mended, missing, replaced
from zhaiyao.records import Term


def term(source: str, target: str = "某", *, accept: tuple[str, ...] = (), avoid: tuple[str, ...] = ()) -> Term:
    return Term(source=source, target=target, accept=accept, avoid=avoid)


AGENT = Term(source="agent", target="智能体", accept=("主体",), avoid=("代理",), origin="reader")


def sources(text: str, *terms: str) -> list[str]:
    return [one.source for one in Glossary(map(term, terms)).occurring(text)]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("data set", "Three Data Sets are used."),
        ("data set", "a dataset"),
        ("data set", "data-sets"),
        ("data set", "the data\nset"),
        ("overfitting", "no over-fitting here"),
        ("eigenvalue", "(eigenvalues)"),
        ("covariance matrix", "covariance matrices"),
        ("body", "two bodies"),
        ("graph vertex", "all graph vertices"),
        ("spectrum", "SPECTRA"),
        ("bias", "biases"),
        ("loss", "losses"),
        ("Markov chain", "a markov chain's law"),
        ("Bayes risk", "Bayes' risk"),
        ("Schrödinger equation", "the Schrodinger equation"),
        ("Schrodinger equation", "the Schrödinger equation"),
        ("normalizing flow", "normalising flows"),
        ("labour market", "labor markets"),
        ("p-value", "p values"),
        ("GAN", "two GANs"),
        ("LoRA", "by LoRA."),
        ("agent", "智能体agent很好"),
    ],
)
def test_a_term_is_found_however_it_is_written(source: str, text: str) -> None:
    assert sources(text, source) == [source]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("agent", "reagents and agentic ones"),
        ("data set", "data. Set it"),
        ("data set", "data, set"),
        ("anode", "it is an ode"),
        ("GAN", "the gan and Gan"),
        ("LoRA", "Lora sings"),
        ("agent", "by $agent_1$ and \\ref{agent}"),
        ("agent", "see https://example.org/agent and `agent`"),
        ("tide pool", "tide"),
        ("agent", ""),
    ],
)
def test_what_only_looks_like_a_term_is_none(source: str, text: str) -> None:
    assert sources(text, source) == []


def test_of_several_terms_at_one_place_the_longest_is_found() -> None:
    three = ("neural network", "graph neural network", "network flow")
    assert sources("A graph neural network flow.", *three) == ["graph neural network"]
    assert sources("A neural graph, a neural network.", *three) == ["neural network"]


def test_terms_come_once_in_the_order_of_the_text() -> None:
    assert sources("ebb, flood, ebbs, slack", "slack", "flood", "ebb") == ["ebb", "flood", "slack"]


def test_the_readers_term_wins_whatever_the_order() -> None:
    own, packaged = AGENT, term("Agents", "代理")
    for terms in ([own, packaged], [packaged, own]):
        assert Glossary(terms).occurring("the agent") == (own,)
        assert Glossary(terms).get("AGENT") is own
    assert Glossary([packaged]).get("tide") is None


def test_a_term_without_a_word_is_passed_over() -> None:
    assert len(Glossary([term("—")])) == 0


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("An agent acts.", "智能体行动。"),
        ("An agent acts.", "智 能 体行动。"),
        ("An agent acts.", "主体行动。"),
        ("An agent acts.", "行动者（agent）行动。"),
        ("The model uses the Agent Smith toolkit today.", "该模型如今使用Agent Smith工具包。"),
        ("The model uses the Smith Agent today, which is good.", "该模型如今使用史密斯特工，效果好。"),
        ("It acts.", "它行动。"),
        ("By $agent$ alone.", "仅凭$agent$。"),
    ],
)
def test_nothing_is_missing_where_the_term_is_kept_or_rightly_absent(source: str, target: str) -> None:
    assert missing(source, target, [AGENT]) == ()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("An agent acts.", "代理行动。"),
        ("Agents act in the pond.", "它们在池塘里行动。"),
        ("Agents in Ponds and Rivers", "池塘与河流中的代理"),
        ("Agents act. Tides do, too.", "代理行动。潮也是。"),
    ],
)
def test_a_term_in_other_words_is_missing(source: str, target: str) -> None:
    assert missing(source, target, [AGENT]) == (AGENT,)


def test_the_acronym_that_its_source_introduces_stands_for_a_term() -> None:
    flow = term("tidal flow model", "潮流模型")
    assert missing("A tidal flow model (TFM) is used.", "使用 TFM。", [flow]) == ()
    assert missing("A tidal flow model (TFM) is used.", "使用一个模型。", [flow]) == (flow,)


def test_latin_case_and_hyphens_do_not_count() -> None:
    means = term("k-means", "K 均值")
    assert missing("By k-means.", "用k-均值。", [means]) == ()


@pytest.mark.parametrize(
    ("source", "target", "result"),
    [
        ("An agent acts.", "代理行动。", "智能体行动。"),
        ("Agents meet agents.", "代理遇见代理。", "智能体遇见智能体。"),
        ("Agents meet agents.", "主体遇见代理。", "主体遇见智能体。"),
        ("An agent acts.", "代理通过代理行动。", "代理通过代理行动。"),  # one of them is a proxy
        ("Agents meet agents.", "代理相遇。", "代理相遇。"),  # not as often: not certain
        ("A proxy acts.", "代理行动。", "代理行动。"),
        ("An agent at $\\text{代理}$.", "位于$\\text{代理}$的代理。", "位于$\\text{代理}$的智能体。"),
    ],
)
def test_an_avoided_wording_is_replaced_where_that_is_certain(source: str, target: str, result: str) -> None:
    assert mended(source, target, [AGENT]) == result


def test_an_avoided_wording_inside_a_longer_translation_stays() -> None:
    proxy = term("proxy server", "代理服务器")
    source = "The agent has a proxy server."
    assert mended(source, "代理有代理服务器。", [AGENT, proxy]) == "智能体有代理服务器。"
    longer = term("network", "神经网络", avoid=("网络",))
    assert mended("A network.", "一个神经网络。", [longer]) == "一个神经网络。"
    assert mended("A network.", "一个网络。", [longer]) == "一个神经网络。"


def test_an_avoided_wording_may_hold_the_target() -> None:
    beam = term("beam search", "束搜索", avoid=("光束搜索",))
    assert missing("A beam search.", "一次光束搜索。", [beam]) == (beam,)
    assert mended("A beam search.", "一次光束搜索。", [beam]) == "一次束搜索。"


def test_a_latin_wording_is_replaced_as_a_whole_word() -> None:
    flow = term("flow", "流", avoid=("flow",))
    assert mended("A flow of TensorFlow.", "TensorFlow的flow。", [flow]) == "TensorFlow的流。"


def test_mending_twice_is_mending_once() -> None:
    once = mended("An agent acts.", "代理行动。", [AGENT])
    assert mended("An agent acts.", once, [AGENT]) == once


def test_a_wording_is_replaced_outside_formulas_and_longer_words() -> None:
    assert replaced("网络与神经网络，$x_\\text{网络}$", "网络", "神经网络") == "神经网络与神经网络，$x_\\text{网络}$"
    assert replaced("代理与代理人", "代理", "智能体", protect=["代理人"]) == "智能体与代理人"


def test_the_words_behind_a_wording_are_found_when_clear() -> None:
    holding = ["Each agent swims.", "Two agents meet in ponds.", "An agent rests, then swims."]
    others = ["Ponds are deep.", "Fish swim in ponds.", "It rests."]
    assert explaining(holding, others, among="The agent swims in ponds.") == "agent"
    assert explaining(holding[:2], others, among="The agent swims.") == ""
    both = [f"{one} A lazy agent." for one in ("Here.", "There.", "Now.")]
    assert explaining(both, others, among="A lazy agent.") == "lazy agent"
    assert explaining(["A b c agent fish"] * 3, others[:1], among="An agent, a fish.") == ""


def test_a_text_is_read_in_a_fraction_of_a_millisecond(shared: Path) -> None:
    with lzma.open(shared / "corpus" / "listings-2025.jsonl.xz", "rt", encoding="utf-8") as lines:
        abstracts = [json.loads(line)["abstract"] for line, _ in zip(lines, range(400), strict=False)]
    glossary = Glossary((*defaults(), *(term(f"own word {number}") for number in range(300))))
    start = time.process_time()
    counts = [len(glossary.occurring(abstract)) for abstract in abstracts]
    seconds = time.process_time() - start
    assert seconds / len(abstracts) < 0.001  # 0.2 ms where nothing else runs
    assert 1 < sum(counts) / len(counts) < 5
