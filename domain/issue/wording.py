"""措辞: what officials read. Chinese first; posts, places and limits only, never a reporter's words."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from domain import paper, posts
from domain.issue.state import Issue
from domain.model import Label
from domain.posts import Post
from domain.terms import LABELS, Clock, zh
from domain.workdays import CHINA

FACTS = {
    "Opened": "立案",
    "Stopped": "已制止",
    "StoppingNotNeeded": "无需制止",
    "StoppingFailed": "制止无效",
    "Assigned": "已交办",
    "PlanSubmitted": "整改方案已报送",
    "PlanAccepted": "整改方案已同意",
    "RectificationReported": "已报告整改完成",
    "RectificationAccepted": "核查合格",
    "RectificationRejected": "核查退回",
    "Closed": "已销号",
    "Dismissed": "作无效处理",
    "Merged": "已并案",
    "ReportAttached": "线索已附加",
    "Reassigned": "已转办",
    "ReporterAnswered": "已答复举报人",
    "VacancyAnnounced": "岗位空缺",
    "HolderAnnounced": "岗位到任",
    "PostPassed": "岗位越过",
    "ChiefMoved": "责任河长变更",
    "EarlyReminded": "提前提醒",
    "Lapsed": "逾期催办",
    "Ordered": "督办单",
    "Escalated": "提级督办",
    "BulletinDrafted": "通报",
    "LapseWithdrawn": "逾期撤回",
    "ExtensionRequested": "已申请延期",
    "ExtensionGranted": "已准予延期",
    "ExtensionDenied": "不予延期",
    "ClockSuspended": "已中止计时",
    "SuspensionReviewDue": "中止待复核",
    "SuspensionUpheld": "经复核继续中止",
    "ClockResumed": "已恢复计时",
    "HandedBack": "已退回",
    "DisputeOpened": "争议提请裁定",
    "RulingRaised": "裁定上提一级",
    "DisputeRuled": "争议已裁定",
    "Regraded": "类别等级已改定",
    "DateSet": "上级已限期",
    "Transferred": "已转执法",
    "InterviewCalled": "约谈",
    "InterviewHeld": "已约谈",
    "Referred": "问责移送",
    "EditionAdopted": "已适用新版规则",
    "CalendarAdopted": "已适用新日历",
    "DeliveryFailed": "送达不能",
    "Repaired": "运维修复",
    "HistoryArchived": "流程记录已归档",
}
"""Each kind of fact as officials say it."""


def moment(at: datetime) -> str:
    """Return a moment as it is read in China: midnight ends a day, seconds only where they say something."""
    local = at.astimezone(CHINA)
    if local.time() == time():
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def official(at: datetime) -> str:
    """Return a moment as a document says it: 2026年11月3日11时, midnight as the 24th hour of a day."""
    local = at.astimezone(CHINA)
    if local.time() == time():
        return f"{paper.day((local - timedelta(days=1)).date())}24时"
    minute = f"{local.minute}分" if local.minute or local.second else ""
    second = f"{local.second}秒" if local.second else ""
    return f"{paper.day(local.date())}{local.hour}时{minute}{second}"


LATE = timedelta(minutes=1)
"""How long a notice may be under way before it must say so; most are there within a second."""


def told(text: str, due_at: datetime, told_at: datetime) -> str:
    """迟告: what reaches its addressee late says when it was due, so that nobody answers for an outage.

    Rule: R-TOLD-LATE
    """
    if told_at - due_at <= LATE:
        return text
    return f"{text}(本告知应于 {moment(due_at)} 发出,迟至 {moment(told_at)} 送达)"


def post(of: Post) -> str:
    """Return a post in words: 县级河长, 乡镇级河长办; which division, the registry's lists tell."""
    level, kind = posts.post_level(of), posts.kind_of(of)
    return f"{zh(level)}{LABELS[kind].zh}"


def subject(issue: Issue) -> str:
    """Return 乱堆 · 蟠龙河·蟠龙镇段 · 较严重, the line by which an issue is known."""
    place = issue.title or issue.reach
    return f"{zh(issue.category)} · {place} · {zh(issue.severity)}"


def limit(clock: Clock, limit_at: datetime, *, provisional: bool) -> str:
    """Return the end of a limit, marked when a year without a published notice was counted."""
    mark = "(暂定)" if provisional else ""
    return f"{zh(clock)}时限 {moment(limit_at)}{mark}"


def days(listed: Sequence[date]) -> str:
    """Return days as runs: 2026-10-01—10-07、2026-10-10; a run goes on over a weekend."""
    runs: list[tuple[date, date]] = []
    for day in sorted(listed):
        if runs and _only_weekend_between(runs[-1][1], day):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return "、".join(f"{first}" if first == last else f"{first}—{_end(first, last)}" for first, last in runs)


def _end(first: date, last: date) -> str:
    return f"{last:%m-%d}" if first.year == last.year else f"{last}"


def _only_weekend_between(before: date, day: date) -> bool:
    between = range(1, (day - before).days)
    return all((before + timedelta(days=n)).weekday() >= _SATURDAY for n in between)


def length(span: timedelta) -> Label:
    """Return a span as people say it: 3 天 4 小时 5 分, to the second where it has some."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    whole_days, hours = divmod(hours, 24)
    parts = (
        (whole_days, Label("天", "d")),
        (hours, Label("小时", "h")),
        (minutes, Label("分", "min")),
        (seconds, Label("秒", "s")),
    )
    said = [(amount, unit) for amount, unit in parts if amount] or [(0, Label("秒", "s"))]
    chinese = "".join(f"{amount}{unit.zh}" for amount, unit in said)
    return Label(chinese, " ".join(f"{amount} {unit.en}" for amount, unit in said))


_SATURDAY = 5


def ground(source: str) -> str:
    """Return a source as officials read it; the tags are in the register of sources."""
    return (
        re.sub(r" art\. ([0-9()–, -]*[0-9)])", r"第\1条", source)
        .replace("chosen", "选定")
        .replace("; ", "、")
    )


def fact_name(kind: str) -> str:
    """Return a kind of fact as officials say it."""
    return FACTS[kind]
