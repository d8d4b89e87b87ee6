"""卡住: what keeps an issue from going on, machine or people; each kind with its words and its repair."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.model import Label

OPERATORS = "运维 operators"
NOTHING = Label("", "")


class Kind(StrEnum):
    """卡住的种类: fourteen for machines, six for people."""

    TASK_FAILING = "task_failing"
    ACTIVITY_RETRYING = "activity_retrying"
    LETTER_WAITING = "letter_waiting"
    DIVERGED = "diverged"
    EFFECT_LATE = "effect_late"
    EFFECT_UNDELIVERABLE = "effect_undeliverable"
    HEAD_BEHIND = "head_behind"
    RUN_MISSING = "run_missing"
    JOURNAL_MISSING = "journal_missing"
    MARK_PASSED = "mark_passed"
    HISTORY_LONG = "history_long"
    WORKER_MISSING = "worker_missing"
    WORD_WAITING = "word_waiting"
    ARCHIVE_LATE = "archive_late"
    NO_RECEIPT = "no_receipt"
    DISPUTE_UNRULED = "dispute_unruled"
    LEAD_UNASSESSED = "lead_unassessed"
    SUSPENSION_UNREVIEWED = "suspension_unreviewed"
    BULLETIN_UNAPPROVED = "bulletin_unapproved"
    POST_VACANT = "post_vacant"

    @property
    def is_human(self) -> bool:
        """Whether it waits for a person of an office, not for a machine or its operators."""
        return self in HUMAN

    @property
    def label(self) -> Label:
        """What it is called."""
        return KINDS[self].label


class Stuck(NamedTuple):
    """卡住一件: what, since when (None: nobody can tell), whose it is, why in a sentence, what repairs it."""

    kind: Kind
    subject: str
    since: datetime | None
    whose: str
    why: Label
    repair: str
    division: str = ""


class Told(NamedTuple):
    """How a kind is called and explained, and what is suggested."""

    label: Label
    why: Label
    repair: str


def _repair(what: str) -> str:
    return f"python -m ops repair {what} {{subject}}"


WAKE, RETRY, SETTLE = _repair("wake"), _repair("retry"), _repair("settle")

KINDS: Mapping[Kind, Told] = {
    Kind.TASK_FAILING: Told(
        Label("流程任务失败", "workflow task failing"),
        Label("流程任务已连续失败 {count} 次:{what}", "its task has failed {count} times: {what}"),
        WAKE,
    ),
    Kind.ACTIVITY_RETRYING: Told(
        Label("活动反复重试", "activity retrying"),
        Label("活动{what},已试 {count} 次", "activity {what}, tried {count} times"),
        RETRY,
    ),
    Kind.LETTER_WAITING: Told(
        Label("补记等待", "letter waiting"),
        Label("事实未能记入日志,已试 {count} 次{what}", "facts wait for the journal, {count} tries{what}"),
        RETRY,
    ),
    Kind.DIVERGED: Told(
        Label("流程与日志不一致", "workflow and journal disagree"),
        Label("流程与日志不一致{what}", "workflow and journal disagree{what}"),
        SETTLE,
    ),
    Kind.EFFECT_LATE: Told(
        Label("告知未送出", "effect late"),
        Label("{count} 项告知应送 {whose} 而未送出{what}", "{count} to {whose} did not go out{what}"),
        _repair("redeliver"),
    ),
    Kind.EFFECT_UNDELIVERABLE: Told(
        Label("告知送达不能", "effect undeliverable"),
        Label(
            "{count} 项告知无法送达 {whose}{what};补齐名册后重送,确无法送达的改用 skip",
            "{count} cannot be delivered to {whose}{what}: load the roster first, or skip them",
        ),
        _repair("redeliver"),
    ),
    Kind.HEAD_BEHIND: Told(
        Label("读模型落后", "read model behind"),
        Label("读模型与日志末尾不符:{what}", "the read model is not at the journal's end: {what}"),
        "python -m ops retell --issue {subject}",
    ),
    Kind.RUN_MISSING: Told(
        Label("流程缺失", "no workflow runs"),
        Label("日志中未办结,却没有运行中的流程{what}", "open in the journal, and no workflow runs{what}"),
        SETTLE,
    ),
    Kind.JOURNAL_MISSING: Told(
        Label("日志缺失", "no journal"),
        Label("流程在运行,日志中却没有该问题", "its workflow runs, and the journal knows nothing of it"),
        _repair("reset") + " --to-fact 1",
    ),
    Kind.MARK_PASSED: Told(
        Label("节点已过未处理", "mark passed"),
        Label("时限节点已过,没有事实回应", "a mark has passed, and no fact answers it"),
        WAKE,
    ),
    Kind.HISTORY_LONG: Told(
        Label("流程历史过长", "history near its limit"),
        Label("流程历史已有 {count} 个事件,接近上限 51200", "{count} events of at most 51,200"),
        SETTLE + " --anew",
    ),
    Kind.WORKER_MISSING: Told(
        Label("无工作进程", "no worker"),
        Label("任务队列无人领取,{count} 个流程在等{what}", "nobody polls it, {count} workflows wait{what}"),
        "docker compose up -d worker",
    ),
    Kind.WORD_WAITING: Told(
        Label("来件无回音", "word without an answer"),
        Label("{what}已收下 {count} 件,尚无答复", "{count} kept and not answered yet: {what}"),
        "docker compose up -d intake",
    ),
    Kind.ARCHIVE_LATE: Told(
        Label("历史未归档", "history not archived"),
        Label("问题已办结,流程历史尚未归档", "it is over, and its history is not archived"),
        "python -m ops archive --now",
    ),
    Kind.NO_RECEIPT: Told(
        Label("无人签收", "no receipt"),
        Label("{count} 件文书送达后无人签收", "{count} documents delivered, and nobody signed for them"),
        "请 {whose} 在收件箱签收;再不签收,由上级河长办催签。 Sign for it: python -m ops inbox {whose}",
    ),
    Kind.DISPUTE_UNRULED: Told(
        Label("争议未裁定", "dispute without a ruling"),
        Label("争议逾期未裁定,已上提 {count} 次", "not ruled on in time, raised {count} times"),
        "请 {whose} 裁定责任单位(rule_on_dispute)。 Rule whose it is.",
    ),
    Kind.LEAD_UNASSESSED: Told(
        Label("线索未研判", "lead without assessment"),
        Label("线索已过登记时限,无人研判", "nobody assessed it within the limit"),
        "请 {whose} 研判:立案、并入、转办或不予受理。 Assess the lead {subject}.",
    ),
    Kind.SUSPENSION_UNREVIEWED: Told(
        Label("中止未复核", "suspension without review"),
        Label("中止已到复核时间,催问 {count} 次未答", "its review was asked for {count} times"),
        "请 {whose} 复核:继续中止(uphold_suspension)或恢复计时(resume_clock)。 Uphold or resume.",
    ),
    Kind.BULLETIN_UNAPPROVED: Told(
        Label("通报未审批", "bulletin without approval"),
        Label("通报待审批,已催问 {count} 次", "it waits for approval, asked for {count} times"),
        "请 {whose} 审批或退回。 Approve or return it: python -m ops bulletin show {subject}",
    ),
    Kind.POST_VACANT: Told(
        Label("岗位空缺", "post vacant"),
        Label(
            "{count} 件未办结问题的责任河长无人履职", "nobody acts for it, and {count} open issues are its"
        ),
        "请任命、写明代理或代班,然后导入名册。 Appoint, then: python -m ops roster load",
    ),
}

HUMAN = frozenset(list(Kind)[list(Kind).index(Kind.NO_RECEIPT) :])


def stuck(
    kind: Kind,
    subject: str,
    since: datetime | None,
    whose: str,
    *,
    what: Label = NOTHING,
    count: int = 1,
    repair: str | None = None,
    division: str = "",
) -> Stuck:
    """Say of one thing that it is stuck, in the words of its kind."""
    told = KINDS[kind]
    why = Label(
        told.why.zh.format(what=what.zh, count=count, whose=whose),
        told.why.en.format(what=what.en, count=count, whose=whose),
    )
    suggested = repair or told.repair.format(subject=subject, whose=whose)
    return Stuck(kind, subject, since, whose, why, suggested, division)
