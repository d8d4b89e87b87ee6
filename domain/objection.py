"""申诉: whoever a bulletin, an interview or a referral names may object; somebody who took no part decides.

The measure goes on meanwhile; what an upheld objection changes is a later entry, never an edit.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain import posts
from domain.issue import events as fact
from domain.issue.evolve import retell
from domain.issue.fact_base import Event
from domain.issue.wording import moment
from domain.limits import Limit
from domain.model import PRINTABLE, Frozen, IssueId, Label, Moment
from domain.posts import Post
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, NotYours, TooLate, require
from domain.terms import Level, PostKind, Rung, zh

OBJECT = Label("申诉", "object")
DECIDE = Label("申诉决定", "decide on an objection")

Measures = fact.BulletinDrafted | fact.InterviewCalled | fact.Referred
RUNG_OF: dict[type[Event], Rung] = {
    fact.BulletinDrafted: Rung.BULLETIN,
    fact.InterviewCalled: Rung.INTERVIEW,
    fact.Referred: Rung.REFERRAL,
}

Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=PRINTABLE)]


class Complaint(Frozen):
    """申诉书: who objects, why and when."""

    by: Post
    reason: Words
    said_at: Moment


class Objection(Frozen):
    """一件申诉 against the measure of one fact, by one post that it names."""

    issue_id: IssueId
    number: Annotated[int, Field(ge=1)]
    rung: Rung
    by: Post
    reason: Words
    said_at: Moment
    decide_by: Moment
    asked: Post
    involved: tuple[Post, ...]


class Decision(Frozen):
    """申诉决定: the measure stands, or it is to be withdrawn or corrected."""

    by: Post
    outcome: Literal["stands", "upheld"]
    reason: Words
    said_at: Moment


def object_to(
    life: Sequence[Event], number: int, words: Complaint, decided: Limit, signers: Sequence[Post] = ()
) -> Objection:
    """提出申诉: by somebody named, within the time that the fact itself says; the measure goes on.

    `decided` is how long the decision may take, `signers` are who signed its paper. Rule: R-OBJECT-SAY
    """
    by, said_at = words.by, words.said_at
    event = _measure(life, number)
    require(by in event.to, NotYours(by=by, command=OBJECT, why=_NOT_NAMED))
    require(words.reason.strip(), Incomplete(command=OBJECT, what=Label("理由", "a reason")))
    until = event.objection_until
    require(until and said_at <= until, TooLate(command=OBJECT, what=_until(until)))
    before = retell(life[:number])
    involved = tuple(dict.fromkeys((event.issuer, before.chief, *signers)))
    return Objection(
        issue_id=before.issue_id,
        number=number,
        rung=RUNG_OF[type(event)],
        by=by,
        reason=words.reason,
        said_at=said_at,
        decide_by=before.rules.counting.ends(decided, said_at).at,
        asked=_asked(event.issuer, by, involved),
        involved=involved,
    )


def may_decide(
    objection: Objection, earlier: Decision | None, decision: Decision, signers: Sequence[Post] = ()
) -> None:
    """申诉决定: by an office, a chief or a government beside or above the issuer, who took no part in it.

    `signers` are who signed its paper by now, also after the objection. Rule: R-OBJECT-DECIDE
    """
    by = decision.by
    require(earlier is None, AlreadyDone(command=DECIDE, what=_DECIDED))
    require(by != objection.by, NotYours(by=by, command=DECIDE, why=_OWN))
    require(by not in (*objection.involved, *signers), NotYours(by=by, command=DECIDE, why=_INVOLVED))
    require(posts.kind_of(by) in _DECIDERS, NotYours(by=by, command=DECIDE, why=_NO_DECIDER))
    issuer = objection.involved[0]
    above = posts.within(posts.division_of(issuer), posts.division_of(by))
    require(above, NotYours(by=by, command=DECIDE, why=_NOT_ABOVE))
    require(decision.reason.strip(), Incomplete(command=DECIDE, what=Label("理由", "a reason")))


def said(objection: Objection) -> str:
    """Return the notice of an objection; what a person wrote stays in the records."""
    return (
        f"【申诉】{objection.issue_id}:{objection.by} 对第 {objection.number} 号事实的{zh(objection.rung)}"
        f"提出申诉,请于 {moment(objection.decide_by)} 前由未参与者作出决定;其间不停止执行。"
    )


def answered(objection: Objection, decision: Decision) -> str:
    """Return the notice of what was decided."""
    outcome = "维持原措施" if decision.outcome == "stands" else "申诉成立,原措施应予撤销或更正"
    measure = f"第 {objection.number} 号事实的{zh(objection.rung)}"
    return f"【申诉决定】{objection.issue_id}:{measure},{decision.by} 决定:{outcome}。"


def _measure(life: Sequence[Event], number: int) -> Measures:
    event = life[number - 1] if 1 <= number <= len(life) else None
    if not isinstance(event, Measures):
        raise NotAtThisStage(command=OBJECT, stage=_NO_MEASURE)
    taken_back = any(isinstance(one, fact.LapseWithdrawn) and number in one.facts for one in life)
    require(not taken_back, AlreadyDone(command=OBJECT, what=_WITHDRAWN))
    return event


def _asked(issuer: Post, by: Post, involved: Sequence[Post]) -> Post:
    """被请求者: the office one level above the issuer, which took no part."""
    level = Level(min(posts.post_level(issuer) + 1, Level.PROVINCE))
    office = posts.office(posts.division_of(issuer), level)
    return office if office not in (*involved, by) else posts.general_chief(posts.division_of(issuer), level)


def _until(until: datetime | None) -> Label:
    if until is None:
        return Label("该措施未设申诉期", "nobody may object to it")
    return Label(f"申诉期至 {moment(until)}", f"one may object until {moment(until)} (China time)")


_DECIDERS = frozenset({PostKind.OFFICE, PostKind.CHIEF, PostKind.GENERAL_CHIEF, PostKind.GOVERNMENT})
_NOT_NAMED = Label("只有该措施所列的对象可以申诉", "only whom the measure names may object")
_NO_MEASURE = Label("尚未通报、约谈或移送", "not at such a fact: only a bulletin, an interview or a referral")
_WITHDRAWN = Label("该措施已撤回", "the measure was withdrawn")
_DECIDED = Label("已作出决定", "it is decided")
_OWN = Label("申诉人不能自行决定", "nobody decides on an own objection")
_INVOLVED = Label("参与过该措施的应当回避", "who took part stands aside")
_NO_DECIDER = Label("须由河长办、河长、总河长或政府决定", "an office, a chief or a government decides")
_NOT_ABOVE = Label("须由措施作出单位的同级或上级决定", "who decides stands beside or above the issuer")
