"""立案台: one report is one issue, whatever dies between its number and its start."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain.report import Report
from domain.terms import Category, Severity, Source
from intake.desk import Desk
from intake.file import Tally, rejected_file, report_file
from reading.registry import read_registry
from reading.rulebook import read_editions
from starter import printable
from store import numbers, roster
from store.pool import close, open_pool
from tests.servers import number_apart
from workflows.names import issue_workflow_id

ROOT = Path(__file__).parents[2]
TEN_DAYS_AGO = datetime.now(UTC) - timedelta(days=10)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Desk]:
    """Give a desk on real servers; nobody works on its queue, so issues wait where they were opened."""
    pool = await open_pool(database)
    registry = read_registry(ROOT / "registry" / "ziyang")
    await number_apart(pool)
    await roster.load_posts(pool, registry.posts.values())
    editions = read_editions(ROOT / "rules" / "ziyang.yaml")
    queue = f"nobody-{database.rpartition('/')[2].partition('?')[0]}"
    with temporal_env.with_time_skipping_disabled():
        yield Desk(temporal_env.client, pool, editions[:1], registry, queue)
    await close(pool)


def report(report_id: str, text: str = "桥下倒了几车建筑垃圾。") -> Report:
    return Report(
        id=report_id,
        text=text,
        category=Category.DUMPING,
        severity=Severity.GENERAL,
        source=Source.CAMERA,
        reach="R02-01",
        division="512022117000",
    )


async def opened_at(client: Client, issue_id: str) -> datetime:
    history = await client.get_workflow_handle(issue_workflow_id(issue_id)).fetch_history()
    started = history.events[0].workflow_execution_started_event_attributes
    (beginning,) = await client.data_converter.decode(started.input.payloads)
    return datetime.fromisoformat(beginning["opening"]["said_at"])


async def test_the_same_report_twice_is_one_issue(desk: Desk) -> None:
    first = await desk.open(report("twice"))
    again = await desk.open(report("twice"))

    assert (first.result, again.result) == ("opened", "known")
    assert first.issue_id == again.issue_id


async def test_a_report_whose_start_was_lost_opens_under_its_number_from_when_it_came(desk: Desk) -> None:
    lost = report("lost-between")
    bound = await numbers.bind_number(desk.pool, lost, "512022", TEN_DAYS_AGO.year, TEN_DAYS_AGO)

    opening = await desk.open(lost)

    assert opening == ("opened", bound.issue_id, None)
    assert await opened_at(desk.client, bound.issue_id) == TEN_DAYS_AGO


async def test_another_report_under_a_taken_id_is_refused_and_not_dropped(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    lines = [report("taken"), report("taken", "上游有污水直排。")]
    await desk.open(lines[0])
    file.write_text("\n".join(line.model_dump_json(exclude_none=True) for line in lines), encoding="utf-8")

    tally = await report_file(desk, file)

    assert (len(tally.known), len(tally.rejected)) == (1, 1)
    assert "请换一个编号" in rejected_file(file).read_text(encoding="utf-8")


async def test_a_refused_report_uses_up_no_number(desk: Desk) -> None:
    unknown = report("recurs").model_copy(update={"recurrence_of": "512022-2026-009999"})

    refused = await desk.open(unknown)

    assert refused.result == "refused"
    assert await numbers.bound_issues(desk.pool) == []


async def test_a_hostile_line_stops_no_other(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "hostile.jsonl"
    good = report("good").model_dump_json(exclude_none=True)
    early = good.replace('"good"', '"early"').replace(
        '"text"', '"seen_at": "0001-01-01T00:00:00+08:00", "text"'
    )
    lines = [early, '{"\\ud800x": 1, "\\ud800x": 2}', good]
    file.write_text("\n".join(lines), encoding="utf-8")

    tally = await report_file(desk, file)

    assert [refused.line_number for refused in tally.rejected] == [1, 2]
    assert len(tally.opened) == 1
    assert len(rejected_file(file).read_text(encoding="utf-8").splitlines()) == 2


async def test_a_file_without_refusals_leaves_no_file_of_refusals(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "clean.jsonl"
    file.write_text(report("clean").model_dump_json(exclude_none=True), encoding="utf-8")
    rejected_file(file).write_text("{}", encoding="utf-8")

    tally: Tally = await report_file(desk, file)

    assert tally.lines == 1
    assert not rejected_file(file).exists()


async def test_what_is_no_regular_file_is_refused_before_anything_is_read(desk: Desk) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        await report_file(desk, Path(os.devnull))


def test_a_hostile_reason_is_only_shown_by_a_terminal() -> None:
    assert printable("\x1b]0;title\x07 第 3 行") == "\ufffd]0;title\ufffd 第 3 行"
