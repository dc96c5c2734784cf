"""Readers' terms and corrected sentences."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import NOW
from tests.contract.test_store_papers import ONE_STORE, TEXT
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.ports import Store
from zhaiyao.records import Correction, Term

TIDE = Term(source="tide pool", target="潮池", accept=("潮水潭",), avoid=("潮汐游泳池",), origin="reader")
SPOKEN = Correction(source="The pond is calm.", target="池塘平静。", paper_id="2601.99901", at=NOW)
WORDINGS = st.lists(TEXT, max_size=3).map(tuple)


def terms(store: Store, language: str = "zh") -> tuple[Term, ...]:
    with store.reading() as tx:
        return tx.glossary.terms(language=language)


def test_terms_come_back_by_source(store: Store) -> None:
    other = Term(source="Ebb", target="退潮", origin="reader")
    with store.writing() as tx:
        tx.glossary.put([TIDE, other])
    assert terms(store) == (other, TIDE)


@ONE_STORE
@given(st.builds(Term, source=TEXT, target=TEXT, accept=WORDINGS, avoid=WORDINGS, origin=TEXT))
def test_a_term_comes_back_equal(store: Store, term: Term) -> None:
    with store.writing() as tx:
        tx.glossary.put([term])
        assert term in tx.glossary.terms(language="zh")
        assert tx.glossary.drop(term.source, language="zh")


def test_a_term_replaces_the_one_of_the_same_source_whatever_its_case(store: Store) -> None:
    changed = Term(source="Tide  Pool", target="潮间池", origin="reader")
    with store.writing() as tx:
        tx.glossary.put([TIDE])
        tx.glossary.put([changed])
    assert terms(store) == (changed,)


def test_of_two_in_one_call_the_later_counts(store: Store) -> None:
    later = Term(source="TIDE POOL", target="潮间池", origin="reader")
    with store.writing() as tx:
        tx.glossary.put([TIDE, later])
    assert terms(store) == (later,)


def test_languages_are_apart(store: Store) -> None:
    german = Term(source="tide pool", target="Gezeitentümpel", language="de", origin="reader")
    with store.writing() as tx:
        tx.glossary.put([TIDE, german])
        assert tx.glossary.drop("tide pool", language="zh")
    assert terms(store) == ()
    assert terms(store, "de") == (german,)


def test_a_term_is_dropped_once(store: Store) -> None:
    with store.writing() as tx:
        tx.glossary.put([TIDE])
        assert tx.glossary.drop(" TIDE pool", language="zh")
        assert not tx.glossary.drop("tide pool", language="zh")


def test_nothing_is_put_and_nothing_asked_for(store: Store) -> None:
    with store.writing() as tx:
        tx.glossary.put([])
        tx.glossary.correct(SPOKEN)
        assert tx.glossary.corrections(language="zh", fingerprints=[]) == ()


def test_a_correction_is_found_by_its_sentence_however_spelt(store: Store) -> None:
    with store.writing() as tx:
        tx.glossary.correct(SPOKEN)
        same, other = text_fingerprint("The  pond\nis calm."), text_fingerprint("The pond is wild.")
        assert tx.glossary.corrections(language="zh", fingerprints=[other, same]) == (SPOKEN,)
        assert tx.glossary.corrections(language="zh", fingerprints=[other]) == ()
        assert tx.glossary.corrections(language="de") == ()


def test_a_later_correction_takes_the_place_of_an_earlier_one(store: Store) -> None:
    later = Correction(source="The pond is  calm.", target="塘静。", paper_id="2601.99902", at=NOW + timedelta(days=1))
    with store.writing() as tx:
        tx.glossary.correct(SPOKEN)
        tx.glossary.correct(later)
        assert tx.glossary.corrections(language="zh") == (later,)


def test_corrections_come_newest_first(store: Store) -> None:
    later = Correction(source="It ebbs.", target="退潮了。", paper_id="2601.99901", at=NOW + timedelta(minutes=1))
    with store.writing() as tx:
        tx.glossary.correct(SPOKEN)
        tx.glossary.correct(later)
        assert tx.glossary.corrections(language="zh") == (later, SPOKEN)


def test_every_change_is_in_the_log(store: Store) -> None:
    with store.writing() as tx:
        tx.glossary.put([TIDE])
        tx.glossary.correct(SPOKEN)
        tx.glossary.drop("tide pool", language="zh")
        tx.glossary.drop("tide pool", language="zh")
        assert [change.key for change in tx.changes.since(0, limit=9)] == ["tide pool", "2601.99901", "tide pool"]


def test_a_failed_transaction_keeps_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        _put_and_fail(store)
    assert terms(store) == ()
    with store.reading() as tx:
        assert tx.glossary.corrections(language="zh") == ()


def _put_and_fail(store: Store) -> None:
    with store.writing() as tx:
        tx.glossary.put([TIDE])
        tx.glossary.correct(SPOKEN)
        raise ZeroDivisionError
