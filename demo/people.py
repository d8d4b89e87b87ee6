"""演员: another process plays chiefs, units and offices; it speaks only by updates and `ops sign`."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError

from connection import connect
from demo.cast import Part, Temper, part_of
from domain import posts
from domain.issue import commands as say
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.issue.who import closing_office, office_of_level, verifying_office
from domain.terms import ENDS, Clock, PostKind, Severity, Stage
from domain.workdays import local_day
from logs import set_up_logs
from reading.registry import Registry, read_registry
from settings import read_settings
from store import documents, figures, numbers
from store.pool import Pool, open_pool
from workflows.names import issue_workflow_id, update_name

log = structlog.get_logger()

LOOK_EVERY = 0.5
SIGNATURES = 6


@dataclass
class Scene:
    """一场: what one issue's people are about to do, and when."""

    part: Part
    stage: Stage | None = None
    due: datetime | None = None
    said: int = 0
    seen: set[str] = field(default_factory=set)


def pace(temper: Temper, issue: Issue, seen_at: datetime) -> datetime | None:
    """Return when the people of an issue act at its present stage; never is None."""
    quick = seen_at + timedelta(seconds=1 + int(issue.issue_id[-6:]) % 4)
    run = issue.run(Clock.STOP) if issue.stage is Stage.DISCOVERED else issue.run(Clock.RECTIFY)
    limit_at = run.limit_at if run else quick
    match temper, issue.stage:
        case Temper.LATE_TO_STOP, Stage.DISCOVERED:
            return limit_at + timedelta(seconds=5)
        case Temper.LATE_TO_RECTIFY, Stage.RECTIFYING if issue.rejections == 0:
            return limit_at + timedelta(seconds=8)
        case Temper.VERY_LATE, Stage.RECTIFYING:
            return limit_at + timedelta(seconds=20)
        case Temper.NEVER, Stage.RECTIFYING:
            return None
        case _:
            return quick


