import pytest

from bench.figures import Asked, Verdict, at_least, at_most, figure, percentile


@pytest.mark.parametrize(
    ("value", "asked", "verdict"),
    [
        (0.75, at_least(0.6, 0.75), Verdict.GOAL),
        (0.7499, at_least(0.6, 0.75), Verdict.MUST),
        (0.6, at_least(0.6, 0.75), Verdict.MUST),
        (0.5999, at_least(0.6, 0.75), Verdict.MISSED),
        (1.35, at_most(1.6, 1.35), Verdict.GOAL),
        (1.3501, at_most(1.6, 1.35), Verdict.MUST),
        (1.6, at_most(1.6, 1.35), Verdict.MUST),
        (1.6001, at_most(1.6, 1.35), Verdict.MISSED),
        (0, at_most(0, 0), Verdict.GOAL),
        (1, at_most(0, 0), Verdict.MISSED),
        (7, None, Verdict.TOLD),
    ],
)
def test_a_bar_is_held_by_what_just_reaches_it(value: float, asked: Asked | None, verdict: Verdict) -> None:
    assert figure("G1", "accept", [value], asked).verdict is verdict


def test_a_figure_is_the_median_of_its_pairs_between_the_lowest_and_the_highest() -> None:
    measured = figure("G1", "accept", [0.9, 0.1, 0.5, 0.6, 0.4], None)

    assert (measured.value, measured.low, measured.high, measured.pairs) == (0.5, 0.1, 0.9, 5)


def test_a_figure_without_a_pair_is_none() -> None:
    with pytest.raises(ValueError, match="no pair was measured"):
        figure("G1", "accept", [], None)


def test_what_is_twice_as_good_as_the_bar_is_so_in_either_direction() -> None:
    assert at_least(0.6, 0.75).times_better(1.2) == pytest.approx(2)
    assert at_most(250, 150).times_better(125) == pytest.approx(2)


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.5, 51), (0.99, 100), (1, 100)])
def test_a_percentile_lets_its_share_lie_below(share: float, value: float) -> None:
    assert percentile(range(100, 0, -1), share) == value


def test_a_percentile_of_nothing_is_nothing() -> None:
    assert percentile([], 0.99) == 0
