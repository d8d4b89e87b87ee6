"""事后: what a reporter learns with receipt and secret, and may still say: that it is not fixed."""

import hmac
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from domain.issue.state import Issue
from domain.lead import STATES, Told
from domain.model import Frozen, Label
from domain.place import Where
from domain.posts import at_level
from domain.terms import Clock, Level, Source, Stage, zh
from intake.hall import Hall
from intake.limits_shown import Limit, limit_of
from intake.problems import Problem
from intake.reception import Follow, follow
from store import journal, leads
from store.lead_rows import Kept, Lead

NO_SUCH = Label("没有这份回执,或查询码不对", "there is no such receipt, or the secret is another")
STILL_HANDLED = Label(
    "问题仍在办理,尚未报告整改完成", "the issue is still being handled: nobody has said that it is fixed"
)
TOO_LATE = Label("已过反映“没有改好”的期限,请重新报送", "it is too late to say so: send a new report")
NOT_OPENED = Label("这份线索没有立案", "no issue came of this report")
NOT_ENDED = Label("问题尚未办结,请在办结后评价", "the issue has not ended: answer once it has")
ASKED_AGAIN = Label(
    "举报人反映没有改好,请核查人复核", "the reporter says that it is not fixed: verify it again"
)

_TO_BE_VERIFIED = (Stage.VERIFYING, Stage.ACCEPTED)


class OpeningShown(BaseModel):
    """开封 of a seal: when, in which role and for what; not by whom."""

    at: datetime
    role: str
    purpose: str


class Standing(BaseModel):
    """办理进度 of a report, for whoever sent it."""

    receipt: str
    state: str
    state_zh: str
    reason: str | None = None
    reason_en: str | None = None
    transferred_to: str | None = None
    issue: str | None = None
    stage: str | None = None
    stage_zh: str | None = None
    limits: list[Limit] = []
    openings: list[OpeningShown] = []
    """How often the seal on whoever reported was opened."""


class Answered(Frozen):
    """满意度: satisfied 满意, fair 基本满意, unsatisfied 不满意."""

    answer: Literal["satisfied", "fair", "unsatisfied"]


async def standing(hall: Hall, receipt: str, secret: str) -> Standing:
    """Return how a report stands; Problem 404 without the right secret."""
    lead = await _known(hall, receipt, secret)
    issue = await _issue(hall, lead)
    shown = Standing(
        receipt=receipt,
        state=lead.state,
        state_zh=STATES[lead.state].zh,
        transferred_to=lead.transferred_to,
        reason=lead.reason.zh if lead.reason else None,
        reason_en=lead.reason.en if lead.reason else None,
        openings=await _openings(hall, lead),
    )
    if issue is None:
        waits = lead.decided_at is None or lead.issue_id is None
        limits = [limit_of(Clock.REGISTER, lead.register_by)] if waits and not lead.is_decided else []
        return shown.model_copy(update={"issue": lead.issue_id, "limits": limits})
    running = sorted(issue.clocks, key=lambda run: run.limit_at)
    return shown.model_copy(
        update={
            "issue": issue.issue_id,
            "stage": issue.stage,
            "stage_zh": zh(issue.stage),
            "limits": [limit_of(run.clock, run.limit_at) for run in running],
        }
    )


async def say_not_fixed(hall: Hall, receipt: str, secret: str, key: str, text: str) -> Kept:
    """没有改好: put the question to whoever verifies; Problem 409 before its time, or after."""
    lead = await _known(hall, receipt, secret)
    issue = await _issue(hall, lead)
    if issue is None:
        raise Problem(409, "not-opened", NOT_OPENED)
    is_closed = issue.stage is Stage.CLOSED
    if not is_closed and issue.stage not in _TO_BE_VERIFIED:
        raise Problem(409, "still-handled", STILL_HANDLED if not issue.is_over else NOT_OPENED)
    if is_closed and hall.now() > issue.at + timedelta(days=hall.assessor.rules.not_fixed_days):
        raise Problem(409, "too-late", TOO_LATE)
    told = Told(
        text=text,
        source=Source.PUBLIC,
        where=Where(reach=issue.reach, division=issue.division),
        category=issue.category,
        severity=issue.severity,
        recurrence_of=issue.issue_id if is_closed else None,
    )
    verifier = at_level(issue.division, max(issue.rules.verify, Level.COUNTY))
    about = Follow(issue.issue_id, verifier, ASKED_AGAIN)
    return await follow(hall, told, f"receipt:{receipt}", key, about)


async def answer(hall: Hall, receipt: str, secret: str, said: Answered) -> None:
    """Keep how satisfied a reporter is; Problem 409 before it has ended."""
    lead = await _known(hall, receipt, secret)
    issue = await _issue(hall, lead)
    if not lead.is_decided or (issue is not None and not issue.is_over):
        raise Problem(409, "not-ended", NOT_ENDED)
    await leads.answer(hall.pool, receipt, said.answer)


async def _openings(hall: Hall, lead: Lead) -> list[OpeningShown]:
    if lead.reporter is None:
        return []
    opened = await hall.sealing.openings(lead.reporter)
    return [OpeningShown(at=one.at, role=one.role, purpose=one.purpose) for one in opened]


async def _known(hall: Hall, receipt: str, secret: str) -> Lead:
    lead = await leads.one(hall.pool, receipt)
    # One answer for both, in one time: a receipt alone tells nobody that there is a report.
    expected = lead.secret if lead else "-" * 16
    if not hmac.compare_digest(secret.upper().encode(), expected.encode()) or lead is None:
        raise Problem(404, "no-such-receipt", NO_SUCH)
    return lead


async def _issue(hall: Hall, lead: Lead) -> Issue | None:
    if lead.issue_id is None:
        return None
    try:
        return await journal.retell_issue(hall.pool, lead.issue_id)
    except LookupError:
        return None  # its first letter is on the way
