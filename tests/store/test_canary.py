"""哨兵 in the records: while it walks it shows in no list, figure or bulletin; its troubles are alarms."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.bulletins import Bulletins
from activities.canary import ABSENT, FAILED, Canaries, CanaryWatch
from activities.courier import deliver_all
from activities.herald import Herald
from activities.pushing import Pushing
from activities.rounds import take_all
from domain.canary import CANARY_DIVISION
from domain.canary_walk import Begun, Walked, lead, opening
from domain.issue.commands import Dismiss, OpenIssue
from domain.issue.evolve import retell
from domain.issue.ladder import advance
from domain.issue.letter import Letter, write
from domain.issue.opening import open_issue
from domain.terms import Severity
from reading.bulletins import read_bulletin_rules
from reading.notices import read_notice_rules
from reading.rulebook import read_editions
from reading.triggers import read_trigger_rules
from store import (
    alarms,
    bulletins,
    canaries,
    documents,
    effects,
    figures,
    journal,
    numbers,
    triggers,
    turns,
    watch,
)
from store.journal import record
from store.pool import Pool
from store.roster import roster_and_time
from tests.rules.given import ROOT
from tests.rules.test_canary import BOOK, DIGEST, ISSUE_ID

EDITIONS = read_editions(ROOT / "rules" / "ziyang.yaml")


def walking(severity: Severity = Severity.GENERAL, until: timedelta = timedelta(seconds=16)) -> Letter:
    """Return the letter of a canary that has climbed every rung and is not ended."""
    at = datetime.now(UTC) - timedelta(seconds=20)
    command = opening(ISSUE_ID, DIGEST, BOOK, at)
    if severity is not Severity.GENERAL:
        rules = BOOK.excerpt(command.category, severity, command.source, at.date())
        command = command.model_copy(update={"severity": severity, "rules": rules})
    told = open_issue(command, at)
    climbed = advance(retell(told), at + until, inclusive=True)
    return write(None, (*told, *climbed))[0]


async def no_vacancy(issue_id: str, post: str) -> None:
    raise AssertionError(f"{issue_id} was told that {post} is vacant")


async def _all_figures(pool: Pool) -> list[object]:
    counted = await figures.figures(pool)
    return [value for value in counted if value]


async def _levels(pool: Pool) -> list[object]:
    return list(await pool.fetch(figures.SQL["levels_reached"]))


async def _divisions(pool: Pool) -> list[object]:
    return [*await bulletins.divisions(pool, 6), *await bulletins.divisions(pool, 4)]


Listed = Callable[[Pool], Awaitable[object]]
LISTS: dict[str, Listed] = {
    "figures": _all_figures,
    "levels": _levels,
    "board of figures": figures.board,
    "drafts to sign": documents.drafts,
    "issues to adopt an edition": journal.open_issues,
    "numbers to be proved": numbers.bound_issues,
    "who is responsible": turns.responsible_posts,
    "whose bulletin is due": _divisions,
    "bulletins to open": bulletins.to_open,
    "majors overdue": triggers.overdue_majors,
    "raised": lambda pool: triggers.lives_raised_since(pool, datetime(2026, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize("name", LISTS)
async def test_while_it_walks_it_is_in_no_list(name: str, pool: Pool) -> None:
    """As a major one: some lists name no other."""
    await numbers.bind_number(pool, lead(DIGEST), "999999", 2026, datetime.now(UTC))
    await record(pool, walking(Severity.MAJOR))

    assert await LISTS[name](pool) == []


async def test_no_bulletin_is_begun_because_of_it(pool: Pool, database: str) -> None:
    await record(pool, walking(Severity.MAJOR))
    begun: list[object] = []

    async def start(order: object) -> None:
        begun.append(order)

    desk = Bulletins(database, EDITIONS, read_bulletin_rules(ROOT / "rules" / "bulletins.yaml"), start)
    await ActivityEnvironment().run(desk.open_due_bulletins, date(2026, 12, 31))
    await desk.open_ad_hoc()
    await desk.close()

    assert begun == []


async def test_no_measure_is_due_because_of_it(pool: Pool) -> None:
    await record(pool, walking(Severity.MAJOR))
    rules = read_trigger_rules(ROOT / "rules" / "triggers.yaml")

    assert await take_all(pool, rules, datetime.now(UTC) + timedelta(days=60)) == []


async def test_its_notices_arrive_and_nobody_is_rung_or_missed(staffed: Pool, database: str) -> None:
    await record(staffed, walking())
    book = EDITIONS[-1]

    await deliver_all(staffed, no_vacancy)
    roster, now = await roster_and_time(staffed)
    pushing = Pushing(read_notice_rules(ROOT / "rules" / "notices.yaml"), book.calendar)
    routed = await pushing.route(staffed, roster, now)
    planned = await pushing.plan(staffed, roster, now)

    assert set(await effects.counts(staffed)) == {"delivered", "unsigned"}
    assert (routed > 0, planned) == (True, 0)
    assert await staffed.fetchval("SELECT count(*) FROM deliveries") == 0
    assert await staffed.fetchval("SELECT count(*) FROM inbox WHERE holder IS NOT NULL") == 0
    assert await alarms.open_alarms(staffed) == []


async def test_the_herald_misses_nobody_in_its_place(staffed: Pool, database: str) -> None:
    await record(staffed, walking())
    raised: list[str] = []

    async def alarm(pool: Pool, kind: str, subject: str, text: str) -> None:
        raised.append(subject)

    async def say(issue_id: str, command: object) -> str:
        raise AssertionError(issue_id)

    herald = Herald(database, say, alarm)
    for _ in range(3):
        await herald.look(staffed)

    assert raised == []


async def test_the_watch_counts_it_neither_open_nor_as_a_draft(pool: Pool) -> None:
    await record(pool, walking())

    counted = await watch.counted(pool)

    assert set(counted.open_by_stage.values()) == {0}
    assert counted.waiting.drafts == 0
    assert counted.canary is None


class Ended:
    """A canary's issues, as a test has them: what was opened and what was ended."""

    def __init__(self) -> None:
        self.begun: list[OpenIssue] = []
        self.ended: list[str] = []

    async def begin(self, command: OpenIssue) -> None:
        self.begun.append(command)

    async def end(self, issue_id: str, command: Dismiss) -> None:
        assert command.reason
        self.ended.append(issue_id)


