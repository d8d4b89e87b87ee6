"""查阅: issues as the records tell them; nothing here asks Temporal, so an outage of it hides nothing."""

from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, TypeAdapter, ValidationError

from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.explain import explain as account_of
from domain.issue.statement import statement
from domain.issue.wording import moment
from domain.model import FIRST_YEAR, LAST_YEAR, IssueId, Label, Moment
from domain.posts import Division
from domain.terms import ENDS, Stage
from domain.workdays import CHINA
from intake import issue_shapes as shapes
from intake import issue_views as views
from intake.access import ELSEWHERE, allowed, require_jurisdiction
from intake.cursors import Cursor, Limit, cursor_for, place_of
from intake.house import House, InHouse
from intake.issue_here import READERS, Number, broken, here, not_told_yet, retold
from intake.papers import PDF, on_paper, pdf_answer, pressed, wanted
from intake.problems import Problem, may_be, wrong
from printing.press import Accounted
from reading.callers import Caller
from store import board, journal
from store.board import BEFORE_ALL, Place, Wanted
from store.figures import BoardRow

router = APIRouter(prefix="/issues", tags=["查阅 reads"])

Reader = Annotated[Caller, Depends(allowed(*READERS))]
ReaderHere = Annotated[Caller, Depends(here(*READERS))]

_CODE = r"^[A-Za-z0-9][A-Za-z0-9-]{0,31}$"


class Asked(NamedTuple):
    """所问: which issues, in which order; a cursor fits no other question."""

    wanted: Wanted
    by_number: bool


class _AfterNumber(NamedTuple):
    number: IssueId


class _AfterPlace(NamedTuple):
    in_time: Annotated[int, Field(ge=0, le=1)]
    next_mark_at: Moment
    number: IssueId


class _AfterFact(NamedTuple):
    fact: Annotated[int, Field(ge=0, le=2**31 - 1)]


_NUMBERS, _PLACES, _FACTS = TypeAdapter(_AfterNumber), TypeAdapter(_AfterPlace), TypeAdapter(_AfterFact)


def _asked(
    caller: Reader,
    division: Annotated[Division | None, Query(description="行政区划代码; your own if left out")] = None,
    river: Annotated[str | None, Query(pattern=_CODE, description="河湖代码,如 R03")] = None,
    reach: Annotated[str | None, Query(pattern=_CODE, description="河段代码,如 R03-01")] = None,
    stage: Annotated[
        Stage | None, Query(description="阶段; closed, dismissed, merged list what is over")
    ] = None,
    overdue: Annotated[bool | None, Query(description="逾期与否")] = None,
    sort: Annotated[
        Literal["urgency", "number"],
        Query(
            description="urgency: the overdue first, then the nearest mark; number: an order no change moves"
        ),
    ] = "urgency",
) -> Asked:
    """Read the question; 403 for a place outside the caller's jurisdiction."""
    place = division or caller.division
    if place is None:
        raise Problem(403, "elsewhere", ELSEWHERE)
    require_jurisdiction(caller, place)
    if river and reach and not reach.startswith(f"{river}-"):
        other = Label(f"河段 {reach} 不属于 {river}", f"the reach {reach} is none of {river}")
        raise Problem(422, "invalid", other, [wrong("query.reach", other)])
    # What is over has no mark any more, by which it could be more or less urgent.
    return Asked(Wanted(place, stage, overdue, reach or river), sort == "number" or stage in ENDS)


@router.get(
    "",
    name="issues",
    operation_id="list_issues",
    summary="问题列表 the issues of a jurisdiction, a page at a time",
    responses=may_be(400, 401, 403, 422, 503),
)
async def issues(
    house: InHouse, asked: Annotated[Asked, Depends(_asked)], cursor: Cursor = None, limit: Limit = 50
) -> shapes.Page:
    """List open issues, or those that ended in one way.

    By `urgency`, an issue whose marks move between two pages may be shown again or be passed over; by
    `number` every issue is shown exactly once.
    """
    rows = await _rows(house, asked, cursor, limit)
    following = cursor_for(_place(asked, rows[-1]), asked) if len(rows) == limit else None
    return shapes.Page(issues=[views.listed(house.registry, row) for row in rows], next=following)


