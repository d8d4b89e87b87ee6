from collections import Counter
from importlib.util import find_spec

import pytest

from bench.registry import ENTRIES, Entry, NoSuchLine, NotInstalled, chosen, known_lines, measurement


def test_every_line_of_the_table_of_goals_is_measured_by_exactly_one_module() -> None:
    lines = Counter(line for entry in ENTRIES for line in entry.ids)

    assert lines == Counter(f"G{number}" for number in range(1, 16))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_module_of_the_registry_is_there(entry: Entry) -> None:
    assert find_spec(f"bench.{entry.name}") is not None


def test_lines_stand_in_the_order_of_their_numbers() -> None:
    assert known_lines() == [f"G{number}" for number in range(1, 16)]


def test_what_takes_hours_runs_only_when_asked_for() -> None:
    small, large = chosen([], large=False), chosen([], large=True)

    assert {line for entry in large for line in entry.ids} == {"G8", "G12", "G13", "G14", "G15"}
    assert sorted([*small, *large]) == sorted(ENTRIES)


def test_a_line_asked_for_brings_the_module_that_measures_it() -> None:
    assert [entry.name for entry in chosen(["g3", "G12", "G2"], large=False)] == ["whole", "storm"]


def test_an_unknown_line_is_named_beside_the_known_ones() -> None:
    with pytest.raises(NoSuchLine, match=r"G99.* known: G1 G2 .* G15"):
        chosen(["G1", "G99"], large=False)


def test_a_module_whose_library_is_missing_says_which() -> None:
    with pytest.raises(NotInstalled, match=r"not installed: bench\.nowhere"):
        measurement(Entry("nowhere", ("G1",)))
