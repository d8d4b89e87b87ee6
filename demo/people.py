"""演员: another process plays chiefs, units and offices; it speaks only by updates and by `ops`."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import structlog

from connection import connect
from demo import clerks, lines, operators, quarrels
from demo.calendars import assumed_beside
from demo.cast import Part, Scene, Temper, pace, part_of, pause
from demo.window import Refused, Window, issue_of, window_of
from domain.issue import commands as say
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.issue.who import office_of_level
from domain.posts import level_of
from domain.rulebook import RuleBook
from domain.terms import ENDS, Level, Stage
from domain.workdays import local_day
from logs import set_up_logs
from reading.bulletins import read_bulletin_rules
from reading.registry import Registry, read_registry
from reading.rulebook import rule_in_force
from settings import read_settings
from store import figures, journal
from store.pool import Away, Pool, open_pool
from voices import bulletins_on
from workflows.names import update_name

log = structlog.get_logger()

LOOK_EVERY = 0.5


class Troupe:
    """剧组: looks at the board, and lets each issue's people say their next word when its moment has come."""

    def __init__(
        self,
        pool: Pool,
        registry: Registry,
        parts: dict[str, Part],
        window: Window,
        receipts: Path,
        book: RuleBook | None = None,
    ) -> None:
        self._window = window
        self._receipts = receipts
        self._pool = pool
        self._registry = registry
        self._parts = parts
        self._book = book
        self._scenes: dict[str, Scene] = {}

    async def play(self) -> None:
        """Play until the process is ended."""
        while True:
            await self._find_new_issues()
            rows = await figures.board(self._pool, 500)
            acts = [self._act(row.issue_id, Stage(row.stage)) for row in rows if row.stage not in ENDS]
            for act in await asyncio.gather(*acts, return_exceptions=True):
                # On a busy machine the records may be slow; whoever was to act looks again in a moment.
                if isinstance(act, BaseException) and not isinstance(act, Away):
                    raise act
            await asyncio.sleep(LOOK_EVERY)

    async def _find_new_issues(self) -> None:
        for report_id, part in list(self._parts.items()):
            if issue_id := await issue_of(self._pool, self._receipts, report_id):
                self._scenes.setdefault(issue_id, Scene(part))
                del self._parts[report_id]

    async def _act(self, issue_id: str, stage: Stage) -> None:
        scene = self._scenes.setdefault(issue_id, Scene(Part(Temper.PROMPT)))
        now = datetime.now(UTC)
        if stage is not scene.stage:
            scene.stage, scene.due = stage, pace(scene.part.temper, await self._look(issue_id), now)
        if scene.due is None or now < scene.due:
            return
        issue = await self._look(issue_id)
        # A word that is refused, or that leaves the stage as it is, is followed by another a little later.
        scene.due = now + pause(scene.part.temper)
        if command := await self._next_word(issue, scene):
            await self._say(issue, command)

    async def _look(self, issue_id: str) -> Issue:
        return await journal.retell_issue(self._pool, issue_id)

    async def _say(self, issue: Issue, command: Command) -> None:
        name = update_name(type(command))
        try:
            await self._window.say(issue.issue_id, command)
        except Refused as refused:
            log.info("word_refused", issue_id=issue.issue_id, command=name, reason=str(refused))
        except httpx.HTTPError as error:
            log.warning("word_not_heard", issue_id=issue.issue_id, command=name, reason=str(error))

    async def _next_word(self, issue: Issue, scene: Scene) -> Command | None:
        scene.said += 1
        base: dict[str, Any] = {"id": f"{issue.issue_id}:{scene.said}", "said_at": datetime.now(UTC)}
        evidence = sha256(f"{issue.issue_id}:{scene.said}".encode()).hexdigest()
        is_to_merge = issue.stage is Stage.DISCOVERED and scene.part.temper is Temper.TO_MERGE
        if is_to_merge and not issue.awaits_reply:
            return await self._merge(issue, scene, base)
        turn = quarrels.turn(issue, scene, base, evidence, self._book)
        if turn.goes_on:
            return turn.word
        return lines.line(issue, scene, base, evidence, self._registry)

    async def _merge(self, issue: Issue, scene: Scene, base: dict[str, Any]) -> Command | None:
        into = await issue_of(self._pool, self._receipts, scene.part.into or "")
        if into is None:
            return None
        other = await self._look(into)
        return say.MergeInto(
            **base,
            by=office_of_level(issue),
            into=into,
            into_reach=other.reach,
            into_category=other.category,
            into_stage=other.stage,
        )


async def assess(window: Window, reports: Mapping[str, Mapping[str, Any]]) -> None:
    """Let the city's office look every few seconds at what waits for a person."""
    while True:
        await asyncio.sleep(3)
        if opened := await window.assess(reports):
            log.info("leads_assessed", opened=opened)


def reports_in(files: list[Path]) -> dict[str, dict[str, Any]]:
    """Return the reports of the story by their ids, as far as they can be read."""
    reports: dict[str, dict[str, Any]] = {}
    for line in (line for file in files for line in file.read_text(encoding="utf-8").splitlines()):
        with suppress(ValueError, KeyError):
            report = json.loads(line)
            reports[report["id"]] = report
    return reports


def parts_of(files: list[Path]) -> dict[str, Part]:
    """Give each report of the story its part."""
    parts: dict[str, Part] = {}
    for file in files:
        for place, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            try:
                report_id = json.loads(line)["id"]
            except (ValueError, KeyError):
                continue
            parts.setdefault(report_id, part_of(report_id, place))
    return parts


async def main(receipts: Path, files: list[Path]) -> None:
    """Play all parts until told to stop."""
    settings = read_settings()
    set_up_logs("json", settings.log_level)
    pool = await open_pool(settings.database_url, 12)
    book = rule_in_force(settings.rules, local_day(datetime.now(UTC)))
    window = window_of(os.environ, receipts)
    registry = read_registry(settings.registry)
    begin = bulletins_on(await connect(settings, "people"), settings)
    bulletin_rules = read_bulletin_rules(settings.bulletins)
    city = next(division for division in registry.divisions if level_of(division) is Level.CITY)
    month = clerks.of_this_month(city, bulletin_rules, book, datetime.now(UTC))
    troupe = Troupe(pool, registry, parts_of(files), window, receipts, book)
    await asyncio.gather(
        troupe.play(),
        operators.sign_some(pool),
        clerks.issue_the_months(pool, begin, month),
        clerks.issue_one_of_a_grave_issue(pool),
        assess(window, reports_in(files)),
        operators.adopt_the_calendar(pool, assumed_beside(settings.rules), receipts),
    )


if __name__ == "__main__":
    receipts, *files = (Path(name) for name in sys.argv[1:])
    try:
        asyncio.run(main(receipts, files))
    except Exception:
        log.exception("people_left")
    finally:
        os._exit(1)
