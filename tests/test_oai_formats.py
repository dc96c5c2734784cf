import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arxiv_documents import CLOTHES, Told, clothed, damaged, identifiers, oai_error, records, sets, whole
from zhaiyao.categories import archives, categories
from zhaiyao.errors import ParseError, UnknownCategory
from zhaiyao.records import Author, Interface, Paper, Version, Withdrawal
from zhaiyao.sources.oai_formats import (
    BAD_TOKEN,
    NO_RECORDS,
    Header,
    OaiPage,
    category_of,
    read,
    read_identity,
    read_sets,
    set_of,
)

GONE = Told(id="2603.90077", deleted=True)
GOOD = [
    records(whole(), Told(), GONE, token="verb%3DListRecords%26skip%3D2"),
    records(whole(), form="arXiv", verb="GetRecord"),
    identifiers(whole(), Told(), token=""),
    oai_error("noRecordsMatch"),
]

JAN, FEB, MAR = "Mon, 05 Jan 2026 01:02:03 GMT", "Mon, 2 Feb 2026 01:02:03 GMT", "Mon, 02 Mar 2026 01:02:03 -0000"


def only(paper: Told, form: str = "arXivRaw") -> Version:
    (sighting,) = read(records(paper, form=form)).sightings
    return sighting.version


# --- arXivRaw -------------------------------------------------------------------------------------------------------


def test_every_field_of_a_raw_record() -> None:
    page = read(records(whole()))
    assert (page.token, page.error, page.deleted) == ("", "", ())
    assert page.headers == (
        Header(paper_id="math/0402999", changed_on=date(2026, 3, 4), sets=("math:math:NA", "cs:cs:NA")),
    )
    (sighting,) = page.sightings
    assert sighting.announcement is None
    assert sighting.paper == Paper(id="math/0402999", categories=("math.NA", "cs.NA"))
    assert sighting.version == Version(
        paper_id="math/0402999",
        number=2,
        interface=Interface.OAI_RAW,
        title=r"Erdős trees of $\alpha<\beta$",
        abstract="Let $p<1/2$ & more.\n\nA second paragraph.",
        authors=(Author(name="Zsófia Kőhalmi", affiliations=("Pest",)), Author(name="Suparman")),
        comments="12 pages, in French",
        journal_ref="Ann. für X 3 (2026)",
        doi="10.9999/one 10.9999/two(3)4:5<6::7;8",
        license="http://creativecommons.org/licenses/by/4.0/",
        submitted_at=datetime(2026, 3, 2, 18, 1, 2, tzinfo=UTC),
    )


def test_the_current_version_is_the_highest_wherever_it_stands() -> None:
    data = records(Told(versions=((JAN, ""), (MAR, "AD"), (FEB, ""))))
    history = data[data.index(b"<version ") : data.rindex(b"</version>") + len(b"</version>")]
    backwards = b"</version>".join(reversed(history.split(b"</version>")[:-1])) + b"</version>"
    for told in (data, data.replace(history, backwards)):
        (sighting,) = read(told).sightings
        assert (sighting.version.number, sighting.version.submitted_at) == (
            3,
            datetime(2026, 2, 2, 1, 2, 3, tzinfo=UTC),
        )


@pytest.mark.parametrize(
    ("versions", "comments", "withdrawal"),
    [
        (((JAN, ""), (FEB, ""), (MAR, "I")), "", Withdrawal.YES),
        (((JAN, ""), (FEB, "SI")), "", Withdrawal.YES),
        (((JAN, "I"), (FEB, "")), "", Withdrawal.NO),
        (((JAN, ""), (FEB, "D")), "", Withdrawal.NO),
        (((JAN, ""), (FEB, "D")), "This paper has been withdrawn", Withdrawal.PERHAPS),
    ],
)
def test_the_source_type_of_the_current_version_withdraws(
    versions: tuple[tuple[str, str], ...], comments: str, withdrawal: Withdrawal
) -> None:
    assert only(Told(versions=versions, comments=comments)).withdrawal is withdrawal


@pytest.mark.parametrize(
    ("told", "doi"),
    [("10.1/a 10.2/b", "10.1/a 10.2/b"), ("10.1/a; 10.2/b", "10.1/a 10.2/b"), ("10.1/a;2-X", "10.1/a;2-X")],
)
def test_several_dois_in_one_field(told: str, doi: str) -> None:
    assert only(Told(dois=(told,))).doi == doi


