"""截图: draws the Web UI's pictures for the READMEs: a small machine, real reports, a browser.

`make screenshot` needs Debian's packages `chromium` and `fonts-noto-cjk`. No test runs it.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from playwright.async_api import BrowserContext, Page, async_playwright
from rich.console import Console

from demo.cast import Part, Temper
from demo.people import Troupe
from demo.window import issue_of, window_of
from machine.faults import MachineFault
from machine.service import Addresses, Machine
from ops.one_machine import LOGINS, PROGRAMS, STEPS
from reading.registry import read_registry
from settings import read_settings
from store.pool import Pool, close, open_pool
from workflows.names import issue_workflow_id

HERE = Path(__file__).resolve().parent.parent
FOLDER = HERE / "var" / "screenshot"
IMAGES = HERE / "docs" / "images"
SAMPLES = HERE / "samples" / "ziyang_reports.jsonl"

PLAYED: Mapping[str, Temper] = {
    "LS018": Temper.PROMPT,
    "LS068": Temper.PROMPT,
    "LS009": Temper.NEVER,
    "LS054": Temper.NEVER,
    "LS073": Temper.NEVER,
    "LS079": Temper.NEVER,
    "LS004": Temper.LATE_TO_STOP,
    "LS015": Temper.LATE_TO_STOP,
    "LS084": Temper.LATE_TO_STOP,
    "LS017": Temper.LATE_TO_STOP,
}
"""Reports whose people act: some to the end, some stand before a limit that is days away."""
PLAYS_FOR = 28.0

OVERDUE: Mapping[str, timedelta] = {
    "LS034": timedelta(hours=25),
    "LS024": timedelta(hours=30),
    "LS037": timedelta(hours=31),
    "LS071": timedelta(hours=40),
}
"""Reports that say they were seen so long ago: under the true rules their stop limit has lapsed by now."""

ON_TIMELINE, IN_DETAIL = "LS009", "LS071"
OVERDUE_ON_A_RIVER = 'Overdue = true AND Reach STARTS_WITH "R03"'
COLUMNS = (
    "Workflow ID",
    "Stage",
    "Category",
    "Severity",
    "Reach",
    "Level",
    "Rung",
    "Overdue",
    "NextMark",
)
SOON_OPENED = 3.0
SETTLES_IN = 3000
"""Milliseconds after which the Web UI has fetched what it shows."""

console = Console(stderr=True, highlight=False)


async def main() -> int:
    """Draw all pictures; return the exit status."""
    if (chromium := shutil.which("chromium")) is None:
        console.print("未找到 chromium。 chromium is not installed: apt-get install chromium fonts-noto-cjk")
        return 2
    shutil.rmtree(FOLDER, ignore_errors=True)
    IMAGES.mkdir(exist_ok=True)
    machine = Machine(FOLDER, PROGRAMS, STEPS, logins=LOGINS, say=console.print)
    try:
        addresses = await machine.start()
        ids = await _opened(addresses)
        await _draw(addresses.web_ui, chromium, ids)
    except MachineFault as fault:
        console.print(str(fault), style="red", markup=False)
        return 1
    finally:
        await machine.stop()
    return 0


async def _opened(addresses: Addresses) -> dict[str, str]:
    """Open the issues and let their people act; return the workflow id of each report."""
    os.environ.update(addresses.environment())
    settings = read_settings()
    registry = read_registry(settings.registry)
    pool = await open_pool(settings.database_url, 4)
    receipts = FOLDER / "receipts.txt"
    window = window_of(addresses.environment(), receipts)
    try:
        now = datetime.now(UTC)  # noqa: TID251 - the pictures show today
        await window.report_file(_file("played", dict.fromkeys(PLAYED, now)))
        parts = {name: Part(temper) for name, temper in PLAYED.items()}
        troupe = Troupe(pool, registry, parts, window, receipts)
        with suppress(TimeoutError):
            await asyncio.wait_for(troupe.play(), PLAYS_FOR)
        await window.report_file(_file("overdue", {name: now - ago for name, ago in OVERDUE.items()}))
        await asyncio.sleep(SOON_OPENED)
        return {name: await _workflow_id(pool, receipts, name) for name in (ON_TIMELINE, IN_DETAIL)}
    finally:
        await window.close()
        await close(pool)


def _file(name: str, seen: Mapping[str, datetime]) -> Path:
    """Write a report file of the samples named, each seen when told."""
    lines = (json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines())
    kept = [{**line, "seen_at": seen[line["id"]].isoformat()} for line in lines if line["id"] in seen]
    target = FOLDER / f"{name}.jsonl"
    target.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
    return target


async def _workflow_id(pool: Pool, receipts: Path, report_id: str) -> str:
    issue_id = await issue_of(pool, receipts, report_id)
    if issue_id is None:
        raise MachineFault(f"{report_id} 未立案 opened no issue")
    return issue_workflow_id(issue_id)


async def _draw(web_ui: str, chromium: str, ids: Mapping[str, str]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        await _choose_columns(context)
        page = await context.new_page()
        await _draw_list(page, web_ui)
        await _draw_overdue(page, web_ui)
        await _draw_details(page, web_ui, ids[IN_DETAIL])
        await _draw_timeline(page, web_ui, ids[ON_TIMELINE])
        await browser.close()


async def _choose_columns(context: BrowserContext) -> None:
    """Choose the list's columns as a supervisor does by hand; the Web UI keeps them in the browser."""
    columns = json.dumps({"river": [{"label": name} for name in COLUMNS]})
    await context.add_init_script(
        f"localStorage.setItem('namespace-workflow-table-columns', {json.dumps(columns)})"
    )


async def _draw_list(page: Page, web_ui: str) -> None:
    await page.goto(web_ui)
    await _narrow_the_menu(page)
    await _save(page, "issues.png")


async def _draw_overdue(page: Page, web_ui: str) -> None:
    await page.goto(f"{web_ui}?query={quote(OVERDUE_ON_A_RIVER)}")
    await _narrow_the_menu(page)
    await _save(page, "overdue.png", height=380)


async def _draw_details(page: Page, web_ui: str, workflow_id: str) -> None:
    await page.goto(f"{web_ui}/{quote(workflow_id, safe='')}")
    await _narrow_the_menu(page)
    await page.get_by_text("User Metadata").first.click()
    await page.wait_for_timeout(SETTLES_IN)
    await _save(page, "issue.png")


async def _draw_timeline(page: Page, web_ui: str, workflow_id: str) -> None:
    await page.goto(f"{web_ui}/{quote(workflow_id, safe='')}")
    await _narrow_the_menu(page)
    await page.get_by_role("heading", name="Timeline").scroll_into_view_if_needed()
    await page.mouse.move(700, 700)
    await page.mouse.wheel(0, 2000)
    await _save(page, "timeline.png", top=420, height=370)


async def _narrow_the_menu(page: Page) -> None:
    await page.wait_for_timeout(SETTLES_IN)
    menu = page.get_by_test_id("navigation-header")
    if await menu.get_attribute("data-nav") == "open":
        await menu.locator("button").first.click()
        await page.evaluate("document.activeElement.blur()")


async def _save(page: Page, name: str, top: int = 0, height: int = 900) -> None:
    await page.wait_for_timeout(SETTLES_IN)
    target = IMAGES / name
    await page.screenshot(path=target, clip={"x": 0, "y": top, "width": 1440, "height": height})
    console.print(f"{target.relative_to(HERE)} {target.stat().st_size // 1000} kB")


if __name__ == "__main__":
    code = asyncio.run(main())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # an ordinary exit sometimes aborts in the SDK's threads and looks like a crash
