"""修复方案: what a repair would do to one issue, as it is shown, carried out and written down."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from temporalio.client import Client

from domain.issue.commands import Command
from domain.issue.effects import Effect
from domain.issue.fact_base import Repair
from domain.issue.repairing import Redone
from domain.issue.state import Issue
from domain.model import Label
from ops.repair_runs import Run, Said
from settings import Settings
from store.pool import Pool
from store.repairs import Act

UNKNOWN = Label("没有该问题的日志", "there is no journal of this issue")
NO_RUN = Label("没有运行中的流程,请用 settle", "no workflow of it runs: settle it")
OVER = Label("问题已办结,无须修复", "the issue is over: there is nothing to repair")
OUTLIVED = Label(
    "日志已办结,流程仍在运行:终止该流程,不再承继",
    "it is over and a run goes on: that run is ended, none follows",
)
SOUND = Label("已不在该类卡滞之列,无须修复", "it is not stuck that way: there is nothing to repair")
BEFORE_ITS_RUN = Label(
    "该事实早于现有流程(流程由日志开启),无从重置",
    "this fact is older than the runs that Temporal holds: there is nothing to reset",
)


class World(NamedTuple):
    """Where repairs are made."""

    pool: Pool
    client: Client
    settings: Settings


class Wanted(NamedTuple):
    """What is to be repaired, and by which options."""

    what: Repair
    options: Mapping[str, Any]


class Pending(NamedTuple):
    """An activity that is tried again and again."""

    id: str
    kind: str
    attempt: int
    failure: str


class Told(NamedTuple):
    """An outward act that facts demand, and how it stands in the ledger; `new` when it has no row yet."""

    effect: Effect
    state: str


class Plan(NamedTuple):
    """预演 of one issue: stuck that way, or sound, or not to be repaired so, with the reason."""

    issue_id: str
    wanted: Wanted
    standing: Literal["stuck", "sound", "refused"]
    why: Label | None = None
    issue: Issue | None = None
    run: str | None = None
    run_is_open: bool = False
    event: int | None = None
    redone: Redone | None = None
    told: tuple[Told, ...] = ()
    words: tuple[Command, ...] = ()
    unread: tuple[Said, ...] = ()
    acts: tuple[Act, ...] = ()
    pending: tuple[Pending, ...] = ()


def awake(issue_id: str, wanted: Wanted, run: Run) -> Plan:
    """Return the plan to run its failing task at once; it is sound when none fails."""
    plan = Plan(issue_id, wanted, "sound", SOUND, run=run.id, run_is_open=run.is_open)
    bad = run.bad_task
    return plan._replace(standing="stuck", why=None, event=bad.event_id) if bad else plan
