"""减负: what is urgent breaks through, what is not keeps to the budget or waits, and nothing is lost."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from domain.burden import (
    URGENCIES,
    Fact,
    NoticeRules,
    Push,
    Urgency,
    Used,
    Waiting,
    look_again,
    plan,
    urgency,
)
from domain.fallback import STATES, DeliveryState, is_nobody_above, is_received, next_channel, next_person
from domain.issue.commands import COMMANDS
from domain.issue.wording import FACTS
from domain.push_words import fitted, words
from domain.roster import Acting, Capacity, Channel, ChannelKind, Roster, Tenure
from domain.terms import Severity
from domain.workdays import CHINA, Calendar, local_day
from reading.errors import Unreadable
from reading.notices import read_notice_rules

ROOT = Path(__file__).parents[2]
RULES = read_notice_rules(ROOT / "rules" / "notices.yaml")
CALENDAR = Calendar(name="of-tests", version="1", published=(2026, 2026))
WEDNESDAY = datetime(2026, 11, 4, tzinfo=CHINA)
SATURDAY = WEDNESDAY + timedelta(days=3)
URGENT, ORDINARY, ROUTINE = Urgency.URGENT, Urgency.ORDINARY, Urgency.ROUTINE


def at(hour: int, minute: int = 0, day: datetime = WEDNESDAY) -> datetime:
    return (day + timedelta(hours=hour, minutes=minute)).astimezone(UTC)


def item(key: int, how: Urgency, since: datetime, about: str | None = None) -> Waiting:
    return Waiting(key, about or f"issue-{key}", how, since)


def planned(waiting: Sequence[Waiting], now: datetime, used: Used = Used()) -> list[tuple[str, list[int]]]:  # noqa: B008
    return [
        (push.kind, [each.key for each in push.items]) for push in plan(waiting, used, now, RULES, CALENDAR)
    ]


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (Fact("Escalated", Severity.GENERAL, None), ORDINARY),
        (Fact("Escalated", Severity.MAJOR, None), URGENT),
        (Fact("Closed", Severity.GENERAL, None), ROUTINE),
        (Fact("Closed", Severity.MAJOR, None), URGENT),
        (Fact("Assigned", Severity.SERIOUS, at(10) + timedelta(hours=24)), URGENT),
        (Fact("Assigned", Severity.SERIOUS, at(10) + timedelta(hours=24, seconds=1)), ORDINARY),
        (Fact("Lapsed", Severity.GENERAL, at(10)), ORDINARY),
        (Fact("", None, None), ORDINARY),
    ],
    ids=str,
)
def test_major_issues_and_limits_of_the_day_are_urgent(fact: Fact, expected: Urgency) -> None:
    assert urgency(fact, at(10), RULES) is expected


def test_what_is_urgent_rings_at_night_and_beyond_the_budget() -> None:
    waiting = [item(1, URGENT, at(2)), item(2, URGENT, at(2))]

    assert planned(waiting, at(2), Used(50, 6)) == [("urgent", [1]), ("urgent", [2])]


def test_what_is_ordinary_goes_at_once_while_there_is_room_beside_the_digests_to_come() -> None:
    waiting = [item(key, ORDINARY, at(10)) for key in range(1, 9)]

    pushes = planned(waiting, at(10))

    assert pushes == [("ordinary", [key]) for key in range(1, 6)]  # the sixth place is the afternoon digest's
    assert planned(waiting, at(10), Used(5, 5)) == []


def test_urgent_pushes_use_the_budget_that_they_may_break() -> None:
    waiting = [item(1, ORDINARY, at(10))]

    assert planned(waiting, at(10), Used(5, 0)) == []
    assert planned(waiting, at(10), Used(4, 0)) == [("ordinary", [1])]


def test_what_is_routine_waits_for_the_digest_which_takes_all_in_order() -> None:
    waiting = [item(1, ROUTINE, at(9)), item(2, ROUTINE, at(16, 45)), item(3, ROUTINE, at(16, 55))]

    assert planned(waiting, at(16, 49)) == []
    assert planned(waiting, at(16, 56)) == [("digest", [1, 2, 3])]


def test_a_digest_that_the_budget_has_no_room_for_waits_for_the_next_day() -> None:
    waiting = [item(1, ROUTINE, at(9))]

    assert planned(waiting, at(16, 56), Used(6, 6)) == []
    assert planned(waiting, at(16, 56), Used(60, 5)) == [("digest", [1])]


def test_a_digest_that_was_missed_is_made_up_but_not_at_night() -> None:
    waiting = [item(1, ROUTINE, at(16))]

    assert planned(waiting, at(23)) == []
    assert planned(waiting, at(8, 5, WEDNESDAY + timedelta(days=1))) == [("digest", [1])]


def test_at_night_what_is_not_urgent_waits_for_the_morning_digest_not_for_the_end_of_the_night() -> None:
    waiting = [item(key, ORDINARY, at(2)) for key in (1, 2, 3)]

    assert planned(waiting, at(2)) == []
    assert planned(waiting, at(8, 1)) == []
    assert planned(waiting, at(8, 40)) == [("digest", [1, 2, 3])]


def test_on_a_day_of_rest_there_is_one_digest() -> None:
    waiting = [item(1, ROUTINE, at(18, day=WEDNESDAY + timedelta(days=2)))]

    assert planned(waiting, at(10, 9, SATURDAY)) == []
    assert planned(waiting, at(10, 10, SATURDAY)) == [("digest", [1])]


def test_what_goes_takes_along_what_waits_of_its_issue_before_it() -> None:
    waiting = [
        item(1, ROUTINE, at(9), "one"),
        item(2, ROUTINE, at(9), "other"),
        item(3, ORDINARY, at(10), "one"),
        item(4, ROUTINE, at(10), "one"),
    ]

    assert planned(waiting, at(10)) == [("ordinary", [1, 3])]


def test_what_waits_is_looked_at_again_when_something_may_have_changed() -> None:
    assert look_again(at(2), RULES, CALENDAR) == at(8)
    assert look_again(at(8), RULES, CALENDAR) == at(8, 40)
    assert look_again(at(8, 40), RULES, CALENDAR) == at(16, 50)
    assert look_again(at(17), RULES, CALENDAR) == at(32)


Arrival = tuple[int, Urgency, int]
arrivals = some.lists(
    some.tuples(some.integers(0, 5 * 24 * 60), some.sampled_from(Urgency), some.integers(1, 6)), max_size=60
)
looks = some.lists(some.integers(0, 6 * 24 * 60), max_size=60)
budgets = some.integers(2, 8)


def lived(came: list[Arrival], looked: list[int], budget: int) -> list[tuple[datetime, Push]]:
    """Let days go by: what came in is planned whenever somebody looks, often or seldom, to the end."""
    rules = RULES.model_copy(update={"budget": RULES.budget.model_copy(update={"pushes": budget})})
    made: list[tuple[datetime, Push]] = []
    waiting: list[Waiting] = []
    coming = sorted(enumerate(came), key=lambda each: (each[1][0], each[0]))
    hourly = [minute for day in range(6, 21) for minute in range(day * 1440, (day + 1) * 1440, 60)]
    for minute in sorted({*looked, *(each[0] for each in came), *hourly}):
        now = WEDNESDAY.astimezone(UTC) + timedelta(minutes=minute)
        while coming and coming[0][1][0] <= minute:
            place, (since, how, issue) = coming.pop(0)
            began = WEDNESDAY.astimezone(UTC) + timedelta(minutes=since)
            waiting.append(Waiting(place, f"issue-{issue}", how, began))
        today = [push for then, push in made if local_day(then) == local_day(now)]
        used = Used(len(today), sum(push.kind != "urgent" for push in today))
        for push in plan(waiting, used, now, rules, CALENDAR):
            made.append((now, push))
            waiting = [each for each in waiting if each not in push.items]
    assert waiting == [], "something waited for ever"
    return made


@settings(max_examples=400, deadline=None)
@given(arrivals, looks, budgets)
def test_a_day_never_exceeds_the_budget_save_for_what_is_urgent(
    came: list[Arrival], looked: list[int], budget: int
) -> None:
    days = Counter(local_day(then) for then, push in lived(came, looked, budget) if push.kind != "urgent")

    assert max(days.values(), default=0) <= budget


@settings(max_examples=400, deadline=None)
@given(arrivals, looks, budgets)
def test_whatever_waited_is_in_exactly_one_push(came: list[Arrival], looked: list[int], budget: int) -> None:
    pushed = [each.key for _, push in lived(came, looked, budget) for each in push.items]

    assert sorted(pushed) == list(range(len(came)))


@settings(max_examples=400, deadline=None)
@given(arrivals, looks, budgets)
def test_the_order_of_an_issue_is_kept(came: list[Arrival], looked: list[int], budget: int) -> None:
    order: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for _, push in lived(came, looked, budget):
        for each in push.items:
            order[each.about].append((each.since, each.key))

    assert all(told == sorted(told) for told in order.values())


@settings(max_examples=200, deadline=None)
@given(arrivals, looks, budgets)
def test_nothing_but_what_is_urgent_rings_at_night(
    came: list[Arrival], looked: list[int], budget: int
) -> None:
    for then, push in lived(came, looked, budget):
        hour = then.astimezone(CHINA).time()
        assert push.kind == "urgent" or time(8) <= hour < time(21)


@settings(max_examples=200, deadline=None)
@given(arrivals, looks, budgets)
def test_what_is_urgent_goes_at_the_first_look(came: list[Arrival], looked: list[int], budget: int) -> None:
    for then, push in lived(came, looked, budget):
        assert all(each.since == then for each in push.items if each.urgency is URGENT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quiet": {"begins": "08:00", "ends": "21:00"}}, "午夜"),
        ({"digests": {"working": ["23:00"], "rest": []}}, "免打扰"),
        ({"digests": {"working": [], "rest": []}}, "digests.working"),
        ({"routine": {"facts": ["Opend"]}}, "Opend"),
        ({"budget": {"pushes": 1}}, "每日上限"),
        ({"budget": {"pushes": 0}}, "budget.pushes"),
    ],
    ids=str,
)
def test_rules_that_make_no_sense_are_refused_with_the_place(
    change: dict[str, dict[str, object]], said: str
) -> None:
    told = RULES.model_dump(mode="json")
    for name, values in change.items():
        told[name] = {**told[name], **values}

    with pytest.raises(ValidationError) as refused:
        NoticeRules.model_validate_json(json.dumps(told))

    assert said in "".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}" for e in refused.value.errors())


def test_a_file_with_a_fault_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "notices.yaml"
    text = (ROOT / "rules" / "notices.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("pushes: 6", "pushes: many"), encoding="utf-8")

    with pytest.raises(Unreadable) as refused:
        read_notice_rules(file)

    assert "pushes" in str(refused.value)


CHIEF = "chief:512022113000:R03-01"
WECOM, SMS = Channel(kind=ChannelKind.WECOM, address="k-1"), Channel(kind=ChannelKind.SMS, address="1")


def test_the_next_channel_is_the_persons_next_that_works_and_has_not_failed() -> None:
    broken = Channel(kind=ChannelKind.FEISHU, address="k-2", works=False)

    assert next_channel((broken, WECOM, SMS), ()) is WECOM
    assert next_channel((broken, WECOM, SMS), {ChannelKind.WECOM}) is SMS
    assert next_channel((broken, WECOM, SMS), {ChannelKind.WECOM, ChannelKind.SMS}) is None


def test_the_next_person_is_the_next_of_the_line_who_was_not_tried() -> None:
    acting = tuple(Acting(person=f"P-{n}", capacity=Capacity.HOLDER) for n in (1, 2, 3))

    assert next_person(acting, ()) is acting[0]
    assert next_person(acting, ("P-1", "P-2")) is acting[2]
    assert next_person(acting, ("P-3", "P-2", "P-1")) is None


def test_an_institution_receives_in_any_case_and_a_chief_through_a_person() -> None:
    office = "office:512022000000"
    roster = Roster(posts={CHIEF: "河长", office: "河长办"})

    assert is_received(roster, office, ())
    assert not is_received(roster, CHIEF, ())
    assert not is_received(roster, "office:512000000000", ())


@pytest.mark.parametrize(
    ("held", "nobody"),
    [
        (None, True),
        ("chief:512022000000:R03-01", False),
        ("chief:512000000000:R03-01", False),
        ("chief:512022000000:R03-02", True),
        ("general:512022113000", False),
        ("general:512000000000", False),
        ("office:512022000000", True),
        (CHIEF, True),
    ],
)
def test_nobody_is_above_when_no_chief_and_no_general_chief_above_acts(
    held: str | None, *, nobody: bool
) -> None:
    tenures = (Tenure(post=held, person="P-1", capacity=Capacity.HOLDER),) if held else ()
    roster = Roster(posts={held: "岗位"} if held else {}, tenures=tenures)

    assert is_nobody_above(roster, CHIEF, at(10)) is nobody


def test_a_receipt_is_no_word_to_an_issue() -> None:
    words_of_receipt = re.compile("Receipt|SignFor|Acknowledge|Read(?!$)", re.IGNORECASE)

    assert not [each.__name__ for each in COMMANDS if words_of_receipt.search(each.__name__)]
    assert not [kind for kind in FACTS if words_of_receipt.search(kind)]


def test_every_state_and_every_urgency_has_its_label() -> None:
    assert set(STATES) == set(DeliveryState)
    assert set(URGENCIES) == set(Urgency)
    assert len({label.zh for label in STATES.values()}) == len(STATES)


def test_one_notice_is_pushed_as_it_stands_and_several_as_a_list() -> None:
    one = words(["【催办】512022-2026-000001 乱堆:请办理。"], "https://river.example/inbox")
    many = words(["甲", "乙"])

    assert one.subject == "【催办】512022-2026-000001 乱堆"
    assert fitted(one, 2048) == "【催办】512022-2026-000001 乱堆:请办理。\n查看:https://river.example/inbox"
    assert fitted(many, 2048) == "【汇总】2 件告知待阅\n1. 甲\n2. 乙"


@given(some.lists(some.text(max_size=400), min_size=1, max_size=30), some.integers(300, 2048))
def test_no_text_breaks_a_line_or_exceeds_what_a_channel_carries(texts: list[str], most: int) -> None:
    said = words(texts, "https://river.example/inbox")

    assert said.subject.isprintable()
    assert all(line.isprintable() for line in said.lines)
    assert len(fitted(said, most).encode()) <= most
    assert fitted(said, most).endswith("https://river.example/inbox")


def test_what_does_not_fit_is_counted() -> None:
    said = words([f"第{n}件" + "字" * 100 for n in range(1, 11)])

    body = fitted(said, 1000)

    shown = body.count("件字")
    assert 0 < shown < 10
    assert f"另有 {10 - shown} 件" in body