def test_what_is_missing_is_empty() -> None:
    version = only(Told(abstract="", license="", authors=""))
    assert (version.abstract, version.license, version.authors, version.doi) == ("", "", (), "")


# --- arXiv ----------------------------------------------------------------------------------------------------------


def test_every_field_of_the_other_format() -> None:
    raw, version = only(whole()), only(whole(), "arXiv")
    told_by_raw_alone = replace(
        raw,
        interface=Interface.OAI,
        number=0,
        submitted_at=None,
        authors=(Author(name="Zsófia Kőhalmi"), Author(name="Suparman")),
    )
    assert version == told_by_raw_alone


def test_split_names_are_put_together_and_older_affiliations_kept() -> None:
    data = records(Told(authors="Waldo Roe"), form="arXiv").replace(
        b"</forenames>", b"</forenames><suffix>Jr</suffix><affiliation>Inst. A</affiliation><affiliation/>"
    )
    (sighting,) = read(data).sightings
    assert sighting.version.authors == (Author(name="Waldo Roe Jr", affiliations=("Inst. A",)),)


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, ""])
def test_both_endings_of_a_list_are_an_end(token: str | None) -> None:
    assert read(records(Told(), token=token)).token == ""


def test_a_later_page_may_be_empty() -> None:
    assert read(records(token="")) == OaiPage()
    assert read(records(token="more")) == OaiPage(token="more")


def test_a_token_is_kept_as_it_is() -> None:
    assert read(records(Told(), token="verb%3DListRecords%26skip%3D2")).token == "verb%3DListRecords%26skip%3D2"


def test_deleted_records_are_told_and_are_no_sightings() -> None:
    page = read(records(Told(), GONE))
    assert page.deleted == ("2603.90077",)
    assert [one.paper.id for one in page.sightings] == ["2603.90010"]
    assert len(page.headers) == 2


def test_headers_alone_name_fewer_sets_and_mean_the_same_categories() -> None:
    (full,), (alone,) = read(records(whole())).headers, read(identifiers(whole())).headers
    assert full.sets != alone.sets
    assert full.categories == alone.categories == ("math.NA",)
    assert read(identifiers(whole(), GONE)).sightings == ()
    assert read(identifiers(whole(), GONE)).deleted == ("2603.90077",)


def test_errors_are_answers() -> None:
    page = read(oai_error("noRecordsMatch", "Nothing & nobody."))
    assert page == OaiPage(error=NO_RECORDS, reason="Nothing & nobody.")
    assert read(oai_error("badResumptionToken")).error == BAD_TOKEN


def test_the_list_of_sets() -> None:
    assert read_sets(sets("cs", "cs:cs:LG", "cs")) == (("cs", "Science of cs"), ("cs:cs:LG", "Science of cs:cs:LG"))
    with pytest.raises(ParseError, match="arXiv answered noSetHierarchy: No"):
        read_sets(oai_error("noSetHierarchy"))
    with pytest.raises(ParseError, match="an answer to something else: responseDate, request, ListRecords"):
        read_sets(records(Told()))


# --- what does not matter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", CLOTHES)
@pytest.mark.parametrize("data", GOOD, ids=["raw", "arXiv", "headers", "error"])
def test_order_prefixes_and_encoding_do_not_matter(data: bytes, how: str) -> None:
    dressed = clothed(data, how)
    assert dressed != data
    assert read(dressed) == read(data)


@settings(max_examples=300, deadline=None)
@given(data=damaged(GOOD))
def test_damage_raises_nothing_but_parse_errors(data: bytes) -> None:
    with suppress(ParseError):
        page = read(data)
        assert len(page.sightings) <= len(page.headers)
        for one in page.sightings:
            assert one.version.title
            assert one.paper.categories
            assert one.version.number or one.version.interface is Interface.OAI