def canaries_with(database: str, ears: Ended) -> Canaries:
    return Canaries(database, BOOK, ears.begin, ears.end, lambda: datetime.now(UTC))


async def test_a_canary_begun_twice_is_one_and_its_number_is_no_real_countys(
    pool: Pool, database: str
) -> None:
    ears = Ended()
    mine = canaries_with(database, ears)

    first, again = [await ActivityEnvironment().run(mine.open_canary) for _ in range(2)]
    await mine.close()

    assert first == again
    assert len({command.issue_id for command in ears.begun}) == 1
    assert first.issue_id.startswith("999999-")
    assert await pool.fetchval("SELECT count(*) FROM number_counters WHERE county <> '999999'") == 0


async def test_what_a_broken_run_left_open_is_swept_by_the_next(pool: Pool, database: str) -> None:
    await record(pool, walking())
    await pool.execute("UPDATE issues SET opened_at = now() - interval '1 hour'")
    await pool.execute("INSERT INTO number_counters VALUES ('999999', $1, 7)", datetime.now(UTC).year)
    ears = Ended()
    mine = canaries_with(database, ears)

    await ActivityEnvironment().run(mine.open_canary)
    await mine.close()

    assert ears.ended == [ISSUE_ID]
    assert await pool.fetchval("SELECT count(*) FROM documents WHERE state = 'draft'") == 0
    assert "unsigned" not in await effects.counts(pool)