class Troupe:
    """剧组: looks at the board, and lets each issue's people say their next word when its moment has come."""

    def __init__(self, client: Client, pool: Pool, registry: Registry, parts: dict[str, Part]) -> None:
        self._client = client
        self._pool = pool
        self._registry = registry
        self._parts = parts
        self._scenes: dict[str, Scene] = {}

    async def play(self) -> None:
        """Play until the process is ended."""
        while True:
            await self._find_new_issues()
            rows = await figures.board(self._pool, 500)
            acts = [self._act(row.issue_id, Stage(row.stage)) for row in rows if row.stage not in ENDS]
            await asyncio.gather(*acts)
            await asyncio.sleep(LOOK_EVERY)

    async def _find_new_issues(self) -> None:
        for report_id, part in list(self._parts.items()):
            if issue_id := await numbers.issue_of_report(self._pool, report_id):
                self._scenes[issue_id] = Scene(part)
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
        scene.due = now + timedelta(seconds=2)
        if command := await self._next_word(issue, scene):
            await self._say(issue, command)

    async def _look(self, issue_id: str) -> Issue:
        handle = self._client.get_workflow_handle(issue_workflow_id(issue_id))
        issue: Issue = await handle.query("issue", result_type=Issue, rpc_timeout=timedelta(seconds=10))
        return issue

    async def _say(self, issue: Issue, command: Command) -> None:
        name = update_name(type(command))
        handle = self._client.get_workflow_handle(issue_workflow_id(issue.issue_id))
        try:
            await handle.execute_update(name, command, id=command.id, rpc_timeout=timedelta(seconds=10))
        except WorkflowUpdateFailedError as refused:
            log.info("word_refused", issue_id=issue.issue_id, command=name, reason=str(refused.cause))
        except RPCError as error:
            log.warning("word_not_heard", issue_id=issue.issue_id, command=name, reason=str(error))

    async def _next_word(self, issue: Issue, scene: Scene) -> Command | None:
        scene.said += 1
        base: dict[str, Any] = {"id": f"{issue.issue_id}:{scene.said}", "said_at": datetime.now(UTC)}
        evidence = sha256(f"{issue.issue_id}:{scene.said}".encode()).hexdigest()
        match issue.stage:
            case Stage.DISCOVERED:
                return await self._at_the_bank(issue, scene, base, evidence)
            case Stage.STOPPED:
                unit = self._registry.unit_for(issue.category, issue.division)
                return say.Assign(**base, by=office_of_level(issue), unit=unit)
            case Stage.PLANNING if issue.plan is None and issue.unit:
                day = local_day(datetime.now(UTC))
                return say.SubmitPlan(
                    **base, by=issue.unit, measures=3, responsible=issue.unit, done_on=day, manifest=evidence
                )
            case Stage.PLANNING:
                return say.AcceptPlan(**base, by=issue.chief)
            case Stage.RECTIFYING if issue.unit:
                return say.ReportRectified(**base, by=issue.unit, before=2, after=2, manifest=evidence)
            case Stage.VERIFYING if scene.part.temper is Temper.REJECTED_ONCE and not issue.rejections:
                return say.RejectRectification(**base, by=verifying_office(issue), reason="岸坡仍有残留")
            case Stage.VERIFYING:
                return say.AcceptRectification(**base, by=verifying_office(issue), record=evidence)
            case Stage.ACCEPTED if issue.awaits_reply:
                return say.ReplyToReporter(**base, by=office_of_level(issue), reply=evidence)
            case Stage.ACCEPTED:
                recheck = None if issue.severity is Severity.GENERAL else evidence
                return say.Close(**base, by=closing_office(issue), record=evidence, recheck=recheck)
            case _:
                return None

    async def _at_the_bank(
        self, issue: Issue, scene: Scene, base: dict[str, Any], evidence: str
    ) -> Command | None:
        match scene.part.temper:
            case Temper.TO_DISMISS | Temper.TO_MERGE if issue.awaits_reply:
                return say.ReplyToReporter(**base, by=office_of_level(issue), reply=evidence)
            case Temper.NOTHING_TO_STOP:
                return say.NothingToStop(**base, by=issue.chief, reason="行为早已停止,只余堆积物")
            case Temper.CANNOT_STOP if "cannot" not in scene.seen:
                scene.seen.add("cannot")
                return say.ReportCannotStop(**base, by=issue.chief, reason="当事人不听劝阻")
            case Temper.TO_DISMISS:
                return say.Dismiss(
                    **base, by=office_of_level(issue), reason="现场核实不属实", onsite=evidence
                )
            case Temper.TO_MERGE:
                return await self._merge(issue, scene, base)
            case _:
                return say.RecordStop(**base, by=issue.finder or issue.chief, photos=2, manifest=evidence)

    async def _merge(self, issue: Issue, scene: Scene, base: dict[str, Any]) -> Command | None:
        into = await numbers.issue_of_report(self._pool, scene.part.into or "")
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


async def sign_some(pool: Pool) -> None:
    """签发: a person signs the first orders and bulletins, by the operators' own command."""
    signed: dict[str, int] = {"order": 0, "bulletin": 0}
    while sum(signed.values()) < SIGNATURES:
        await asyncio.sleep(3)
        for draft in await documents.drafts(pool):
            if signed[draft.kind] < SIGNATURES // 2:
                by = draft.issuer
                if draft.kind == "bulletin" and draft.severity == Severity.MAJOR:
                    by = f"{PostKind.GENERAL_CHIEF}:{posts.division_of(draft.issuer)}"
                await _ops("sign", draft.issue_id, str(draft.number), "--by", by)
                signed[draft.kind] += 1
                break


async def _ops(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    log.info("signed", words=words, status=process.returncode, said=(out or err).decode().strip())


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


async def main(files: list[Path]) -> None:
    """Play all parts until told to stop."""
    settings = read_settings()
    set_up_logs("json", settings.log_level)
    client = await connect(settings, "people")
    pool = await open_pool(settings.database_url, 4)
    troupe = Troupe(client, pool, read_registry(settings.registry), parts_of(files))
    tasks: list[Callable[[], Awaitable[None]]] = [troupe.play, lambda: sign_some(pool)]
    await asyncio.gather(*(task() for task in tasks))


if __name__ == "__main__":
    try:
        asyncio.run(main([Path(name) for name in sys.argv[1:]]))
    finally:
        os._exit(1)
