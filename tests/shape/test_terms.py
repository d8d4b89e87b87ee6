"""Every word of the glossary has a name in two languages, and no name is left without its word."""

import re
from enum import IntEnum, StrEnum
from typing import get_args

import pytest

from domain import terms
from domain.issue import events
from domain.issue.commands import COMMANDS, NAMES, OpenIssue
from domain.issue.wording import FACTS
from domain.model import Label
from domain.terms import LABELS, RUNGS, Rung

HAN = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-zA-Z][ -~]*")

TABLES = {Rung: RUNGS}
"""An enumeration that does not stand in LABELS, with its own table."""
ENUMERATIONS = [
    found
    for found in vars(terms).values()
    if isinstance(found, type) and issubclass(found, StrEnum | IntEnum) and found not in (StrEnum, IntEnum)
]
KINDS = {
    found.model_fields["kind"].default
    for found in vars(events).values()
    if isinstance(found, type) and issubclass(found, events.Event) and found is not events.Event
}


def labelled(enumeration: type[StrEnum] | type[IntEnum]) -> dict[str, Label]:
    """Return the labels of an enumeration's own members: level 2 equals rung 2, and names it wrongly."""
    table = TABLES.get(enumeration, LABELS)
    return {term.name: label for term, label in table.items() if type(term) is enumeration}


@pytest.mark.parametrize("enumeration", ENUMERATIONS, ids=lambda found: found.__name__)
def test_every_term_has_a_label_in_two_languages(enumeration: type[StrEnum] | type[IntEnum]) -> None:
    labels = labelled(enumeration)

    assert [term.name for term in enumeration if term.name not in labels] == []
    assert [label for label in labels.values() if not HAN.search(label.zh)] == []
    assert [label for label in labels.values() if not ENGLISH.fullmatch(label.en)] == []


@pytest.mark.parametrize("enumeration", ENUMERATIONS, ids=lambda found: found.__name__)
def test_no_two_terms_of_a_list_are_called_the_same(enumeration: type[StrEnum] | type[IntEnum]) -> None:
    labels = labelled(enumeration).values()

    assert len({label.zh for label in labels}) == len({label.en for label in labels}) == len(labels)


def test_no_label_is_left_without_its_term() -> None:
    assert {type(term) for term in LABELS} == set(ENUMERATIONS) - set(TABLES)
    assert {type(rung) for rung in RUNGS} == {Rung}


def test_every_kind_of_fact_has_a_name_and_no_name_is_left_over() -> None:
    read = {fact.model_fields["kind"].default for fact in get_args(get_args(events.Fact)[0])}

    assert set(FACTS) == KINDS == read
    assert all(HAN.search(name) for name in FACTS.values())
    assert len(set(FACTS.values())) == len(FACTS)


def test_every_command_has_a_name_in_two_languages_and_no_name_is_left_over() -> None:
    assert set(NAMES) == {command.__name__ for command in (OpenIssue, *COMMANDS)}
    assert all(HAN.search(name.zh) and ENGLISH.fullmatch(name.en) for name in NAMES.values())
    assert (
        len({name.zh for name in NAMES.values()}) == len({name.en for name in NAMES.values()}) == len(NAMES)
    )
