"""时间: marks become facts at their true moments, on one timer, over weeks that take a second."""

from datetime import datetime, timedelta
from itertools import pairwise

from domain.issue import commands as say
from domain.issue.clocks import next_mark, wake_at
from domain.issue.decide import let_time_pass
from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.terms import Clock, Level, Severity
from tests.workflows.shell import Living, Shell, payloads
from tests.workflows.words import COUNTY_CHIEF, TOWNSHIP_CHIEF

HOUR = timedelta(hours=1)


async def _limit(issue: Living) -> datetime:
    return (await issue.issue()).clocks[0].limit_at


async def test_a_lapse_is_recorded_at_its_true_moment(a_shell: Shell) -> None:
    issue = await a_shell.open()
    limit = await _limit(issue)

    await issue.pass_until(limit + HOUR)

    lines = await issue.journal()
    assert [line.kind for line in lines] == ["Opened", "EarlyReminded", "Lapsed"]
    assert (lines[-1].said_at, lines[-1].at) == (limit, limit)


async def test_a_word_said_in_time_is_in_time_though_the_timer_is_about_to_fire(a_shell: Shell) -> None:
    issue = await a_shell.open()
    limit = await _limit(issue)
    await issue.pass_until(limit - timedelta(seconds=5))

    await issue.say(say.RecordStop)
    await issue.pass_time(timedelta(minutes=1))

    assert await issue.kinds() == ["Opened", "EarlyReminded", "Stopped"]


async def test_a_word_said_after_the_limit_follows_the_lapse(a_shell: Shell) -> None:
    issue = await a_shell.open()
    limit = await _limit(issue)
    await issue.pass_until(limit + HOUR)

    await issue.say(say.RecordStop)

    assert (await issue.kinds())[-2:] == ["Lapsed", "Stopped"]


async def test_a_word_said_in_time_and_heard_after_the_lapse_withdraws_it(a_shell: Shell) -> None:
    issue = await a_shell.open()
    limit = await _limit(issue)
    await issue.pass_until(limit + HOUR)

    await issue.say(say.RecordStop, at=limit - HOUR)

    lines = await issue.journal()
    assert [line.kind for line in lines[-3:]] == ["Lapsed", "LapseWithdrawn", "Stopped"]
    assert lines[-1].said_at == limit - HOUR
    assert lines[-1].at == limit


async def test_the_timer_is_kept_when_the_mark_does_not_move(a_shell: Shell) -> None:
    issue = await a_shell.open()
    await issue.journal()
    before = len(await issue.events("TIMER_STARTED"))

    await issue.say(say.AttachReport)
    await issue.say(say.AttachReport)

    assert len(await issue.journal()) == 3
    assert len(await issue.events("TIMER_STARTED")) == before == 1
    assert await issue.events("TIMER_CANCELED") == []


async def test_the_timer_says_in_chinese_what_it_is_for(the_shell: Shell) -> None:
    issue = await the_shell.open()
    limit = await _limit(issue)
    await issue.pass_until(limit + 5 * HOUR)
    await issue.journal()

    summaries = [
        payloads(event).rpartition("}")[2].strip('"') for event in await issue.events("TIMER_STARTED")
    ]

    assert summaries == [
        f"制止时限 · 提醒 → {TOWNSHIP_CHIEF}",
        f"制止时限 · 催办 → {TOWNSHIP_CHIEF}",
        f"制止时限 · 督办单 → {TOWNSHIP_CHIEF}",
        f"制止时限 · 提级督办 → {COUNTY_CHIEF}",
    ]
    assert max(len(summary) for summary in summaries) < 120


async def test_nobody_answers_for_weeks_and_the_ladder_is_climbed_to_its_top(a_shell: Shell) -> None:
    issue = await a_shell.open(severity=Severity.GENERAL)
    opened = retell([read_fact(line.body) for line in await issue.journal()])

    await issue.pass_time(timedelta(days=40))

    lines = await issue.journal()
    expected = let_time_pass(opened, await issue.now())
    assert [read_fact(line.body) for line in lines[1:]] == expected
    kinds = [line.kind for line in lines]
    assert kinds[:4] == ["Opened", "EarlyReminded", "Lapsed", "Ordered"]
    assert kinds.count("Escalated") == 4
    assert kinds.count("BulletinDrafted") >= 2
    assert (await issue.issue()).level is Level.PROVINCE
    assert all(earlier.at <= later.at for earlier, later in pairwise(lines))
    # One timer for each mark, and none for a mark that was looked at too early.
    assert len(await issue.events("TIMER_STARTED")) == len(expected) + 1


async def test_jitter_delays_the_waking_and_not_the_fact(the_shell: Shell) -> None:
    issue = await the_shell.open(rules={"limits": {Clock.STOP: "2wd"}, "jitter": 60})
    before = await issue.issue()
    early = next_mark(before)
    assert early is not None
    delay = wake_at(before, early) - early.at
    assert delay > timedelta(0)

    await issue.pass_until(early.at + delay / 2)
    asleep = await issue.kinds()
    await issue.pass_time(delay)

    lines = await issue.journal()
    assert asleep == ["Opened"]
    assert [line.kind for line in lines] == ["Opened", "EarlyReminded"]
    assert lines[-1].said_at == early.at
    fired = (await issue.events("TIMER_FIRED"))[0].event_time.ToDatetime(tzinfo=early.at.tzinfo)
    assert fired >= early.at + delay
