"""申诉窗口: whoever a bulletin, an interview or a referral names objects; somebody who took no part decides.

The measure goes on meanwhile. An objection is one for a fact and a post, a decision one for an objection: the
same again is the one on record, so a retry needs no id. What a person wrote is shown to the parties only.
"""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field, ValidationError

from domain.limits import Limit
from domain.model import Frozen, Label
from domain.objection import OBJECT, Complaint, Decision, Words
from domain.posts import Post
from domain.refusals import AlreadyDone, Refusal
from domain.rulebook import in_force
from domain.workdays import local_day
from intake.house import House, InHouse
from intake.issue_here import READERS, Number, broken, here, not_told_yet
from intake.issue_shapes import At, Holder, Term
from intake.issue_views import at, holder, term
from intake.problems import Problem, may_be, refused
from intake.spoken import By, author_of
from reading.callers import Caller, Role
from store import objections as kept
from store.objections import Objected

router = APIRouter(prefix="/issues/{number}/objections", tags=["申诉 objections"])

NAMED = (Role.CHIEF, Role.UNIT, Role.OFFICE)
DECIDERS = (Role.CHIEF, Role.OFFICE)
SEE_ALL = frozenset({Role.OFFICE, Role.AUDITOR})
"""Who sees what was written besides whoever objected and whoever was asked or has decided."""

FactNumber = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="通报、约谈或移送的事实序号 the fact's number")
]


class ObjectionSaid(Frozen):
    """申诉: to which measure, and why."""

    fact: FactNumber
    reason: Words
    by: By = None


class DecisionSaid(Frozen):
    """申诉决定: on whose objection, how, and why."""

    of: Annotated[Post, Field(description="申诉人岗位 the post that objected")]
    outcome: Annotated[
        Literal["stands", "upheld"], Field(description="维持,或成立 the measure stands, or is upheld against")
    ]
    reason: Words
    by: By = None


class DecisionShown(BaseModel):
    """申诉决定."""

    by: Holder
    outcome: Literal["stands", "upheld"]
    reason: str | None
    said: At


class ObjectionShown(BaseModel):
    """一件申诉; `reason` is null for whoever is not a party to it."""

    fact: int
    measure: Term
    by: Holder
    reason: str | None
    said: At
    decide_by: At
    asked: Holder
    decision: DecisionShown | None


class Objections(BaseModel):
    """一个问题的申诉, the oldest first."""

    objections: list[ObjectionShown]


@router.get(
    "",
    name="objections",
    operation_id="list_objections",
    summary="申诉及决定 objections to measures of an issue, with what was decided",
    responses=may_be(401, 403, 404, 422, 503),
)
async def objections(
    number: Number, house: InHouse, caller: Annotated[Caller, Depends(here(*READERS))]
) -> Objections:
    """List objections; what was written is shown to offices, auditors and the parties only."""
    known = await kept.of_issue(house.pool, number)
    return Objections(objections=[_shown(house, caller, one) for one in known])


@router.post(
    "",
    operation_id="file_objection",
    summary="提出申诉 object to a bulletin, an interview or a referral",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": ObjectionShown, "description": "此前已申诉 the same was objected before"},
        **may_be(401, 403, 404, 409, 413, 422, 500, 503),
    },
)
async def file_one(
    number: Number,
    said: ObjectionSaid,
    response: Response,
    house: InHouse,
    caller: Annotated[Caller, Depends(here(*NAMED))],
) -> ObjectionShown:
    """Object, as a post that the measure names, within the time that it says; the measure goes on."""
    words = Complaint(by=author_of(caller, said.by), reason=said.reason, said_at=house.now())
    try:
        filed = await kept.file_one(house.pool, number, said.fact, words, _decided_within(house))
    except LookupError:
        raise not_told_yet(number) from None
    except Refusal as no:
        raise refused(no) from None
    except (ValidationError, TypeError):
        raise broken(number) from None
    if not filed.is_new:
        if filed.on_record.objection.reason != said.reason:
            raise refused(AlreadyDone(command=OBJECT, what=_STANDS))
        response.status_code = HTTPStatus.OK
    return _shown(house, caller, filed.on_record)


@router.post(
    "/{fact}/decision",
    operation_id="decide_objection",
    summary="申诉决定 decide on an objection",
    responses=may_be(401, 403, 404, 409, 413, 422, 503),
)
async def decide(
    number: Number,
    fact: Annotated[int, Path(ge=1, le=2**31 - 1, description="事实序号 number of the fact objected to")],
    said: DecisionSaid,
    house: InHouse,
    caller: Annotated[Caller, Depends(here(*DECIDERS))],
) -> DecisionShown:
    """Decide, as somebody beside or above the issuer who took no part; upheld, the measure is corrected."""
    by = author_of(caller, said.by)
    decision = Decision(by=by, outcome=said.outcome, reason=said.reason, said_at=house.now())
    try:
        made = await kept.decide_on(house.pool, number, fact, said.of, decision)
    except LookupError:
        none = Label(
            f"{said.of} 未对 {number} 第 {fact} 号事实提出申诉",
            f"{said.of} has not objected to fact {fact} of {number}",
        )
        raise Problem(404, "no-objection", none) from None
    except Refusal as no:
        raise refused(no) from None
    return _decided(house, made, is_party=True)


def _decided_within(house: House) -> Limit:
    book = in_force(house.desk.editions, local_day(house.now()))
    if book is None:
        raise Problem(409, "no-edition", Label("没有施行中的规则版次", "no edition is in force"))
    return book.objection.decided.limit


def _shown(house: House, caller: Caller, one: Objected) -> ObjectionShown:
    told, decision = one
    parties = {told.by, told.asked, decision.by if decision else told.asked}
    is_party = not (SEE_ALL.isdisjoint(caller.roles) and parties.isdisjoint(caller.posts))
    return ObjectionShown(
        fact=told.number,
        measure=term(told.rung),
        by=holder(house.registry, told.by),
        reason=told.reason if is_party else None,
        said=at(told.said_at),
        decide_by=at(told.decide_by),
        asked=holder(house.registry, told.asked),
        decision=_decided(house, decision, is_party=is_party) if decision else None,
    )


def _decided(house: House, decision: Decision, *, is_party: bool) -> DecisionShown:
    return DecisionShown(
        by=holder(house.registry, decision.by),
        outcome=decision.outcome,
        reason=decision.reason if is_party else None,
        said=at(decision.said_at),
    )


_STANDS = Label("此前已申诉,以先登记的为准", "objected before: the first stands")