@settings(max_examples=100, deadline=None)
@given(data=damaged([sets("cs", "cs:cs:LG")]))
def test_damage_to_the_other_answers(data: bytes) -> None:
    for reader in (read_sets, read_identity):
        with suppress(ParseError):
            assert reader(data) is not None


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"<title>On the gait of paper tigers</title>", b"", "it has no title"),
        (b"<id>2603.90010</id>", b"<id>2603.90011</id>", "its header is that of 2603.90010, its metadata that of"),
        (b"oai:arXiv.org:2603.90010", b"oai:arXiv.org:x", "is no arXiv identifier"),
        (b"<datestamp>2026-03-04</datestamp>", b"<datestamp>soon</datestamp>", "'soon' is no date"),
        (b"<date>Mon, 02 Mar 2026 18:01:02 GMT</date>", b"", "'' is no date"),
        (b'version="v1"', b'version="1"', "'1' is no version"),
        (b'version="v1"', 'version="v\u0661"'.encode(), "is no version"),
        (b"<version ", b"<release ", "not well-formed"),
        (b"<categories>cs.LG stat.ML</categories>", b"", "it has no category"),
        (b"<categories>cs.LG", b"<categories>68T05", "'68T05' is no category"),
        (b"arXivRaw", b"arXivOld", "not arXivRaw or arXiv"),
        (b"<metadata>", b"<about/><metadata>", ""),
    ],
)
def test_a_record_that_cannot_be_read_fails_the_page_and_is_named(old: bytes, new: bytes, what: str) -> None:
    good = records(Told(id="2603.90009", title="A good one"), Told())
    at = good.rindex(b"<record>")
    assert old in good[at:]
    spoilt = good[:at] + good[at:].replace(old, new)
    if not what:
        assert read(spoilt) == read(good)
        return
    with pytest.raises(ParseError) as caught:
        read(spoilt)
    assert what in caught.value.what
    assert caught.value.what.startswith(("record 2 of 2 cannot be read: ", "not well-formed"))
    assert caught.value.hint


def test_a_record_without_a_version_or_metadata() -> None:
    with pytest.raises(ParseError, match="it tells no version"):
        read(records(Told(versions=())))
    with pytest.raises(ParseError, match="it has no metadata"):
        read(records(GONE).replace(b' status="deleted"', b""))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the answer is empty"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x" "y">\n<html><head>', "an HTML page came"),
        (b"<feed/>", "not OAI-PMH, but XML with the root feed"),
        (records(Told())[:-40], "cut off"),
        (records(), "a list without a single record"),
        (sets("cs"), "an answer to something else: responseDate, request, ListSets"),
    ],
)
def test_what_is_no_page_is_said_in_words(data: bytes, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data)
    assert what in caught.value.what
    assert caught.value.hint


# --- sets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("cs.LG", "cs:cs:LG"),
        ("cs.NA", "math:math:NA"),
        ("math.MP", "physics:math-ph"),
        ("hep-th", "physics:hep-th"),
        ("cond-mat.str-el", "physics:cond-mat:str-el"),
        ("cs", "cs"),
        ("q-bio", "q-bio"),
        ("physics", "physics:physics"),
        ("physics.optics", "physics:physics:optics"),
        ("cond-mat", "physics:cond-mat"),
        ("CS.ai", "cs:cs:AI"),
    ],
)
def test_set_names_are_those_of_2025(name: str, spec: str) -> None:
    assert set_of(name) == spec


def test_every_subscription_has_a_set_and_gets_its_name_back() -> None:
    for name in (one.id for one in (*archives(), *categories()) if one.active):
        folded = category_of(set_of(name))
        assert folded == name or set_of(folded) == set_of(name)
    with pytest.raises(UnknownCategory):
        set_of("cs:LG")


# --- real documents -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def payloads(shared: Path) -> Path:
    return shared / "reference" / "payloads"


def test_set_names_are_in_arxivs_own_list(payloads: Path) -> None:
    listed = {spec for spec, _ in read_sets((payloads / "oai_listsets.xml").read_bytes())}
    active = [one.id for one in categories() if one.active and not one.alias_of]
    assert {set_of(name) for name in active} <= listed
    assert {set_of(one.id) for one in archives() if one.active} <= listed
    rows = json.loads((payloads / "taxonomy.json").read_bytes())
    assert {row["id"]: set_of(row["id"]) for row in rows if row["id"] in active} == {
        row["id"]: row["oai_set"] for row in rows if row["id"] in active
    }


def test_a_real_walk_of_three_pages(payloads: Path) -> None:
    pages = [read((payloads / f"oai_listrecords_arXivRaw_page{number}.xml").read_bytes()) for number in (1, 2, 3)]
    assert [len(page.sightings) for page in pages] == [4, 4, 3]
    assert [bool(page.token) for page in pages] == [True, True, False]
    for page in pages:
        for header, one in zip(page.headers, page.sightings, strict=True):
            assert set(one.paper.categories) <= {category_of(spec) for spec in header.sets}
            assert one.version.submitted_at is not None
            assert one.version.authors
            assert "\\'" not in str(one.version.authors)
    gamma = pages[2].sightings[0].version
    assert gamma.title == r"Two-phonon $\gamma$-vibrational states in rotating triaxial odd-$A$ nuclei"


