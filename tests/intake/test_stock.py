"""存量立案: a ledger opens once, whatever is killed in between; a preview opens nothing."""

import asyncio
import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from temporalio.testing import WorkflowEnvironment

from domain.workdays import local_day
from intake import stock
from intake.desk import Desk
from intake.stock import Unattended, harmless, open_ledger, rejected_file, write_rejected
from intake.stock_foreseen import foresee, what_is_known
from reading.columns import Column
from reading.ledger import Ledger, read_ledger, reports_of
from reading.registry import read_registry
from reading.rulebook import read_editions
from store import journal, numbers, roster
from store.pool import Pool, close, open_pool
from tests.servers import number_apart
from tests.workflows.shell import shell
from workflows.names import issue_workflow_id

ROOT = Path(__file__).parents[2]
TODAY = local_day(datetime.now(UTC))
REGISTRY = read_registry(ROOT / "registry" / "ziyang")
EDITIONS = read_editions(ROOT / "rules" / "ziyang.yaml")
ROW: dict[str, Any] = {
    "编号": "1",
    "河湖名称": "蟠龙河",
    "县(市、区)": "乐至县",
    "乡镇": "蟠龙镇",
    "问题类别": "乱建",
    "问题描述": "桥下搭了两间房。",
    "严重程度": "较严重",
    "发现时间": str(TODAY - timedelta(days=300)),
    "整改时限": str(TODAY + timedelta(days=20)),
}


@dataclass(frozen=True)
class Served:
    """A desk with a worker behind it, and what a process needs to find both."""

    desk: Desk
    environment: Mapping[str, str]

    @property
    def pool(self) -> Pool:
        return self.desk.pool


@pytest_asyncio.fixture(loop_scope="session")
async def served(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Served]:
    """Give a desk on real servers, with a worker on a queue of its own."""
    queue = f"stock-{database.rpartition('/')[2].partition('?')[0]}"
    async with shell(temporal_env, database, queue):
        with temporal_env.with_time_skipping_disabled():
            pool = await open_pool(database)
            await number_apart(pool)
            await roster.load_posts(pool, REGISTRY.posts.values())
            plain = {name: value for name, value in os.environ.items() if not name.startswith("RIVER_")}
            environment = {
                **plain,
                "RIVER_DATABASE_URL": database,
                "RIVER_TEMPORAL_ADDRESS": temporal_env.client.service_client.config.target_host,
                "RIVER_TASK_QUEUE": queue,
            }
            yield Served(Desk(temporal_env.client, pool, EDITIONS, REGISTRY, queue), environment)
            await close(pool)


def write(file: Path, *rows: dict[str, Any]) -> Path:
    titles = list(dict.fromkeys(title for row in rows for title in row))
    with file.open("w", encoding="utf-8", newline="") as opened:
        sheet = csv.DictWriter(opened, titles)
        sheet.writeheader()
        sheet.writerows(rows)
    return file


def many(count: int) -> list[dict[str, Any]]:
    return [ROW | {"编号": f"{number:04d}", "位置": f"{number} 号桥"} for number in range(1, count + 1)]


def read(file: Path) -> Ledger:
    return read_ledger(file, REGISTRY, TODAY)


def rejected(file: Path) -> list[list[str]]:
    return list(csv.reader(rejected_file(file).read_text(encoding="utf-8-sig").splitlines()))


async def run(served: Served, *words: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "starter.py",
        "stock",
        *map(str, words),
        cwd=ROOT,
        env=served.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finished(served: Served, *words: object) -> tuple[int, dict[str, Any]]:
    process = await run(served, *words, "--json")
    out, told = await process.communicate()
    assert process.returncode in (0, 1), told.decode()
    return process.returncode, json.loads(out)


async def test_every_row_opens_once_and_is_known_afterwards(served: Served, tmp_path: Path) -> None:
    file = write(tmp_path / "乐至.csv", *many(6), ROW | {"编号": "x", "销号日期": str(TODAY)})

    first = await open_ledger(served.desk, read(file))
    again = await open_ledger(served.desk, read(file))

    assert (len(first.opened), first.closed, first.rows) == (6, 1, 7)
    assert (again.opened, sorted(again.known)) == ([], sorted(first.opened))
    issue = await journal.retell_issue(served.pool, first.opened[0])
    assert issue.plan_on == TODAY + timedelta(days=20)


async def test_an_import_that_is_killed_and_run_again_opens_each_row_once(
    served: Served, tmp_path: Path
) -> None:
    file = write(tmp_path / "乐至.csv", *many(40))

    for opened in (4, 20):
        killed = await run(served, file)
        async with asyncio.timeout(60):
            while await served.pool.fetchval("SELECT count(*) FROM reports") < opened:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.005)
        killed.send_signal(signal.SIGKILL)
        await killed.communicate()
    status, told = await finished(served, file)

    bound = await numbers.bound_issues(served.pool)
    begun = await served.pool.fetch("SELECT issue_id FROM issue_facts WHERE kind = 'Opened'")
    assert (status, told["rows"], told["opened"] + told["known"]) == (0, 40, 40)
    assert told["known"] > 0
    assert told["opened"] > 0, "it was killed too late to show anything"
    assert len(bound) == 40
    assert sorted(row["issue_id"] for row in begun) == bound
    numbered = sorted(int(issue_id[-6:]) for issue_id in bound)
    assert numbered == list(range(numbered[0], numbered[0] + 40))
    for issue_id in bound:
        described = await served.desk.client.get_workflow_handle(issue_workflow_id(issue_id)).describe()
        assert described.status is not None
        assert described.status.name == "RUNNING"


