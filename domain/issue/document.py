"""公文: an order (督办单), and the bulletin of one issue, as a document for paper."""

from collections.abc import Mapping
from datetime import datetime

from domain.issue import wording
from domain.issue.clocks import Mark, next_of
from domain.issue.events import BulletinDrafted, Ordered
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.issue.who import in_charge
from domain.model import Frozen, Moment
from domain.paper import Grid, Heading, Paper, Paragraph, Part
from domain.posts import Post
from domain.terms import Clock, Rung, Severity, zh
from domain.workdays import local_day
from domain.written import written

Names = Mapping[Post, str]
"""岗位名称, as the roster has them."""

ACTS: dict[Clock, str] = {
    Clock.STOP: "制止",
    Clock.ASSIGN: "明确责任单位并交办",
    Clock.PLAN: "报送、审定整改方案",
    Clock.RECTIFY: "完成整改",
    Clock.VERIFY: "完成核查",
    Clock.CLOSE: "办理销号",
    Clock.REPLY: "答复举报人",
    Clock.WHOLE: "办结",
    Clock.ENFORCEMENT: "办结执法案件",
}
"""What was to be done before a limit ended, as an order demands it."""


class Signed(Frozen):
    """签发: the number that a document got, when, and the post that signed."""

    number: str
    at: Moment
    by: Post


def document(
    issue: Issue,
    event: Ordered | BulletinDrafted,
    names: Names,
    signed: Signed | None,
    *,
    is_withdrawn: bool = False,
) -> Paper:
    """督办单、通报: what lapsed, by which limit, who must act and report by when.

    `issue` is the state that the fact made, so that a document is the same whatever happens later.
    The chief of who must act gets a copy of an order. Rule: R-ORDER
    """
    run = issue.begun(event.clock)
    assert run is not None  # it lapsed, and only who acts ends it
    issuer = _named(names, event.issuer)
    parts = _order(issue, event, run, names, signed) if isinstance(event, Ordered) else _bulletin(event)
    first, *others = event.to
    to, copies = ((first,), others) if isinstance(event, Ordered) else (event.to, [])
    return Paper(
        mark=f"{issuer}文件",
        number=signed.number if signed and not is_withdrawn else None,
        draft="已撤回" if is_withdrawn else "送审稿",
        urgency="特急" if issue.severity is Severity.MAJOR else None,
        title=_title(issue, event),
        to=tuple(_named(names, post) for post in to),
        body=(
            Heading(level=1, text="逾期情况"),
            Paragraph(text=_lapse(issue, event, run)),
            _limits(issue, names),
            *parts,
        ),
        attachments=(f"问题{issue.issue_id}时限说明书（截至{wording.official(event.at)}）",),
        signed=issuer,
        dated=local_day(signed.at) if signed else None,
        note=f"签发岗位：{_named(names, signed.by)}" if signed else None,
        copies=tuple(_named(names, post) for post in copies),
        printed_by=issuer,
        printed_on=local_day(signed.at) if signed else None,
    )


def _named(names: Names, post: Post) -> str:
    return names.get(post) or f"{wording.post(post)}（{post}）"


def _place(issue: Issue) -> str:
    return issue.title or f"河段{issue.reach}"


def _title(issue: Issue, event: Ordered | BulletinDrafted) -> str:
    what = f"{_place(issue)}{zh(issue.category)}问题"
    return f"关于限期办结{what}的督办单" if isinstance(event, Ordered) else f"关于{what}逾期未办结的通报"


def _lapse(issue: Issue, event: Ordered | BulletinDrafted, run: Run) -> str:
    """逾期情况: the limit, its ground, from when and until when, what moved it, how long ago it ended."""
    late = wording.length(event.at - run.limit_at).zh
    said = (
        f"经核，{_place(issue)}{zh(issue.category)}问题（编号{issue.issue_id}，{zh(issue.severity)}，"
        f"河段{issue.reach}）的{zh(event.clock)}时限为{written(run.limit)}"
        f"（依据：{wording.ground(run.source)}；规则版本：{run.edition or issue.rules.edition}），"
        f"自{wording.official(run.started_at)}起算，"
        f"于{wording.official(run.limit_at)}届满{'（暂定）' if run.provisional else ''}。"
    )
    if run.first_limit_at and run.first_limit_at != run.limit_at:
        said += f"届满时间原为{wording.official(run.first_limit_at)}，其后依规改定。"
    if run.rests:
        said += f"其间停止计时{wording.length(run.stood_still()).zh}，不计入时限。"
    return f"{said}截至{wording.official(event.at)}，已逾期{late}，仍未办结。"


def _limits(issue: Issue, names: Names) -> Grid:
    """计时中的时限: all that run, so that nobody meets the one and misses another."""
    return Grid(
        caption="计时中的时限",
        heads=("时限", "规定", "起算", "届满", "责任岗位", "状态"),
        rows=tuple(
            (
                zh(run.clock),
                written(run.limit),
                wording.moment(run.started_at),
                wording.moment(run.limit_at),
                _named(names, in_charge(issue, run.clock)),
                "已逾期" if run.is_overdue else "计时中",
            )
            for run in issue.clocks
            if run.clock in ACTS
        ),
    )


def _order(issue: Issue, event: Ordered, run: Run, names: Names, signed: Signed | None) -> tuple[Part, ...]:
    following = next_of(issue, run)
    act = f"请{_named(names, event.to[0])}立即{ACTS[event.clock]}"
    return (
        Heading(level=1, text="办理要求"),
        Paragraph(text=f"{act}，并{_report_by(following, signed.at if signed else event.at)}。"),
        *([Paragraph(text=_what_follows(following))] if following else []),
        Heading(level=1, text="有关事项"),
        Paragraph(
            text="请签收本单；签收与否不影响时限的计算。对时限计算有异议的，见所附时限说明书，可向本办书面提出。"
        ),
    )


def _report_by(following: Mark | None, at: datetime) -> str:
    """书面报告期限: before the ladder's next step; once that has come, on the day of receipt."""
    if following is None or following.at <= at:
        return "于收到本单当日书面报告办理结果"
    return f"于{wording.official(following.at)}前书面报告办理结果"


def _what_follows(following: Mark) -> str:
    act = {Rung.ESCALATION: "提级督办", Rung.BULLETIN: "予以通报", Rung.INTERVIEW: "组织约谈"}
    return f"届时仍未办结的，自{wording.official(following.at)}起{act.get(following.rung, '依规继续处置')}。"


def _bulletin(event: BulletinDrafted) -> tuple[Part, ...]:
    until = event.objection_until
    object_by = f"如有异议，可于{wording.official(until)}前书面提出，其间不停止执行。" if until else ""
    return (
        Heading(level=1, text="通报事项"),
        Paragraph(
            text=f"上述问题{zh(event.clock)}逾期仍未办结，现予第{event.count}次通报，责令立即办结并书面报告。"
        ),
        *([Paragraph(text=object_by)] if object_by else []),
    )
