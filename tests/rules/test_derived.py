"""What is derived of a value is derived once, and never outlives a change of it."""

import json
from datetime import date
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from domain.chain import canonical
from domain.excerpt import Excerpt
from domain.issue.clocks import next_mark
from domain.issue.state import Issue
from domain.model import Frozen, derived
from domain.terms import Category, Circumstance, Level, Severity, Source
from tests.rules.given import book
from tests.store.letters import Life, excerpt


class Weir(Frozen):
    height: int


counted: list[int] = []


@derived
def doubled(weir: Weir) -> int:
    counted.append(weir.height)
    return 2 * weir.height


def test_it_is_derived_once_for_each_value() -> None:
    counted.clear()
    weir = Weir(height=3)

    assert (doubled(weir), doubled(weir)) == (6, 6)
    assert counted == [3]


def test_a_changed_copy_derives_anew() -> None:
    weir = Weir(height=3)
    doubled(weir)

    assert doubled(weir.model_copy(update={"height": 5})) == 10
    assert doubled(weir) == 6


def test_what_was_derived_makes_no_difference_to_what_a_value_is() -> None:
    asked, unasked = Weir(height=3), Weir(height=3)
    doubled(asked)

    assert asked == unasked
    assert hash(asked) == hash(unasked)
    assert asked.model_dump() == dict(asked) == {"height": 3}
    assert asked.model_dump_json() == unasked.model_dump_json()
    assert repr(asked) == repr(unasked)


def test_a_fact_that_is_changed_has_another_canonical_form() -> None:
    fact = Life().events[0]
    before = canonical(fact)

    after = canonical(fact.model_copy(update={"rule": "R-OTHER"}))

    assert json.loads(after)["rule"] == "R-OTHER"
    assert canonical(fact) == before


def test_an_issue_that_moved_on_has_its_own_next_mark() -> None:
    life = Life()
    issue: Issue = life.issue
    assert next_mark(issue) is not None

    assert next_mark(issue.model_copy(update={"clocks": ()})) is None


def test_equal_excerpts_are_one_value_when_they_are_read() -> None:
    opened = Life().events[0]
    text = opened.model_dump_json()

    first, second = (type(opened).model_validate_json(text) for _ in range(2))

    assert first.rules == second.rules == excerpt()  # type: ignore[attr-defined]
    assert first.rules is second.rules  # type: ignore[attr-defined]


def test_a_faulty_excerpt_is_refused_where_its_fault_is() -> None:
    opened = Life().events[0]
    body = json.loads(opened.model_dump_json())
    body["rules"]["rejections"] = -1

    with pytest.raises(ValidationError) as refused:
        type(opened).model_validate(body)

    assert refused.value.errors()[0]["loc"] == ("rules", "rejections")


def test_an_excerpt_handed_over_as_a_value_is_taken_as_it_is() -> None:
    mine = excerpt()
    opened = Life().events[0]

    same = type(opened).model_validate({**dict(opened), "rules": mine})

    assert same.rules is mine  # type: ignore[attr-defined]
    assert isinstance(mine, Excerpt)


def test_an_excerpt_is_written_the_same_however_often_and_in_every_way() -> None:
    asked, unasked = excerpt(), excerpt().model_copy()
    ways: list[dict[str, Any]] = [
        {},
        {"mode": "json"},
        {"exclude_defaults": True},
        {"mode": "json", "exclude_defaults": True},
        {"exclude_none": True},
        {"include": {"edition", "fair"}},
        {"exclude": {"clocks"}},
    ]
    first = [asked.model_dump(**way) for way in ways]

    assert [asked.model_dump(**way) for way in ways] == first
    assert [unasked.model_dump(**way) for way in reversed(ways)] == first[::-1]
    assert asked.model_dump_json() == unasked.model_dump_json()
    assert asked == unasked


def test_whoever_changes_what_was_written_changes_no_excerpt() -> None:
    rules = excerpt()
    written = rules.model_dump()
    before = json.dumps(rules.model_dump(mode="json"))

    written["clocks"].clear()
    written["edition"] = "nobody-1"
    rules.model_dump(mode="json")["photos"].clear()

    assert json.dumps(rules.model_dump(mode="json")) == before
    assert rules.model_dump()["edition"] == rules.edition


def test_issues_that_open_alike_share_one_excerpt_and_others_do_not() -> None:
    ask = partial(book().excerpt, Category.DUMPING, Severity.GENERAL, Source.PATROL, finder=Level.TOWNSHIP)

    assert ask(date(2026, 11, 3)) is ask(date(2026, 11, 3))
    assert ask(date(2026, 11, 3)) == ask(date(2026, 11, 3), circumstances=[])
    assert ask(date(2026, 11, 3)) != ask(date(2026, 11, 3), recurring=True)
    assert ask(date(2026, 11, 3)) != ask(date(2026, 11, 3), circumstances=[Circumstance.HAZARDOUS])