async def test_a_ledger_that_was_given_another_name_opens_nothing_again(
    served: Served, tmp_path: Path
) -> None:
    rows = many(3)
    first = await open_ledger(served.desk, read(write(tmp_path / "乐至.csv", *rows)))
    renamed = read(write(tmp_path / "最终稿.csv", *rows, ROW | {"编号": "5"}))

    foreseen = foresee(
        renamed, EDITIONS[-1], REGISTRY, datetime.now(UTC), await what_is_known(served.pool, renamed)
    )
    again = await open_ledger(served.desk, renamed)

    assert (foreseen.known, foreseen.opening) == (3, 1)
    assert sorted(again.known) == sorted(first.opened)
    assert len(again.opened) == 1


async def test_a_row_that_was_changed_after_it_was_opened_is_refused_by_its_number(
    served: Served, tmp_path: Path
) -> None:
    await open_ledger(served.desk, read(write(tmp_path / "乐至.csv", ROW)))

    file = write(tmp_path / "乐至.csv", ROW | {"问题描述": "桥下搭了三间房。"})
    tally = await open_ledger(served.desk, read(file))

    (row,) = tally.refused
    assert row.slips[0].where == "第 2 行「编号」"
    assert "编号已用于" in row.slips[0].reason.zh
    assert len(await numbers.bound_issues(served.pool)) == 1


@pytest.mark.parametrize(
    ("plan_on", "said"),
    [(TODAY - timedelta(days=1), "请先修订方案"), (TODAY + timedelta(days=400), "晚于规则上限")],
)
async def test_a_plan_that_the_rules_refuse_is_said_at_its_cell_and_uses_up_no_number(
    served: Served, tmp_path: Path, plan_on: Any, said: str
) -> None:
    file = write(tmp_path / "乐至.csv", ROW | {"整改时限": str(plan_on)})

    status, told = await finished(served, file)

    assert (status, told["rejected"]) == (1, 1)
    assert said in rejected(file)[1][-1]
    assert rejected(file)[1][-1].startswith("第 2 行「整改时限」")
    assert await numbers.bound_issues(served.pool) == []


async def test_a_preview_says_what_would_open_and_opens_nothing(served: Served, tmp_path: Path) -> None:
    file = write(tmp_path / "乐至.csv", *many(3))
    await open_ledger(served.desk, read(file))
    late = ROW | {"编号": "late", "整改时限": str(TODAY - timedelta(days=1))}
    more = [ROW | {"编号": "new", "严重程度": "重大"}, late, ROW | {"编号": "bad", "严重程度": "?"}]
    changed = ROW | {"编号": "0001"}
    write(file, changed, *many(3)[1:], *more)

    status, told = await finished(served, file, "--dry-run")

    assert (status, told["would_open"], told["known"], told["rejected"]) == (1, 1, 2, 3)
    assert told["plan_lapsed"] == 1
    assert told["kinds"] == [{"county": "乐至县", "category": "BUILDING", "severity": "MAJOR", "rows": 1}]
    assert told["first_due"][0]["clock"] == "ASSIGN"
    assert len(await numbers.bound_issues(served.pool)) == 3
    assert len(rejected(file)) == 4


async def test_a_preview_agrees_with_what_is_then_done(served: Served, tmp_path: Path) -> None:
    rows = [
        ROW | {"编号": str(days), "整改时限": str(TODAY + timedelta(days=days))}
        for days in (-1, 0, 90, 91, 200)
    ]
    ledger = read(write(tmp_path / "乐至.csv", *rows))
    now = datetime.now(UTC)

    foreseen = foresee(ledger, EDITIONS[-1], REGISTRY, now, await what_is_known(served.pool, ledger))
    tally = await open_ledger(served.desk, ledger)

    assert foreseen.opening == len(tally.opened)
    assert foreseen.refused == tally.refused


