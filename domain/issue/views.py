"""所见: what a supervisor reads of an issue: attributes to search by, a table, a line for the timer."""

from datetime import datetime

from domain.issue import wording
from domain.issue.clocks import Mark, next_mark
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.issue.who import in_charge, next_chief
from domain.posts import at_level, level_of
from domain.terms import Level, Rung, zh
from domain.written import written

WIDE_BLANK = "\u2003"

Attribute = str | int | bool | datetime | None


def attributes(issue: Issue, trouble: str = "") -> dict[str, Attribute]:
    """Return the search attributes of an issue by name: short codes, never a person, never free text."""
    mark = next_mark(issue)
    division = (
        at_level(issue.division, Level.TOWNSHIP)
        if level_of(issue.division) < Level.TOWNSHIP
        else issue.division
    )
    return {
        "Stage": str(issue.stage),
        "Post": issue.chief,
        "Unit": issue.unit,
        "Category": issue.category.lower(),
        "Severity": issue.severity.lower(),
        "Reach": issue.reach,
        "Division": division,
        "Level": int(issue.level),
        "Rung": int(issue.rung),
        "NextMark": mark.at if mark else None,
        "Overdue": issue.is_overdue,
        "Suspended": issue.is_suspended or None,
        "Origin": issue.origin.lower(),
        "Trouble": trouble or ("undeliverable" if issue.undelivered else None),
    }


def timer_line(issue: Issue, mark: Mark) -> str:
    """Return what the timer of a mark is for: 整改时限 · 督办单 → unit:… (plain, below 120 characters)."""
    climbs = mark.rung is Rung.ESCALATION
    addressee = next_chief(issue)[1] if climbs else in_charge(issue, mark.clock)
    return f"{zh(mark.clock)}时限 · {zh(mark.rung)} → {addressee}"


def details(issue: Issue, trouble: str = "") -> str:
    """Return the Markdown that the Web UI shows as current details, Chinese first."""
    mark = next_mark(issue)
    rows = [
        ("问题", f"{issue.issue_id} {wording.subject(issue)}"),
        ("阶段", zh(issue.stage)),
        ("责任河长", f"{wording.post(issue.chief)} `{issue.chief}`"),
        ("责任单位", f"`{issue.unit}`" if issue.unit else "尚未交办"),
        ("逾期处置", _lapse(issue)),
    ]
    rows += [
        (
            f"{zh(run.clock)}时限",
            f"{_ending(run)} ({written(run.limit)},依据 {wording.ground(run.source)})",
        )
        for run in issue.clocks
    ]
    rows += _stopped(issue)
    if mark:
        rows.append(("下一节点", f"{wording.moment(mark.at)} {timer_line(issue, mark)}"))
    if issue.look_backs_on:
        rows.append(("回头看", "、".join(str(day) for day in issue.look_backs_on)))
    if trouble:
        rows.append(("系统提示", trouble))
    rows += [
        (f"事实 {recent.number}", f"{wording.moment(recent.at)} {wording.fact_name(recent.kind)}")
        for recent in issue.recent
    ]
    # The Web UI draws a table without gaps: a wide blank keeps the columns apart.
    lines = [f"| {name} | {WIDE_BLANK}{value} |" for name, value in rows]
    return "\n".join(["| 项目 | 内容 |", "|---|---|", *lines])


def _lapse(issue: Issue) -> str:
    """A suspended issue shows as suspended; only an answer to the reporter can be late meanwhile."""
    if issue.is_overdue:
        return zh(issue.rung)
    return "中止计时" if issue.is_suspended else "未逾期"


def _stopped(issue: Issue) -> list[tuple[str, str]]:
    """What stands still, what is asked for, whose dispute it is, and who was not reached."""
    rows: list[tuple[str, str]] = []
    if issue.suspended:
        named = "、".join(f"{zh(run.clock)}时限" for run in issue.suspended.clocks)
        since = wording.moment(issue.suspended.since)
        rows.append(("中止", f"{named}自 {since} 起因{zh(issue.suspended.ground)}停止计时"))
    for asked in issue.asked:
        run = issue.begun(asked.clock)
        if run and not run.is_overdue:
            amount = written(str(asked.amount))
            rows.append(("延期申请", f"{zh(asked.clock)}时限延长{amount},待 `{asked.head}` 审批"))
    if issue.dispute:
        rows.append(("争议裁定", f"待 `{issue.dispute.ruler}` 裁定,已退回 {len(issue.handed_back)} 次"))
    if issue.undelivered:
        rows.append(("送达不能", "、".join(f"`{post}`" for post in issue.undelivered)))
    return rows


def _ending(run: Run) -> str:
    marks = ["暂定"] if run.provisional else []
    marks += [f"已延期 {len(run.granted)} 次"] if run.granted else []
    return wording.moment(run.limit_at) + (f"({','.join(marks)})" if marks else "")
