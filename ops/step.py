"""逐步命令: a life told fact by fact, on a terminal or as one page; from the journal alone if it must be."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from temporalio.client import WorkflowHistory
from temporalio.service import RPCError

from connection import connect, data_converter
from domain.issue.events import read_fact
from domain.issue.fact_base import Event
from domain.issue.steps import Trace, steps
from domain.model import Label
from ops.desk import CANNOT, UNTOLD, Json, ask, print_json, refuse
from ops.printed import write_file
from ops.replay_found import chain
from ops.step_told import tell, told_as_json
from ops.step_traces import traces
from printing.life import life_html
from printing.life_words import Story, entries
from settings import Settings, read_settings
from store.lives import Kept, kept

_WHOLE = "取自日志与 Temporal 历史(运行 {runs} 次)"
_WHOLE_EN = "Told from the journal and Temporal's histories (runs: {runs})"
_GONE = Label(
    "只取自日志:Temporal 已无此问题的历史",
    "Told from the journal alone: Temporal has no history of it (any more)",
)
_AWAY = Label(
    "只取自日志:Temporal 没有应答,历史事件号从略",
    "Told from the journal alone: Temporal does not answer, so no event ids",
)


def step(
    issue: Annotated[str, typer.Argument(help="问题编号 512022-2026-000123")],
    html: Annotated[
        Path | None,
        typer.Option(help="写成一个自足的网页,- 为标准输出 write one self-contained page, - for output"),
    ] = None,
    fact: Annotated[int | None, typer.Option(min=1, help="只看此号事实 only this fact")] = None,
    *,
    as_json: Json = False,
) -> None:
    """逐步:一件问题的一生,每个事实的由来、前后状态与告知。 Tell a life fact by fact.

    Exit status: 0 told, 1 no such issue or fact, 2 Postgres does not answer or nothing can be written.
    """
    settings = read_settings()
    all_of_it = ask(lambda pool: kept(pool, issue), settings.database_url)
    if all_of_it is None:
        refuse(f"没有问题 {issue} 的日志。 There is no journal of {issue}.")
    story = _story(settings, issue, all_of_it)
    if fact and fact > len(story.steps):
        refuse(f"{issue} 只有 {len(story.steps)} 个事实。 {issue} has {len(story.steps)} facts only.")
    if html:
        last = story.steps[-1].after
        as_of = last.at if last.is_over else max(last.at, datetime.now(UTC))
        write_file(lambda one: life_html(one, as_of).encode(), story, html)
        return
    shown = [entry for entry in entries(story) if fact in (None, entry.number)]
    if as_json:
        print_json(told_as_json(issue, story, shown))
    else:
        tell(issue, story, shown)


def _story(settings: Settings, issue_id: str, all_of_it: Kept) -> Story:
    try:
        facts: Sequence[Event] = [read_fact(line.body) for line in all_of_it.record.lines]
        told = list(steps(facts))
    except (ValidationError, TypeError):
        refuse(f"{issue_id} {UNTOLD.zh}。 {issue_id}: {UNTOLD.en}.", CANNOT)
    found, source = asyncio.run(_traces(settings, issue_id, facts))
    return Story(told, all_of_it.entered_at, all_of_it.fates, found, source)


async def _traces(
    settings: Settings, issue_id: str, facts: Sequence[Event]
) -> tuple[dict[int, Trace], Label]:
    runs: Sequence[WorkflowHistory] = ()
    try:
        runs = await chain(await connect(settings, "ops"), issue_id)
    except (RPCError, RuntimeError, OSError):
        return {}, _AWAY
    if not runs:
        return {}, _GONE
    label = Label(_WHOLE.format(runs=len(runs)), _WHOLE_EN.format(runs=len(runs)))
    return await traces(runs, facts, data_converter), label