async def test_where_nobody_works_the_import_stops_and_can_be_run_again(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "RECORDED_WITHIN", 0.2)
    ledger = read(write(tmp_path / "乐至.csv", *many(50)))
    elsewhere = Desk(served.desk.client, served.pool, EDITIONS, REGISTRY, "stock-nobody")

    with pytest.raises(Unattended, match="请先启动 worker"):
        await open_ledger(elsewhere, ledger)

    assert len(await numbers.bound_issues(served.pool)) == 1


def starter(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RIVER_")}
    ran = subprocess.run(
        [sys.executable, "starter.py", "stock", *map(str, words)],
        cwd=ROOT,
        env={**plain, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    return ran


def test_a_preview_needs_no_server_and_says_that_it_does_not_know_what_is_open(tmp_path: Path) -> None:
    person = {"责任人": "举报人甲乙丙", "天气": "晴"}
    file = write(
        tmp_path / "乐至.csv", ROW | person, ROW | person | {"编号": "2", "严重程度": "\x1b]0;x\x07"}
    )

    ran = starter(file, "--dry-run")

    assert ran.returncode == 1
    assert "记录库未答" in ran.stdout
    assert "没有保存 columns of persons, not kept:责任人" in ran.stdout
    assert "没有导入 unknown columns, not imported:天气" in ran.stdout
    assert "第 3 行「严重程度」:含有控制字符 U+001B" in ran.stdout
    assert "甲乙丙" not in ran.stdout + rejected_file(file).read_text(encoding="utf-8-sig")
    assert "\x1b]" not in ran.stdout


def test_what_cannot_be_imported_at_all_ends_with_two_and_a_reason(tmp_path: Path) -> None:
    broken = tmp_path / "a.xlsx"
    broken.write_bytes(b"PK\x03\x04")
    nowhere = {
        "RIVER_DATABASE_URL": "postgresql://river@127.0.0.1:1/river",
        "RIVER_TEMPORAL_ADDRESS": "127.0.0.1:1",
    }

    no_ledger = starter(broken, **nowhere)
    no_server = starter(write(tmp_path / "b.csv", ROW), **nowhere)

    assert (no_ledger.returncode, "工作簿已损坏" in no_ledger.stderr) == (2, True)
    assert (no_server.returncode, "不会重复立案" in no_server.stderr) == (2, True)


def test_what_was_refused_is_written_so_that_a_spreadsheet_computes_nothing(tmp_path: Path) -> None:
    bad = ROW | {"位置": "=1+1", "备注": "@x", "河湖名称": "-1", "严重程度": "+"}
    file = write(tmp_path / "乐至.csv", bad)
    ledger = read(file)

    write_rejected(file, ledger, [row for row in ledger.rows if hasattr(row, "slips")])

    titles, row = rejected(file)
    told = dict(zip(titles, row, strict=True))
    assert (told["位置"], told["备注"], told["河湖名称"], told["严重程度"]) == ("'=1+1", "'@x", "'-1", "'+")
    assert titles[0] == "行"
    assert "严重程度" in told["原因"]


def test_mended_rows_are_sent_from_the_file_of_what_was_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "乐至.csv", ROW | {"严重程度": "?"})
    ledger = read(file)
    write_rejected(file, ledger, [row for row in ledger.rows if hasattr(row, "slips")])
    mended = rejected_file(file)
    mended.write_text(mended.read_text(encoding="utf-8-sig").replace(",?,", ",较严重,"), encoding="utf-8")

    expected = reports_of(read(write(file, ROW)))

    assert reports_of(read(mended)) == expected


def test_a_ledger_without_refusals_leaves_no_file_of_them(tmp_path: Path) -> None:
    file = write(tmp_path / "乐至.csv", ROW)
    rejected_file(file).write_text("old", encoding="utf-8")

    write_rejected(file, read(file), [])

    assert not rejected_file(file).exists()


@given(st.text())
def test_no_text_at_all_is_written_as_a_formula(text: str) -> None:
    assert not harmless(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert harmless(text).removeprefix("'") == text or harmless(text) == text


def test_the_template_opens_as_it_is() -> None:
    ledger = read_ledger(ROOT / "samples" / "stock_template.csv", REGISTRY, date(2026, 11, 24))
    foreseen = foresee(ledger, EDITIONS[-1], REGISTRY, datetime(2026, 11, 24, tzinfo=UTC), None)

    assert (foreseen.opening, foreseen.refused) == (2, [])
    assert set(ledger.columns) == set(Column) - {Column.DIVISION}
    assert (ledger.unknown, ledger.persons) == ((), ())
