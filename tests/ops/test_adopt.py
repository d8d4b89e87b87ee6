"""`python -m ops adopt`: a calendar or an edition reaches open issues by a recorded word, and only so."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain.issue import commands as say
from domain.terms import Clock, Source
from domain.workdays import local_day
from ops import saying
from ops.foresee import calendar_word
from reading.rulebook import read_editions
from store import journal
from tests.ops.assumed import known_until_last_year, rules_with_a_later_edition, rules_with_assumed_years
from tests.ops.terminal import Ops, ops_on
from tests.workflows.shell import Living, Shell, begin, fresh_issue_id, shell
from tests.workflows.words import COUNTY_CHIEF, ROSTER, opening

TODAY = local_day(datetime.now(UTC))
NOBODY = "512022-2026-000404"


@pytest_asyncio.fixture(loop_scope="session")
async def served(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Shell]:
    """Give a worker on a journal of the test's own."""
    async with shell(
        temporal_env, database, f"issues-{database.rpartition('/')[2].partition('?')[0]}"
    ) as one:
        yield one


def ops_with(served: Shell, rules: Path, **settings: str) -> Ops:
    config = served.client.service_client.config
    return ops_on(
        served.settings.database_url,
        **{
            "temporal_address": config.target_host,
            "temporal_namespace": served.client.namespace,
            "rules": str(rules),
            **settings,
        },
    )


@pytest.fixture
def assuming(served: Shell, tmp_path: Path) -> Ops:
    """Give the operators' commands under a calendar whose coming days are assumed."""
    return ops_with(served, rules_with_assumed_years(tmp_path / "rules", TODAY))


async def rectifying(served: Shell, **opens: Any) -> Living:
    """Open an issue whose limits are provisional, for its calendar knows nothing of this year."""
    issue = await served.open(rules={"calendar": known_until_last_year(TODAY)}, **opens)
    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    await issue.journal()
    return issue


async def numbers(issue: Living) -> int:
    return len(await issue.journal())


async def test_a_preview_shows_what_would_move_and_changes_nothing(served: Shell, assuming: Ops) -> None:
    issue = await rectifying(served, source=Source.PUBLIC)
    before = await issue.issue()

    told, as_json = await assuming("adopt", "calendar"), await assuming("adopt", "calendar", "--json")

    (preview,) = json.loads(as_json.out)["preview"]
    rectify = next(change for change in preview["changes"] if change["clock"] == "RECTIFY")
    assert (told.status, as_json.status) == (0, 0), told.err
    assert (rectify["provisional_before"], rectify["provisional_after"]) == (True, False)
    assert rectify["ends_before"] < rectify["ends_after"]
    assert "预演" in told.out
    assert "暂定 provisional" in told.out
    assert "Nothing was said" in told.out
    assert await issue.issue() == before


async def test_a_provisional_limit_becomes_certain_and_moves(served: Shell, assuming: Ops) -> None:
    issue = await rectifying(served)
    before = await issue.issue()
    assert before.run(Clock.RECTIFY).provisional

    preview = json.loads((await assuming("adopt", "calendar", "--json")).out)
    ran = await assuming("adopt", "calendar", "--apply")

    then = await issue.issue()
    (changed,) = preview["preview"][0]["changes"]
    assert (ran.status, "已办理 said 1" in ran.out) == (0, True), ran.out + ran.err
    assert then.run(Clock.RECTIFY).limit_at == datetime.fromisoformat(changed["ends_after"])
    assert not then.run(Clock.RECTIFY).provisional
    assert then.ended == before.ended
    assert len(then.ended) == 2
    assert (await issue.kinds())[-1] == "CalendarAdopted"
    assert await journal.retell_issue(served.pool, issue.issue_id) == then
    assert (await assuming("verify")).status == 0
    row = await served.pool.fetchrow("SELECT is_provisional FROM issues")
    assert row is not None
    assert row["is_provisional"] is False


async def test_running_it_twice_says_nothing_twice(served: Shell, assuming: Ops) -> None:
    issue = await rectifying(served)
    await assuming("adopt", "calendar", "--apply")
    facts = await numbers(issue)

    again = await assuming("adopt", "calendar", "--apply", "--json")

    told = json.loads(again.out)
    assert (again.status, told["totals"]["current"], told["answers"]) == (0, 1, [])
    assert await numbers(issue) == facts


async def test_only_the_issues_that_are_named_are_spoken_to(served: Shell, assuming: Ops) -> None:
    one, other = [await rectifying(served) for _ in range(2)]
    facts = await numbers(other)

    ran = await assuming("adopt", "calendar", "--apply", "--issue", one.issue_id)

    assert ran.status == 0
    assert (await one.kinds())[-1] == "CalendarAdopted"
    assert await numbers(other) == facts


@pytest.mark.parametrize("name", [NOBODY, "第一号"])
async def test_an_issue_that_is_not_there_is_refused_before_anything_is_said(
    name: str, served: Shell, assuming: Ops
) -> None:
    issue = await rectifying(served)
    facts = await numbers(issue)

    ran = await assuming("adopt", "calendar", "--apply", "--issue", issue.issue_id, "--issue", name)

    assert (ran.status, f"没有问题 {name} 的日志" in ran.err) == (1, True)
    assert await numbers(issue) == facts


