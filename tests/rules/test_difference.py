"""差异: what is one, what is none, and that each is named by its field."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain import link
from domain.issue import commands as say
from domain.issue.difference import Posted, Record, as_known_to, differences, fields, unwritten
from domain.issue.letter import Letter, Line, head_of, write
from tests.ops.lives import Life, forged, rectifying

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["x", "y"]), inner.filter(lambda each: each is not None), max_size=2
        )
    ),
    max_leaves=8,
)


def lived() -> Life:
    return rectifying().say(say.RequestExtension, say.GrantExtension, say.ReportRectified)


def letters(life: Life, size: int = 1) -> list[Letter]:
    """Return a life as letters of so many facts."""
    before, left, found = None, tuple(life.facts), list[Letter]()
    while left:
        letter, before, left = write(before, left, size)
        found.append(letter)
    return found


def record_of(life: Life) -> Record:
    whole = life.letter()
    return Record(whole.lines, whole.effects, head_of(life.issue))


def posted(found: list[Letter], run: int = 1, answer: str = "recorded") -> list[Posted]:
    return [
        Posted(letter, run, 8 * place, answer, letter.lines[-1].number, letter.tail)
        for place, letter in enumerate(found, 1)
    ]


def named(found: list[Any]) -> list[tuple[str, int, str]]:
    return [(each.what, each.fact, each.field) for each in found]


@pytest.mark.parametrize("size", [1, 2, 200])
def test_the_same_life_has_none_however_it_was_posted(size: int) -> None:
    life = lived()

    assert differences(record_of(life), posted(letters(life, size))) == []


def test_a_letter_posted_twice_and_a_second_timeline_are_none() -> None:
    life = lived()
    both = [*posted(letters(life), 1), *posted(letters(life, 2), 2)]

    assert differences(record_of(life), [*both[:2], *both], frozenset({1})) == []


def test_a_successor_begins_where_the_journal_stood() -> None:
    life = lived()

    assert differences(record_of(life), posted(letters(life)[3:])) == []


def test_the_journal_may_be_ahead() -> None:
    life = lived()

    assert differences(record_of(life), posted(letters(life)[:2])) == []


def test_facts_after_the_end_are_none_and_the_row_is_compared_all_the_same() -> None:
    life = rectifying().say(say.ReportRectified, say.AcceptRectification, say.Close)
    record = record_of(life)
    last = record.lines[-1]
    beyond = Line(
        number=last.number + 1, kind="HistoryArchived", at=last.at, said_at=last.at, body="{}", hash="0" * 64
    )
    assert record.head is not None
    longer = record._replace(lines=(*record.lines, beyond))
    bent = longer._replace(head=record.head.model_copy(update={"unit": None}))

    assert differences(longer, posted(letters(life))) == []
    assert named(differences(bent, posted(letters(life)))) == [("row", last.number, "unit")]


def test_a_letter_that_waits_is_none_while_the_journal_lacks_it() -> None:
    life = lived()
    record = record_of(life)
    short = record._replace(lines=record.lines[:-1], head=None)

    assert differences(short, posted(letters(life), answer="")) == []
    assert named(differences(short, posted(letters(life)))) == [("fact", len(record.lines), "")]


def test_what_was_heard_again_in_another_order_is_judged_as_it_was_taken() -> None:
    life = lived()
    *others, last = posted(letters(life))
    wrong = forged(life, len(life.facts), lambda body: body.update(before=9))
    refused = last._replace(
        letter=last.letter.model_copy(update={"lines": wrong.lines[-1:]}), answer="diverged", number=None
    )

    assert differences(record_of(life), [*others, refused, last]) == []
    (still,) = differences(record_of(life), [*others, refused])
    assert (still.field, still.is_answered) == ("before", False)
    assert differences(record_of(life), [*others, refused], frozenset({1})) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda body: body.update(unit="unit:512022000000:water"), "unit"),
        (lambda body: body["starts"][0].update(limit_at="2027-01-09T00:00:00Z"), "starts[0].limit_at"),
        (lambda body: body["starts"].append(body["starts"][0]), "starts[1]"),
        (lambda body: body.pop("by"), "by"),
        (lambda body: body.update(kind="Stopped"), "kind"),
    ],
)
def test_each_field_is_named_wherever_it_lies(change: Any, field: str) -> None:
    life = rectifying()
    record = record_of(life)
    bent = record._replace(lines=_bent(life, 3, change))

    (first, *_) = differences(bent, posted(letters(life)))

    assert (first.what, first.fact, first.field, first.event, first.letter) == ("fact", 3, field, 24, 3)
    assert first.recorded != first.today


def _bent(life: Life, number: int, change: Any) -> tuple[Line, ...]:
    lines = forged(life, number, change).lines
    kinds = {"kind": "Stopped"} if '"kind":"Stopped"' in lines[number - 1].body else {}
    changed = lines[number - 1].model_copy(update=kinds)
    return (*lines[: number - 1], changed, *lines[number:])


def test_columns_and_hashes_are_compared_where_the_words_are_the_same() -> None:
    life = rectifying()
    record = record_of(life)
    second = record.lines[1]
    later = second.model_copy(update={"said_at": second.said_at + timedelta(seconds=1)})
    other = second.model_copy(update={"hash": link("f" * 64, 2, second.body)})

    def found(line: Line) -> list[tuple[str, int, str]]:
        lines = (record.lines[0], line, *record.lines[2:])
        return named(differences(record._replace(lines=lines), posted(letters(life))))

    assert found(later) == [("fact", 2, "said_at")]
    assert found(other) == [("fact", 2, "hash")]


def test_a_fact_that_is_not_written_any_more_is_named() -> None:
    life = lived()
    first, second, *rest = posted(letters(life))
    shorter = [first, second._replace(number=3)]

    assert named(differences(record_of(life), shorter)) == [("fact", 3, "")]
    assert named(unwritten(record_of(life), [first, second])) == [("fact", 3, "")]
    assert unwritten(record_of(life), [first, second, *rest]) == []


def test_each_effect_is_compared_with_the_ledger() -> None:
    life = rectifying()
    record = record_of(life)
    assert record.effects is not None
    one, *others = record.effects
    other_text = one.model_copy(update={"text": "x"})
    to_another = one.model_copy(update={"addressee": "office:510000000000"})

    def found(*effects: Any) -> list[tuple[str, int, str]]:
        return named(differences(record._replace(effects=effects), posted(letters(life))))

    assert found(*others) == [("effect", 1, "")]
    assert found(one, to_another, *others) == [("effect", 1, "")]
    assert found(other_text, *others) == [("effect", 1, "text")]
    assert found(to_another, *others) == [("effect", 1, "addressee")]
    assert differences(record._replace(effects=None), posted(letters(life))) == []


def test_every_field_of_the_row_is_compared() -> None:
    life = rectifying()
    record = record_of(life)
    assert record.head is not None
    bent = record.head.model_copy(update={"unit": None, "level": 1, "next_mark_at": None})

    found = differences(record._replace(head=bent), posted(letters(life)))

    assert named(found) == [("row", 3, "level"), ("row", 3, "next_mark_at"), ("row", 3, "unit")]


@pytest.mark.parametrize("size", [1, 2, 200])
def test_what_follows_from_a_difference_is_none_of_its_own(size: int) -> None:
    life = lived()
    bent = record_of(life)._replace(lines=forged(life, 2, lambda body: body.update(photos=9)).lines)
    twice = [*posted(letters(life, size), 1), *posted(letters(life, size), 2)]

    assert named(differences(bent, twice)) == [("fact", 2, "photos")]


def test_true_is_not_one() -> None:
    assert list(fields({"a": [True]}, {"a": [1]})) == [("a[0]", True, 1)]


@given(JSON)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert list(fields(value, value)) == []


@given(JSON, JSON)
def test_what_is_unequal_differs_somewhere_and_both_sides_are_shown(one: Any, other: Any) -> None:
    found = list(fields(one, other))

    assert bool(found) == (repr(_sorted(one)) != repr(_sorted(other)))
    assert all(was != now or type(was) is not type(now) for _, was, now in found)


def _sorted(value: Any) -> Any:
    """Absent and None are the same to a fact: what is only a default is not written."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        kept = [_sorted(each) for each in value]
        while kept and kept[-1] is None:
            kept.pop()
        return kept
    return value


def test_what_an_older_build_did_not_know_is_not_held_against_todays() -> None:
    then = {"a": 1, "runs": [{"b": 1}]}

    assert as_known_to(then, {"a": 2, "new": 3, "runs": [{"b": 1, "c": 2}, {"b": 4}]}) == {
        "a": 2,
        "runs": [{"b": 1}, {"b": 4}],
    }
