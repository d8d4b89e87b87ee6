"""一次修复: from what an operator typed to what was done: one issue at once, several after an approval."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import typer
from temporalio.service import RPCError

from connection import connect
from domain.model import Label
from ops.desk import CANNOT, DIFFERS, bar, print_json, refuse, say
from ops.repair_acts import carry_out
from ops.repair_plan import SOUND, Plan, Wanted, World
from ops.repair_record import Outcome
from ops.repair_told import plan_as_json, tell_outcome, tell_plans
from ops.repairing import preview
from settings import read_settings
from store import repairs
from store.pool import Away, close, open_pool
from store.repairs import Asked, Filed
from workflows.names import ISSUE_WORKFLOW, issue_id_of

BUSY = Label("另一人正在修复此问题,请稍后", "somebody else is repairing this issue: try again later")


class Signed(NamedTuple):
    """Why it is repaired, on which ticket, by whom."""

    reason: str
    ticket: str
    by: str


class Done(NamedTuple):
    """What came of one issue: what was foreseen, and the outcome if it was carried out."""

    plan: Plan
    outcome: Outcome | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing was refused, left as it was, or lost."""
        if self.outcome is None:
            return self.plan.standing != "refused"
        return self.outcome.is_mended and not self.outcome.lost


class Round(NamedTuple):
    """What came of all of them; a request is one that waits for an approval."""

    done: Sequence[Done]
    request: Filed | None = None


def repair_all(
    wanted: Wanted, issues: tuple[str, ...], query: str | None, signed: Signed | None, *, as_json: bool
) -> None:
    """Preview; where it is signed, repair one issue or ask for several; then end the command."""

    async def work(world: World) -> Round:
        named = await _named(world, issues, query)
        plans = await _preview_all(world, named, wanted)
        if signed is None or not named:
            return Round([Done(plan) for plan in plans])
        asked = Asked(wanted.what, wanted.options, named, *signed)
        if len(named) > 1:
            return Round([Done(plan) for plan in plans], await repairs.ask(world.pool, asked))
        return Round([await repair_one(world, named[0], asked, signed.by)])

    finish(run(work), is_applied=signed is not None, as_json=as_json)


def approve_all(repair: int, by: str, *, apply: bool, as_json: bool) -> None:
    """Preview a request once more; where it is applied, repair what is still stuck that way."""

    async def work(world: World) -> Round:
        filed = await repairs.find(world.pool, repair)
        if filed is None:
            refuse(f"没有第 {repair} 号修复申请。 There is no request {repair}.")
        if by.casefold() == filed.asked.asked_by.casefold():  # OP-1 is no other person than op-1
            refuse("须由申请人以外的人批准。 Another person than who asked must approve.")
        wanted = Wanted(filed.asked.what, filed.asked.options)
        if not apply:
            plans = await _preview_all(world, filed.asked.issues, wanted)
            return Round([Done(plan) for plan in plans], filed)
        approved_by = await repairs.approve(world.pool, repair, by)
        filed = filed._replace(approved_by=approved_by)
        finished = {
            each.issue_id
            for each in await repairs.reached(world.pool, repair)
            if each.step in ("done", "skipped")
        }
        left = [issue_id for issue_id in filed.asked.issues if issue_id not in finished]
        with bar("修复 repair", len(left)) as step:
            done = []
            for issue_id in left:
                done.append(await _alone(world, issue_id, filed, by))
                step()
        return Round(done)

    finish(run(work), is_applied=apply, as_json=as_json)


async def repair_one(world: World, issue_id: str, asked: Asked, by: str) -> Done:
    """File and carry out the repair of one issue, or go on with one that died half way."""
    wanted = Wanted(asked.what, asked.options)
    plan = await preview(world, issue_id, wanted, datetime.now(UTC))
    if plan.standing == "refused":
        return Done(plan)
    return await _alone(world, issue_id, await repairs.ask(world.pool, asked), by)


async def _alone(world: World, issue_id: str, filed: Filed, by: str) -> Done:
    """Look once more, now that nobody else repairs it: what was mended meanwhile is left as it is."""
    wanted = Wanted(filed.asked.what, filed.asked.options)
    async with repairs.alone(world.pool, issue_id) as is_alone:
        plan = await preview(world, issue_id, wanted, datetime.now(UTC))
        if not is_alone:
            return Done(plan._replace(standing="refused", why=BUSY))
        was_begun = any(each.issue_id == issue_id for each in await repairs.reached(world.pool, filed.id))
        if plan.standing == "stuck" or (was_begun and plan.standing == "sound"):
            return Done(plan, await carry_out(world, plan, filed, by))
        why = plan.why or SOUND
        await repairs.take_step(world.pool, filed.id, issue_id, "skipped", by, {"why": why.en})
        return Done(plan)


async def _named(world: World, issues: tuple[str, ...], query: str | None) -> tuple[str, ...]:
    found = list(issues)
    if query:
        whole = f"WorkflowType = '{ISSUE_WORKFLOW}' AND ({query})"
        found += [issue_id_of(run.id) async for run in world.client.list_workflows(whole)]
    return tuple(dict.fromkeys(found))


async def _preview_all(world: World, issues: Sequence[str], wanted: Wanted) -> list[Plan]:
    plans = []
    with bar("预演 preview", len(issues)) as step:
        for issue_id in issues:
            plans.append(await preview(world, issue_id, wanted, datetime.now(UTC)))
            step()
    return plans


def run(work: Callable[[World], Awaitable[Round]]) -> Round:
    """Do something to the world; ends the command with CANNOT when a server does not answer."""
    try:
        return asyncio.run(_run(work))
    except typer.Exit:
        raise  # it is a RuntimeError as well
    except Away as away:
        refuse(f"数据库没有应答,请稍后再运行一次。 Postgres does not answer: run it again.\n{away}", CANNOT)
    except (RPCError, RuntimeError, OSError) as trouble:
        refuse(
            f"Temporal 没有应答,请稍后再运行一次。 Temporal does not answer: run it again.\n{trouble}", CANNOT
        )


async def _run(work: Callable[[World], Awaitable[Round]]) -> Round:
    async with the_world() as world:
        return await work(world)


@asynccontextmanager
async def the_world() -> AsyncIterator[World]:
    """Connect to where repairs are made."""
    settings = read_settings()
    client = await connect(settings, "ops")
    pool = await open_pool(settings.database_url, 3)
    try:
        yield World(pool, client, settings)
    finally:
        await close(pool)


def finish(result: Round, *, is_applied: bool, as_json: bool) -> None:
    """Tell what came of it, and end the command."""
    request = result.request
    if as_json:
        told = [plan_as_json(each.plan, each.outcome) for each in result.done]
        print_json({"issues": told, "request": request.id if request else None})
    else:
        _tell(result, is_applied=is_applied)
    if not result.done:
        raise typer.Exit(0)
    raise typer.Exit(0 if all(each.is_well for each in result.done) else DIFFERS)


def _tell(result: Round, *, is_applied: bool) -> None:
    tell_plans([each.plan for each in result.done])
    for each in result.done:
        if each.outcome:
            tell_outcome(each.plan, each.outcome)
    if not result.done:
        say("没有符合条件的问题。 No issue matches.")
    elif result.request:
        number = result.request.id
        say(f"多件须另一人批准 another person must approve: python -m ops approve {number} --by CODE --apply")
    elif not is_applied:
        say("以上未办理;核对后加 --apply 正式修复。 Nothing was done; look, then add --apply.")
