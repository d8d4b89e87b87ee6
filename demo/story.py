"""故事: real reports become issues on the rivers of Ziyang and live under limits of seconds."""

import asyncio
import json
import os
import shutil
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from connection import connect
from demo import table
from demo.calendars import write_rules
from demo.cast import FOR_THE_STATEMENT
from demo.ending import Ending, ending
from demo.operators import said_by_ops
from demo.papers import keep_papers
from demo.window import Window, issue_of, window_of
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.terms import ENDS, Clock, zh
from domain.workdays import local_day
from machine.faults import MachineFault
from machine.processes import Child
from machine.service import Addresses, Machine
from ops.one_machine import LOGINS, PROGRAMS, STEPS
from settings import read_settings
from store import bulletins, figures
from store.pool import Pool, close, open_pool

HERE = Path(__file__).resolve().parent.parent
RULES = HERE / "rules" / "demo.yaml"
BULLETIN_RULES = HERE / "rules" / "bulletins-demo.yaml"
REPORTS = HERE / "samples" / "ziyang_reports.jsonl"
SPECIALS = HERE / "samples" / "story_reports.jsonl"
RECURRENCE = "LS030"
RECURS = "LS054"
RECEIPTS, PAPERS = "receipts.txt", "papers"
NEVER = 2
"""Issues that the people never bring to an end."""
AT_LEAST, AT_MOST, FOR_A_BULLETIN = 45, 115, 60
"""Seconds: long enough for the bulletins to repeat, short enough to be watched; more only until the
first bulletin is issued, on a busy machine."""

console = Console(highlight=False)


async def tell_the_story(folder: Path) -> int:
    """Tell it in a fresh folder, named from the root; return 0 only if it was told whole and truly."""
    lived_under = {"RIVER_RULES": str(_prepare(folder)), "RIVER_BULLETINS": str(BULLETIN_RULES)}
    os.environ.update(lived_under)
    programs = [replace(program, environment={**program.environment, **lived_under}) for program in PROGRAMS]
    machine = Machine(
        folder, programs, STEPS, logins=LOGINS, say=lambda words: console.print(words, markup=False)
    )
    try:
        told = await _told(folder, await machine.start())
    except MachineFault as fault:
        console.print(str(fault), style="red", markup=False)
        return 1
    finally:
        await machine.stop()
    _sum_up(told, folder)
    return 0 if told.is_true else 1


def _prepare(folder: Path) -> Path:
    """Empty the folder and write the rules into it; return the file to live under."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / PAPERS).mkdir(parents=True)
    return write_rules(RULES, folder, local_day(datetime.now(UTC)))


async def _told(folder: Path, addresses: Addresses) -> Ending:
    os.environ.update(addresses.environment())
    environment = dict(os.environ)
    settings = read_settings()
    client = await connect(settings, "story")
    pool = await open_pool(settings.database_url, 4)
    first, second, third = _files(folder)
    window = window_of(environment, folder / RECEIPTS)
    people = Child(
        name="people",
        command=[
            sys.executable,
            "-m",
            "demo.people",
            str(folder / RECEIPTS),
            str(first),
            str(second),
            str(third),
        ],
        log=addresses.logs / "people.log",
        environment=environment,
        folder=HERE,
    )
    console.print(f"网页界面 Web UI {addresses.web_ui}", markup=False)
    console.print(f"受理窗口 front door {window.address}/docs", markup=False)
    people.start()
    try:
        reports = await asyncio.gather(
            window.report_file(first),
            _report_later(window, second),
            _report_recurrence(window, third, pool, folder / RECEIPTS),
            _watch(pool),
        )
        await people.stop()
        of_whom = await issue_of(pool, folder / RECEIPTS, FOR_THE_STATEMENT) or FOR_THE_STATEMENT
        explained = await _show_the_statement(of_whom)
        kept = await keep_papers(pool, of_whom, folder / PAPERS)
        return await ending(client, pool, sum(reports), addresses.web_ui, kept, explained=explained)
    finally:
        await people.stop()
        await window.close()
        await close(pool)


def _files(folder: Path) -> tuple[Path, Path, Path]:
    """Copy the sample, seen now; a stock issue's plan ends today, as its limit is one of seconds."""
    seen = {"seen_at": datetime.now(UTC).isoformat()}
    first, second, third = (folder / name for name in ("reports.jsonl", "special.jsonl", "recurrence.jsonl"))
    first.write_text(_seen(REPORTS.read_text(encoding="utf-8").splitlines(), seen), encoding="utf-8")
    specials = SPECIALS.read_text(encoding="utf-8").splitlines()
    recurs = [line for line in specials if f'"id": "{RECURRENCE}"' in line]
    second.write_text(_seen([line for line in specials if line not in recurs], seen), encoding="utf-8")
    third.write_text(_seen(recurs, seen), encoding="utf-8")
    return first, second, third


def _seen(lines: list[str], seen: dict[str, str]) -> str:
    return "".join(_seen_now(line, seen) + "\n" for line in lines)


