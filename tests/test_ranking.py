"""The baseline scores."""

from tests.build import announcement
from zhaiyao.ranking import score
from zhaiyao.records import AnnounceType, Profile

PROFILE = Profile(name="mine", categories=("cs.LG", "stat.ML"))


def test_new_comes_before_cross_before_replacements() -> None:
    values = [score(PROFILE, [announcement(told=told)]).value for told in AnnounceType]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


def test_two_categories_weigh_more_than_one_and_say_so() -> None:
    both = score(PROFILE, [announcement(), announcement(category="stat.ML", told=AnnounceType.CROSS)])
    assert both.value > score(PROFILE, [announcement()]).value
    assert [name for name, _ in both.reasons] == ["new in cs.LG", "in 2 of your categories"]
    assert sum(weight for _, weight in both.reasons) == both.value


def test_other_peoples_categories_do_not_count() -> None:
    assert score(PROFILE, [announcement(category="math.KT")]).value == 0.0