def test_a_real_withdrawal(payloads: Path) -> None:
    (one,) = read((payloads / "oai_getrecord_arXivRaw_withdrawn.xml").read_bytes()).sightings
    assert (one.version.number, one.version.withdrawal) == (4, Withdrawal.YES)
    assert one.version.submitted_at == datetime(2011, 2, 7, 4, 50, 37, tzinfo=UTC)
    assert one.version.comments.startswith("This paper has been withdrawn by the authors")


def test_two_real_formats_of_one_paper(payloads: Path) -> None:
    (raw,) = read((payloads / "oai_getrecord_arXivRaw.xml").read_bytes()).sightings
    (other,) = read((payloads / "oai_getrecord_arXiv.xml").read_bytes()).sightings
    assert raw.paper == other.paper == Paper(id="0712.3217", categories=("math.NA", "math.PR"))
    assert (raw.version.interface, other.version.interface) == (Interface.OAI_RAW, Interface.OAI)
    assert (raw.version.title, raw.version.abstract) == (other.version.title, other.version.abstract)
    assert [one.name for one in raw.version.authors] == [one.name for one in other.version.authors]
    assert raw.version.authors[1] == Author(name="Frédéric Lagoutière", affiliations=("LJLL",))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("badArgument", "Set does not exist"),
        ("badResumptionToken", "Token decoding failed"),
        ("cannotDisseminateFormat", "Did not recognize requested format"),
        ("idDoesNotExist", "Invalid arXiv_id structure"),
        ("noRecordsMatch", "results in an empty list"),
    ],
)
def test_real_errors(payloads: Path, name: str, error: str) -> None:
    page = read((payloads / f"oai_error_{name}.xml").read_bytes())
    assert (page.error, page.sightings) == (name, ())
    assert error in page.reason


@pytest.mark.parametrize(
    ("name", "headers", "gone"),
    [
        ("oai_listidentifiers_page1.xml", 6, 0),
        ("oai_legacy_pre2025_listidentifiers.xml", 2, 0),
        ("oai_deleted_record_constructed.xml", 1, 1),
        ("oai_getrecord_arXiv_greek.xml", 1, 0),
        ("oai_getrecord_arXiv_multiversion.xml", 1, 0),
        ("oai_getrecord_arXiv_acm_class_bug.xml", 1, 0),
    ],
)
def test_other_real_pages_in_any_clothes(payloads: Path, name: str, headers: int, gone: int) -> None:
    data = (payloads / name).read_bytes()
    page = read(data)
    assert (len(page.headers), len(page.deleted)) == (headers, gone)
    for how in CLOTHES:
        assert read(clothed(data, how)) == page


def test_real_greek_stays_and_a_real_suffix_too(payloads: Path) -> None:
    (greek,) = read((payloads / "oai_getrecord_arXiv_greek.xml").read_bytes()).sightings
    assert r"$\bar{D}Σ_{c}$-$\bar DΛ_c$" in greek.version.abstract
    (suffix,) = read((payloads / "oai_getrecord_arXiv_multiversion.xml").read_bytes()).sightings
    assert suffix.version.authors[1].name == "Waldyr A. Rodrigues Jr"


@pytest.mark.parametrize(
    "name",
    [
        "oai_503_first_byte_timeout.html",
        "oai_getrecord_arXivOld.xml",
        "oai_getrecord_oai_dc.xml",
        "oai_identify.xml",
        "oai_listmetadataformats.xml",
        "oai_listsets.xml",
    ],
)
def test_what_else_arxiv_sends_is_no_page(payloads: Path, name: str) -> None:
    with pytest.raises(ParseError) as caught:
        read((payloads / name).read_bytes())
    assert caught.value.hint


def test_real_words_about_itself(payloads: Path) -> None:
    told = read_identity((payloads / "oai_identify.xml").read_bytes())
    assert (told.name, told.address, told.earliest) == ("arXiv", "https://oaipmh.arxiv.org/oai", date(2005, 9, 16))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_real_pages_raise_nothing_but_parse_errors(payloads: Path, data: st.DataObject) -> None:
    document = (payloads / "oai_getrecord_arXivRaw_withdrawn.xml").read_bytes()
    with suppress(ParseError):
        assert len(read(data.draw(damaged([document]))).sightings) <= 1