async def test_a_canary_begun_by_hand_leaves_the_one_that_walks_alone(pool: Pool, database: str) -> None:
    await record(pool, walking())
    await pool.execute("UPDATE issues SET opened_at = now() - interval '20 seconds'")
    await pool.execute("INSERT INTO number_counters VALUES ('999999', $1, 7)", datetime.now(UTC).year)
    ears = Ended()
    mine = canaries_with(database, ears)

    await ActivityEnvironment().run(mine.open_canary)
    await mine.close()

    assert ears.ended == []


async def ended(pool: Pool, database: str, monkeypatch: pytest.MonkeyPatch) -> Walked:
    monkeypatch.setattr("activities.canary.PATIENCE", timedelta())
    mine = canaries_with(database, Ended())
    begun = Begun(canary=DIGEST, issue_id=ISSUE_ID, began_at=datetime.now(UTC))
    walked: Walked = await ActivityEnvironment().run(mine.end_canary, begun)
    await mine.close()
    return walked


async def test_a_canary_that_does_not_climb_is_an_alarm_until_one_does(
    pool: Pool, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record(pool, walking(until=timedelta(seconds=8)))
    await deliver_all(pool, no_vacancy)

    walked = await ended(pool, database, monkeypatch)
    raised = await alarms.open_alarms(pool)

    assert [trouble.en for trouble in walked.troubles if "missing" in trouble.en] == [
        "escalation is missing",
        "bulletin is missing",
        "interview is missing",
        "referral is missing",
    ]
    assert [alarm.kind for alarm in raised] == [FAILED]
    assert "提级督办" in raised[0].text


async def test_a_canary_whose_notices_nobody_carried_is_an_alarm(
    pool: Pool, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record(pool, walking())

    walked = await ended(pool, database, monkeypatch)

    assert any("has not reached" in trouble.en for trouble in walked.troubles)
    assert [alarm.kind for alarm in await alarms.open_alarms(pool)] == [FAILED]


async def test_a_good_canary_settles_both_alarms(
    pool: Pool, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.canary_walk.RECORDED_WITHIN", timedelta(minutes=1))
    monkeypatch.setattr("domain.canary_walk.NOTICED_WITHIN", timedelta(minutes=1))
    for kind in (FAILED, ABSENT):
        await alarms.raise_alarm(pool, kind, "canary", "…")
    await record(pool, walking())
    await deliver_all(pool, no_vacancy)

    walked = await ended(pool, database, monkeypatch)

    assert walked.troubles == ()
    assert await alarms.open_alarms(pool) == []
    (kept,) = await canaries.newest(pool, 5)
    assert kept.walked == walked


async def test_the_absence_of_any_is_an_alarm_though_no_schedule_speaks(pool: Pool, database: str) -> None:
    look = CanaryWatch(database)
    await look.look(pool)
    at_first = await alarms.open_alarms(pool)

    look._since = datetime.now(UTC) - timedelta(hours=3)
    await look.look(pool)

    assert at_first == []
    assert [alarm.kind for alarm in await alarms.open_alarms(pool)] == [ABSENT]


async def test_a_canary_an_hour_ago_is_no_absence(
    pool: Pool, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ended(pool, database, monkeypatch)
    await pool.execute("UPDATE canaries SET ended_at = now() - interval '1 hour'")
    look = CanaryWatch(database)
    look._since = datetime.now(UTC) - timedelta(days=1)

    await look.look(pool)

    assert ABSENT not in [alarm.kind for alarm in await alarms.open_alarms(pool)]


async def test_the_queries_leave_out_the_division_that_the_canary_lives_in() -> None:
    texts = "".join(file.read_text("utf-8") for file in (ROOT / "store" / "sql").glob("*.sql"))

    county = CANARY_DIVISION[:6]
    assert set(re.findall(rf"'({county}\d*-?)'", texts)) == {CANARY_DIVISION, county, f"{county}-"}
