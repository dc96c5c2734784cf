"""The space fitted on translations: what falls together in it, what does not, and that it comes back from disk."""

import numpy as np
import pytest

from tests.bilingual import documents, pairs
from zhaiyao.errors import IndexDamaged
from zhaiyao.features import Passage
from zhaiyao.features.lexicon import Lexicon, learn
from zhaiyao.features.lsi import ENOUGH_PAIRS, ENOUGH_TEXTS, LsiEmbedder, fit, unfitted
from zhaiyao.search.semantic import spoken, terms


@pytest.fixture(scope="module")
def model() -> LsiEmbedder:
    return fit(pairs(documents(500)), [], terms)


def one(model: LsiEmbedder, text: str) -> np.ndarray:
    return model.embed([Passage(title=text)])[0]


def test_a_chinese_title_is_nearest_to_its_english_paper(model):
    unseen = documents(300, seed=9)
    english = model.embed([pair.english for pair in pairs(unseen)])
    chinese = model.embed([Passage(title=paper.title_zh) for paper in unseen])
    near = chinese @ english.T
    found = (near > np.diag(near)[:, None]).sum(axis=1) < 10
    assert found.mean() > 0.9


def test_words_of_one_meaning_fall_together(model):
    assert one(model, "protein") @ one(model, "蛋白质") > one(model, "protein") @ one(model, "冰川") + 0.5


def test_rows_have_length_one_or_none(model):
    rows = model.embed([Passage(title="protein galaxy"), Passage(), Passage(title="zzzz"), Passage(title="量子")])
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0, 0, 1], atol=1e-5)


def test_a_latin_name_is_known_in_a_chinese_text(model):
    assert one(model, "protein 的研究") @ one(model, "protein") > 0.9


def test_what_is_near_to_many_titles_is_pushed_back_more(model):
    strange = np.random.default_rng(0).standard_normal((1, model.dimensions)).astype(np.float32)
    strange /= np.linalg.norm(strange)
    assert model.hubness(one(model, "protein")[None, :])[0] > model.hubness(strange)[0] + 0.1


def test_a_fit_is_the_same_each_time(model):
    again = fit(pairs(documents(500)), [], terms)
    assert again.version == model.version
    assert np.allclose(one(again, "量子 galaxy"), one(model, "量子 galaxy"), atol=1e-3)
    assert fit(pairs(documents(500)), [], terms, seed=1).version != model.version


def test_it_comes_back_from_disk(model, tmp_path):
    model.save(tmp_path)
    back = LsiEmbedder.load(tmp_path, terms)
    assert (back.version, back.dimensions, back.crosslingual) == (model.version, model.dimensions, True)
    assert np.allclose(one(back, "蛋白质 galaxy"), one(model, "蛋白质 galaxy"), atol=1e-6)
    assert np.allclose(back.hubness(one(back, "量子")[None]), model.hubness(one(model, "量子")[None]), atol=1e-3)


@pytest.mark.parametrize("name", ["model.json", "projection.npy", "weights.npy", "queries.npy"])
@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_model_is_told(model, tmp_path, name, damage):
    model.save(tmp_path)
    if damage is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(damage)
    with pytest.raises(IndexDamaged, match="semantic model"):
        LsiEmbedder.load(tmp_path, terms)


def test_a_model_of_other_vectors_is_told(model, tmp_path):
    model.save(tmp_path)
    np.save(tmp_path / "weights.npy", np.load(tmp_path / "weights.npy") + 1)
    with pytest.raises(IndexDamaged, match="another version"):
        LsiEmbedder.load(tmp_path, terms)


def test_with_too_few_translations_english_finds_english():
    papers = documents(300, translated=ENOUGH_PAIRS - 1)
    told = pairs(papers)
    model = fit(told[: ENOUGH_PAIRS - 1], [pair.english for pair in told[ENOUGH_PAIRS - 1 :]], terms)
    assert not model.crosslingual
    assert not one(model, "蛋白质").any()
    assert one(model, "protein 蛋白质") @ one(model, "protein") > 0.99
    assert one(model, "protein") @ one(model, papers[0].title) < 0.99


def test_with_too_few_papers_nothing_is_known():
    few = fit(pairs(documents(ENOUGH_TEXTS - 1)), [], terms)
    assert few.version == unfitted(terms).version
    assert not one(few, "protein").any()
    assert few.hubness(few.embed([Passage(title="protein")])).tolist() == [0]


def test_further_english_papers_widen_the_vocabulary():
    papers = documents(400)
    more = [Passage(title="stratigraphy protein", body="stratigraphy galaxy", language="en")] * 3
    assert not one(fit(pairs(papers), [], terms), "stratigraphy").any()
    assert one(fit(pairs(papers), more, terms), "stratigraphy").any()


def test_titles_teach_words():
    lexicon = learn(pairs(documents(400)), spoken)
    assert lexicon.pairs == 400
    assert lexicon.of("蛋白质")[0][0] == "protein"
    assert lexicon.of("protein")[0][0] == "蛋白质"
    assert lexicon.of("冰川")[0][1] > 0.8
    assert lexicon.of("no such word") == ()


def test_a_word_is_not_its_own_translation():
    taught = [
        pair
        for pair in pairs(documents(100))
        for pair in [
            type(pair)(
                english=Passage(title="bert " + pair.english.title),
                chinese=Passage(title="BERT与" + pair.chinese.title),
            )
        ]
    ]
    assert "bert" not in dict(learn(taught, spoken).of("bert"))


def test_nothing_teaches_nothing():
    assert len(learn([], spoken)) == 0
    assert len(learn(pairs(documents(3, translated=0)), spoken)) == 0


def test_a_lexicon_comes_back_from_disk(tmp_path):
    path = tmp_path / "lexicon.json"
    assert len(Lexicon.load(path)) == 0
    lexicon = learn(pairs(documents(200)), spoken)
    lexicon.save(path)
    back = Lexicon.load(path)
    assert (back.of("protein"), back.pairs, len(back)) == (lexicon.of("protein"), 200, len(lexicon))
    path.write_bytes(b"[]")
    with pytest.raises(IndexDamaged, match="lexicon"):
        Lexicon.load(path)