def _seen_now(line: str, seen: dict[str, str]) -> str:
    try:
        report = json.loads(line)
    except ValueError:
        return line  # the broken line of the story stays broken
    plan = {"plan_on": str(local_day(datetime.now(UTC)))} if "plan_on" in report else {}
    return json.dumps({**report, **seen, **plan}, ensure_ascii=False)


async def _report_later(window: Window, file: Path) -> int:
    await asyncio.sleep(4)
    return await window.report_file(file)


async def _report_recurrence(window: Window, file: Path, pool: Pool, receipts: Path) -> int:
    """Report the recurrence once the issue that recurs is closed; its sender knows that issue's number."""
    until = time.monotonic() + AT_MOST
    while time.monotonic() < until:
        await asyncio.sleep(1)
        earlier = await issue_of(pool, receipts, RECURS)
        rows = {row.issue_id: row.stage for row in await figures.board(pool, 10_000)}
        if earlier and rows.get(earlier) == "closed":
            text = await asyncio.to_thread(file.read_text, encoding="utf-8")
            await asyncio.to_thread(
                file.write_text, text.replace(f'"{RECURS}"', f'"{earlier}"'), encoding="utf-8"
            )
            return await window.report_file(file)
    return 0


async def _watch(pool: Pool) -> int:
    """Show the board until all are at an end but those that never will be, or the time is up."""
    begun = time.monotonic()
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while (seconds := time.monotonic() - begun) < AT_MOST or await _waits_for_a_bulletin(pool, seconds):
            rows, counted = await figures.board(pool, 10_000), await figures.figures(pool)
            live.update(table.board(rows, counted, int(seconds)))
            going_on = sum(row.stage not in ENDS for row in rows)
            recurred = any(row.issue_id for row in rows if row.stage == "closed") and seconds > AT_LEAST
            if recurred and going_on <= NEVER and await _month_is_issued(pool):
                break
            await asyncio.sleep(0.5)
    return 0


async def _waits_for_a_bulletin(pool: Pool, seconds: float) -> bool:
    return seconds < AT_MOST + FOR_A_BULLETIN and not await bulletins.heads(pool, state=BulletinState.ISSUED)


async def _month_is_issued(pool: Pool) -> bool:
    issued = await bulletins.heads(pool, state=BulletinState.ISSUED)
    return any(head.kind == BulletinKind.MONTHLY for head in issued)


async def _show_the_statement(issue_id: str) -> bool:
    """时限说明书: let the operators' command account for the limit that stood still; one clock of it."""
    status, said = await said_by_ops("explain", issue_id)
    head, *clocks = said.split("\n\n")
    shown = [clock for clock in clocks if f"{zh(Clock.RECTIFY)}时限" in clock]
    console.print("\n".join([head, *shown]), markup=False, soft_wrap=True)
    return status == 0 and bool(shown)


def _sum_up(told: Ending, folder: Path) -> None:
    target = folder.parent / "demo.json"
    target.write_text(json.dumps(told.counts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    summary = Table(title="演示结果 · what came of it", title_justify="left", show_header=False)
    for name, shown in _NAMES.items():
        summary.add_row(shown, _shown(told.counts[name]))
    console.print(summary)
    console.print(f"已写入 {target}", markup=False)
    console.print(f"公文 papers: {folder / PAPERS}({'、'.join(told.counts['papers'])})", markup=False)
    if told.left_out:
        parts = "、".join(_NAMES[name] for name in told.left_out)
        console.print(f"没有演到 left out of the story: {parts}", style="red", markup=False)


def _shown(count: object) -> str:
    return str(len(count)) if isinstance(count, tuple) else str(count)


_NAMES = {
    "reports": "报送 reports",
    "leads": "线索 leads",
    "attached": "并入 attached",
    "assessed": "人工研判 assessed",
    "issues": "立案 issues",
    "closed": "销号 closed",
    "escalated": "提级 escalated",
    "levels": "提至层级数 levels",
    "bulletins": "列入通报 named in bulletins",
    "bulletins_issued": "印发通报 bulletins issued",
    "bulletins_hold": "通报复算一致 bulletins recomputed",
    "dismissed": "无效 dismissed",
    "merged": "并案 merged",
    "extensions_granted": "准予延期 extensions granted",
    "extensions_denied": "不予延期 extensions denied",
    "suspensions": "中止计时 suspensions",
    "reviews": "中止复核 reviews",
    "disputes_ruled": "争议裁定 disputes ruled",
    "regraded": "改定等级 regraded",
    "calendars_adopted": "适用新日历 calendars adopted",
    "interviews": "约谈 interviews",
    "referrals": "问责移送 referrals",
    "facts": "事实 facts",
    "explained": "时限说明书 explained",
    "papers": "排印公文 papers printed",
    "chain_ok": "日志链完整 chain",
    "retold_equal": "复述一致 retold",
}
"""What the summary shows, in this order."""