async def _rows(house: House, asked: Asked, cursor: str | None, limit: int) -> list[BoardRow]:
    if asked.by_number:
        after = place_of(cursor, asked, _NUMBERS).number if cursor else ""
        return await board.page_by_number(house.pool, asked.wanted, after, limit)
    place = Place(*place_of(cursor, asked, _PLACES)) if cursor else BEFORE_ALL
    return await board.page(house.pool, asked.wanted, place, limit)


def _place(asked: Asked, row: BoardRow) -> tuple[str | int, ...]:
    if asked.by_number:
        return (row.issue_id,)
    place = Place.of(row)
    return (place.in_time, place.next_mark_at.isoformat(), place.issue_id)


@router.get(
    "/{number}",
    name="issue",
    operation_id="get_issue",
    summary="问题全貌 one issue: stage, limits, who must act",
    responses=may_be(401, 403, 404, 422, 500, 503),
)
async def issue(number: Number, request: Request, house: InHouse, _: ReaderHere) -> shapes.Whole:
    """Show how an issue stands, with every limit that runs, in UTC and as it is read in China."""
    links = {
        rel: str(request.app.url_path_for(name, number=number))
        for rel, name in (("self", "issue"), ("facts", "facts"), ("explain", "explain"))
    }
    return views.whole(house.registry, await retold(house, number), links)


@router.get(
    "/{number}/facts",
    name="facts",
    operation_id="list_facts",
    summary="事实 the journal of one issue",
    responses=may_be(400, 401, 403, 404, 422, 503),
)
async def facts(
    number: Number, house: InHouse, _: ReaderHere, cursor: Cursor = None, limit: Limit = 50
) -> shapes.Facts:
    """List the facts of an issue in order; a fact never changes."""
    after = place_of(cursor, number, _FACTS).fact if cursor else 0
    lines = await journal.some_facts(house.pool, number, after, limit)
    following = cursor_for((lines[-1].number,), number) if len(lines) == limit else None
    return shapes.Facts(facts=[views.told(house.registry, line) for line in lines], next=following)


@router.get(
    "/{number}/explain",
    name="explain",
    operation_id="explain_issue",
    summary="时限说明书 how every limit was counted",
    response_model=shapes.Explained,
    responses={**on_paper(PDF), **may_be(401, 403, 404, 422, 500, 503)},
)
async def explain(
    number: Number,
    request: Request,
    house: InHouse,
    _: ReaderHere,
    as_of: Annotated[
        datetime | None, Query(description="截至时刻,无时区即北京时间; China time unless it says otherwise")
    ] = None,
    form: Annotated[
        Literal["json", "pdf"] | None, Query(alias="as", description="格式; else by the header Accept")
    ] = None,
) -> shapes.Explained | Response:
    """Account for every clock from the journal, as it stands or stood at a moment; on paper: one page."""
    until = _moment(as_of) if as_of else house.now()
    lines = await journal.facts(house.pool, number)
    if not lines:
        raise not_told_yet(number)
    known = [line for line in lines if line.at <= until]
    if not known:
        asked, opened = moment(until), moment(lines[0].at)
        early = Label(
            f"问题 {number} 于 {opened} 立案,{asked} 尚无记录",
            f"{number} was opened at {opened}, after {asked}",
        )
        raise Problem(404, "not-yet-opened", early)
    try:
        then = retell([read_fact(line.body) for line in known])
        account = account_of(then, until)
    except (ValidationError, TypeError):
        raise broken(number) from None
    if (form or wanted(request, {"json": "application/json", "pdf": PDF})) == "pdf":
        return pdf_answer(await pressed(Accounted(issue=then, account=account)), f"时限说明书-{number}")
    return shapes.Explained(account=account, statement=statement(account))


def _moment(said: datetime) -> datetime:
    """Read a moment; who writes no zone means China's."""
    try:
        at = (said if said.tzinfo else said.replace(tzinfo=CHINA)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        bad = Label(
            "时刻写法有误,请写作 2026-12-01T09:00", "this is no moment of ours: write 2026-12-01T09:00"
        )
        raise Problem(422, "invalid", bad, [wrong("query.as_of", bad)])
    return at
