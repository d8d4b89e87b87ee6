"""逐步: what each fact of a recorded life did, and which word or mark it came from."""

import pytest

from domain.chain import GENESIS
from domain.issue import commands as say
from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.steps import Step, steps
from domain.terms import Clock
from tests.histories import golden
from tests.ops.lives import rectifying


def told(name: str) -> list[Step]:
    return list(steps([read_fact(line["body"]) for line in golden.read(name)["journal"]]))


@pytest.mark.parametrize("name", golden.NAMES)
def test_a_life_told_in_steps_is_the_life_that_is_retold(name: str) -> None:
    life = told(name)

    assert life[-1].after == retell([step.fact for step in life])
    assert [step.after.tail for step in life] == [line["hash"] for line in golden.read(name)["journal"]]
    assert [step.before for step in life[1:]] == [step.after for step in life[:-1]]
    assert sum(len(step.effects) for step in life) == len(golden.read(name)["effects"])


@pytest.mark.parametrize("name", golden.NAMES)
def test_each_fact_of_times_own_names_its_mark_and_a_word_names_none(name: str) -> None:
    for step in told(name):
        assert (step.mark is None) == (step.fact.command is not None)
        assert step.mark is None or step.mark.at == step.fact.said_at


@pytest.mark.parametrize("name", golden.NAMES)
def test_a_clock_starts_once_ends_at_most_once_and_stands_still_before_it_resumes(name: str) -> None:
    seen: dict[tuple[Clock, int], list[str]] = {}
    life = told(name)
    for step in life:
        for change in step.changes:
            seen.setdefault((change.clock, change.after.number), []).append(change.happened)

    last = life[-1].after
    open_now = {(run.clock, run.number) for run in (*last.clocks, *last.still)}
    for clock, happened in seen.items():
        assert happened[0] == "started"
        assert happened.count("started") == 1
        assert (happened[-1] == "ended") == (clock not in open_now)
        stops = [each for each in happened if each in ("stopped", "resumed")]
        assert stops == ["stopped", "resumed"] * (len(stops) // 2) + ["stopped"] * (len(stops) % 2)


def test_what_a_suspension_does_is_told() -> None:
    life = rectifying().say(say.SuspendClock).say(say.ResumeClock, after_hours=50)

    *_, suspended, resumed = steps(life.facts)

    assert {(each.happened, each.clock) for each in suspended.changes} == {
        ("stopped", Clock.RECTIFY),
        ("started", Clock.REVIEW),
        ("started", Clock.SUSPENSION),
    }
    assert {(each.happened, each.clock) for each in resumed.changes} == {
        ("resumed", Clock.RECTIFY),
        ("moved", Clock.RECTIFY),
        ("ended", Clock.REVIEW),
        ("ended", Clock.SUSPENSION),
    }
    ends = [each.after.ended_at for each in resumed.changes if each.happened == "ended"]
    assert ends == [resumed.fact.said_at] * 2
    (moved,) = [each for each in resumed.changes if each.happened == "moved"]
    assert moved.before is not None
    assert moved.before.limit_at < moved.after.limit_at


def test_a_life_begins_with_nothing() -> None:
    first, *_ = steps(rectifying().facts)

    assert first.before is None
    assert first.after.tail != GENESIS
    with pytest.raises(TypeError, match="begins with Opened"):
        list(steps(rectifying().facts[1:]))