async def test_who_may_not_say_it_is_refused_in_two_languages(served: Shell, assuming: Ops) -> None:
    issue = await rectifying(served)
    facts = await numbers(issue)

    ran = await assuming("adopt", "calendar", "--apply", "--by", "office:512022000000")

    assert ran.status == 1
    assert "无权办理" in ran.out
    assert "may not say" in ran.out
    assert await numbers(issue) == facts


async def test_a_finished_issue_is_left_alone(served: Shell, assuming: Ops) -> None:
    issue = await rectifying(served)
    for kind in (say.ReportRectified, say.AcceptRectification, say.Close):
        await issue.say(kind)
    await issue.journal()

    every = json.loads((await assuming("adopt", "calendar", "--json")).out)
    named = await assuming("adopt", "calendar", "--issue", issue.issue_id)

    assert every["totals"]["issues"] == 0
    assert (named.status, "已销号" in named.out) == (1, True)


async def test_an_edition_reaches_an_open_issue_and_moves_its_limits(served: Shell, tmp_path: Path) -> None:
    ops = ops_with(served, rules_with_a_later_edition(tmp_path / "rules", TODAY))
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    await issue.journal()
    before = await issue.issue()

    told = await ops("adopt", "edition", "--apply")
    again = json.loads((await ops("adopt", "edition", "--apply", "--json")).out)

    then = await issue.issue()
    assert told.status == 0, told.out + told.err
    assert "3个工作日 → 5个工作日" in told.out
    assert then.rules.edition == "ziyang-2099-1"
    assert then.run(Clock.RECTIFY).limit_at > before.run(Clock.RECTIFY).limit_at
    assert then.ended == before.ended
    assert (again["totals"]["current"], again["answers"]) == (1, [])
    assert await journal.retell_issue(served.pool, issue.issue_id) == then
    assert (await ops("verify")).status == 0


async def test_without_temporal_nothing_is_said_and_a_later_run_says_it(
    served: Shell, assuming: Ops, tmp_path: Path
) -> None:
    issue = await rectifying(served)
    cut_off = ops_with(served, tmp_path / "rules" / "ziyang.yaml", temporal_address="127.0.0.1:1")

    away = await cut_off("adopt", "calendar", "--apply")
    later = await assuming("adopt", "calendar", "--apply")

    assert (away.status, "Temporal does not answer" in away.err) == (2, True)
    assert (later.status, (await issue.kinds())[-1]) == (0, "CalendarAdopted")


async def test_an_issue_without_a_workflow_is_told_and_the_others_hear(served: Shell, assuming: Ops) -> None:
    lost, living = [await rectifying(served) for _ in range(2)]
    await lost.handle.terminate()

    ran = await assuming("adopt", "calendar", "--apply")

    assert (ran.status, "没有该问题运行中的流程" in ran.out) == (1, True)
    assert "已办理 said 1 · 被拒绝 refused 1" in ran.out
    assert (await living.kinds())[-1] == "CalendarAdopted"


async def test_where_no_worker_answers_the_others_are_not_tried(
    served: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saying, "PATIENCE", timedelta(seconds=0.5))
    monkeypatch.setattr(saying, "AT_A_TIME", 1)
    command = opening(fresh_issue_id(), datetime.now(UTC))
    await begin(served.client, command, "a task queue without a worker")
    word = say.AnnounceHolder(id="x", by=ROSTER, said_at=command.said_at, post=COUNTY_CHIEF)
    tried: list[int] = []

    answers = await saying.say_all(
        served.client, [(command.issue_id, word), (NOBODY, word)], lambda: tried.append(1)
    )

    assert [answer.result for answer in answers] == ["not_reached", "not_reached"]
    assert len(tried) == 1


async def test_a_word_that_was_said_before_an_interruption_is_heard_once(
    served: Shell, assuming: Ops, tmp_path: Path
) -> None:
    issue = await rectifying(served)
    (book,) = read_editions(tmp_path / "rules" / "ziyang.yaml")
    told = await issue.issue()
    command = calendar_word(told, book, datetime.now(UTC), None)

    answers = [
        answer
        for _ in range(2)
        for answer in await saying.say_all(served.client, [(issue.issue_id, command)], lambda: None)
    ]

    assert [answer.result for answer in answers] == ["said", "said"]
    assert (await issue.kinds()).count("CalendarAdopted") == 1


async def test_without_a_database_nothing_is_done(assuming: Ops) -> None:
    ran = await assuming("adopt", "calendar", url="postgresql://river@127.0.0.1:1/river")

    assert (ran.status, "Postgres does not answer" in ran.err) == (2, True)


async def test_a_faulty_rule_file_is_told_before_anything_is_asked(assuming: Ops, tmp_path: Path) -> None:
    ran = await assuming("adopt", "edition", "--rules", str(tmp_path / "none.yaml"))

    assert (ran.status, "规则文件有误" in ran.err) == (2, True)
