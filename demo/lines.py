"""台词: what whoever has to act says at each stage, when nobody quarrels."""

from typing import Any

from demo.cast import Scene, Temper
from domain.issue import commands as say
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.issue.who import closing_office, office_of_level, verifying_office
from domain.terms import Severity, Stage
from domain.workdays import local_day
from reading.registry import Registry


def line(
    issue: Issue, scene: Scene, base: dict[str, Any], evidence: str, registry: Registry
) -> Command | None:
    """Return the next word of an issue's people; `base` holds its id and its moment."""
    match issue.stage:
        case Stage.DISCOVERED:
            return _at_the_bank(issue, scene, base, evidence)
        case Stage.STOPPED:
            unit = registry.unit_for(issue.category, issue.division)
            return say.Assign(**base, by=office_of_level(issue), unit=unit)
        case Stage.PLANNING if issue.plan is None and issue.unit:
            day = local_day(base["said_at"])
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


def _at_the_bank(issue: Issue, scene: Scene, base: dict[str, Any], evidence: str) -> Command | None:
    match scene.part.temper:
        case Temper.TO_DISMISS | Temper.TO_MERGE if issue.awaits_reply:
            return say.ReplyToReporter(**base, by=office_of_level(issue), reply=evidence)
        case Temper.NOTHING_TO_STOP:
            return say.NothingToStop(**base, by=issue.chief, reason="行为早已停止,只余堆积物")
        case Temper.CANNOT_STOP if "cannot" not in scene.seen:
            scene.seen.add("cannot")
            return say.ReportCannotStop(**base, by=issue.chief, reason="当事人不听劝阻")
        case Temper.TO_DISMISS:
            return say.Dismiss(**base, by=office_of_level(issue), reason="现场核实不属实", onsite=evidence)
        case _:
            return say.RecordStop(**base, by=issue.finder or issue.chief, photos=2, manifest=evidence)
