"""问题所见: writes issues, their limits and their facts for whoever reads them over HTTP."""

import json
from datetime import datetime
from enum import IntEnum, StrEnum

from domain.issue import wording
from domain.issue.clocks import next_mark
from domain.issue.commands import NAMES
from domain.issue.explain import Standing
from domain.issue.letter import Line
from domain.issue.life import leads_to
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.issue.statement import STANDINGS
from domain.issue.who import in_charge
from domain.posts import Post
from domain.terms import Category, Level, Rung, Severity, Stage, en, zh
from domain.written import written
from intake.issue_shapes import At, Holder, Listed, NextMark, Running, Sayable, Term, Told, Whole
from intake.issue_words import MAY
from reading.registry import Registry
from store.figures import BoardRow
from workflows.names import update_name


def term(of: StrEnum | IntEnum) -> Term:
    return Term(code=of.value, zh=zh(of), en=en(of))


def at(moment: datetime) -> At:
    return At(at=moment, zh=wording.moment(moment))


def holder(registry: Registry, post: Post) -> Holder:
    return Holder(post=post, name=registry.post_name(post))


def place(registry: Registry, division: str) -> str:
    row = registry.divisions.get(division)
    return row.name if row else division


def listed(registry: Registry, row: BoardRow) -> Listed:
    """Write one row of the read model."""
    return Listed(
        number=row.issue_id,
        stage=term(Stage(row.stage)),
        category=term(Category(row.category)),
        severity=term(Severity(row.severity)),
        title=row.title,
        reach=row.reach,
        division=row.division,
        division_name=place(registry, row.division),
        chief=holder(registry, row.chief),
        unit=holder(registry, row.unit) if row.unit else None,
        level=term(Level(row.level)),
        rung=term(Rung(row.rung)),
        is_overdue=row.is_overdue,
        is_suspended=row.is_suspended,
        is_provisional=row.is_provisional,
        next_mark=at(row.next_mark_at) if row.next_mark_at else None,
        opened=at(row.opened_at),
        updated=at(row.updated_at),
        fact=row.number,
    )


def whole(registry: Registry, issue: Issue, links: dict[str, str]) -> Whole:
    """Write one issue with all that runs."""
    mark = next_mark(issue)
    return Whole(
        number=issue.issue_id,
        subject=wording.subject(issue),
        stage=term(issue.stage),
        category=term(issue.category),
        severity=term(issue.severity),
        origin=term(issue.origin),
        source=term(issue.source),
        reach=issue.reach,
        division=issue.division,
        division_name=place(registry, issue.division),
        title=issue.title,
        chief=holder(registry, issue.chief),
        unit=holder(registry, issue.unit) if issue.unit else None,
        level=term(issue.level),
        rung=term(issue.rung),
        is_overdue=issue.is_overdue,
        is_suspended=issue.is_suspended,
        awaits_reply=issue.awaits_reply,
        opened=at(issue.opened_at),
        stage_since=at(issue.stage_since),
        limits=[_running(registry, issue, run) for run in (*issue.clocks, *issue.still)],
        next_mark=NextMark(moment=at(mark.at), clock=term(mark.clock), rung=term(mark.rung))
        if mark
        else None,
        look_backs_on=list(issue.look_backs_on),
        recurrence_of=issue.recurrence_of,
        edition=issue.rules.edition,
        fact=issue.number,
        commands=[
            Sayable(command=update_name(kind), **NAMES[kind.__name__]._asdict())
            for kind in MAY
            if leads_to(issue.stage, kind)
        ],
        links=links,
    )


def _running(registry: Registry, issue: Issue, run: Run) -> Running:
    return Running(
        clock=term(run.clock),
        standing=_standing(issue, run),
        limit=run.limit,
        limit_zh=written(run.limit),
        source=run.source,
        started=at(run.started_at),
        ends=at(run.limit_at),
        is_provisional=run.provisional,
        is_overdue=run.is_overdue,
        rung=term(run.rung),
        in_charge=holder(registry, in_charge(issue, run.clock)),
    )


def _standing(issue: Issue, run: Run) -> Term:
    standing: Standing = "running"
    if issue.suspended and run in issue.suspended.clocks:
        standing = "suspended"
    elif run == issue.resting:
        standing = "verifying"
    return Term(code=standing, **STANDINGS[standing]._asdict())


def told(registry: Registry, line: Line) -> Told:
    """Write one fact; a kind that this process does not know yet is shown by its own name."""
    body = json.loads(line.body)
    by = body.get("by")
    return Told(
        number=line.number,
        kind=line.kind,
        kind_zh=wording.FACTS.get(line.kind, line.kind),
        moment=at(line.at),
        said=at(line.said_at),
        by=holder(registry, by) if by else None,
        rule=body.get("rule", ""),
        body=body,
        hash=line.hash,
    )
