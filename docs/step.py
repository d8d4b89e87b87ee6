"""逐步之图: draws the page of `python -m ops step --html`: a made-up life, a real browser.

`make step` needs Debian's packages `chromium` and `fonts-noto-cjk`. No test runs it.
"""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

from playwright.async_api import async_playwright

from docs.papers import FOUND, IMAGES, lived
from domain.issue.message import Kind
from domain.issue.steps import Fate, Trace, steps
from domain.model import Label
from printing.life import life_html
from printing.life_words import Story

FOLDER = Path(__file__).resolve().parent.parent / "var" / "step"
SHOWN = 8
"""The fact that the picture shows: a limit has ended, and its chief and his office are told."""


def story() -> Story:
    """Return a life that was suspended, went on and lapsed, as its histories would show it."""
    told = list(steps(lived().facts))
    soon = timedelta(seconds=0.3)
    traces = {
        step.number: Trace(
            run=1,
            letter=step.number,
            first=step.number,
            last=step.number,
            taken=8 * step.number,
            taken_at=step.fact.at + soon,
            heard=8 * step.number - 3 if step.fact.command else None,
            heard_at=step.fact.at + soon / 2 if step.fact.command else None,
            fired=None if step.fact.command else 8 * step.number - 5,
            fired_at=None if step.fact.command else step.fact.at,
        )
        for step in told
    }
    fates = [
        Fate(effect, "delivered", 1, at, at + timedelta(seconds=1), None)
        if effect.kind is Kind.NOTICE
        else Fate(effect, "unsigned", 0, at, None, None)
        for step in told
        for effect in step.effects
        for at in [step.fact.at]
    ]
    source = Label(
        "取自日志与 Temporal 历史(运行 1 次)", "Told from the journal and Temporal's histories (runs: 1)"
    )
    return Story(told, [step.fact.at + soon for step in told], fates, traces, source)


async def main() -> None:
    """Write the page and draw it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page_file = FOLDER / "step.html"
    page_file.write_text(life_html(story(), FOUND + timedelta(days=16)), encoding="utf-8")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"file://{page_file}#fact-{SHOWN}")
        await page.screenshot(path=IMAGES / "step.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
