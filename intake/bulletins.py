"""通报查阅: bulletins, the list behind each figure, and each on paper; nothing here asks Temporal."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from domain.bulletin.facts import FACT_NAMES
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BULLETIN_LABELS, BulletinKind, BulletinState
from domain.indicators import Figure, FigureKey
from domain.model import Label
from intake import bulletin_shapes as shapes
from intake.access import ELSEWHERE
from intake.bulletin_here import Number, Reader, here
from intake.house import House, InHouse
from intake.issue_shapes import Term
from intake.issue_views import at, holder
from intake.papers import DOCX, HTML, PDF, file_answer, on_paper, pressed, wanted
from intake.problems import Problem, may_be
from printing.html import html
from printing.word import docx
from store import bulletins as kept
from store.bulletin_papers import bulletin_paper

router = APIRouter(prefix="/bulletins", tags=["通报 bulletins"])

_MEDIA = {"pdf": PDF, "docx": DOCX, "html": HTML}


Here = Annotated[Bulletin, Depends(here)]


@router.get(
    "",
    name="bulletins",
    operation_id="list_bulletins",
    summary="通报列表 the bulletins of a jurisdiction, the newest first",
    responses=may_be(401, 403, 422, 503),
)
async def bulletins(
    house: InHouse,
    caller: Reader,
    state: Annotated[BulletinState | None, Query(description="状态")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="条数")] = 50,
) -> shapes.Bulletins:
    """List bulletins of the caller's division and below."""
    if caller.division is None:
        raise Problem(403, "elsewhere", ELSEWHERE)
    heads = await kept.heads(house.pool, caller.division, state, limit)
    return shapes.Bulletins(bulletins=[_listed(house, head) for head in heads])


def _listed(house: House, head: kept.Head) -> shapes.Listed:
    return shapes.Listed(
        bulletin=head.bulletin_id,
        kind=_term(BulletinKind(head.kind)),
        state=_term(BulletinState(head.state)),
        title=head.title,
        issuer=holder(house.registry, head.issuer),
        first=head.period_first,
        last=head.period_last,
        waits_for=holder(house.registry, head.waits_for) if head.waits_for else None,
        next_mark=at(head.next_mark_at) if head.next_mark_at else None,
        number=head.document_number,
        drafted=at(head.drafted_at),
        issued=at(head.issued_at) if head.issued_at else None,
    )


def _term(of: BulletinKind | BulletinState) -> Term:
    label = BULLETIN_LABELS[of]
    return Term(code=of.value, zh=label.zh, en=label.en)


@router.get(
    "/{bulletin}",
    name="bulletin",
    operation_id="get_bulletin",
    summary="一份通报 one bulletin: how it stands, its figures, what happened to it",
    responses=may_be(401, 403, 404, 422, 503),
)
async def bulletin(bulletin: Number, request: Request, house: InHouse, one: Here) -> shapes.Whole:
    """Show a bulletin; each figure links to the list of its issues. What was replied is not shown."""
    figures = await kept.figures_of(house.pool, bulletin)
    lines = await kept.facts_of(house.pool, bulletin)
    return shapes.Whole(
        bulletin=bulletin,
        kind=_term(one.kind),
        state=_term(one.state),
        number=one.document_number,
        issuer=holder(house.registry, one.issuer),
        first=one.period.first,
        last=one.period.last,
        cut=at(one.cut.at),
        digest=one.cut.digest,
        issues=one.cut.issues,
        named=[named.issue_id for named in one.named],
        replies=len(one.replies),
        findings=[shapes.Found(where=each.where, what=each.what) for each in one.findings],
        waits_for=holder(house.registry, one.wait.post) if one.wait else None,
        remarks=list(one.remarks),
        corrections=[
            shapes.Correction(count=it.count, text=it.text, made=at(it.at)) for it in one.corrections
        ],
        receipts=len(one.receipts),
        figures=[_counted(request, bulletin, figure) for figure in figures],
        facts=[
            shapes.Fact(fact=line.number, kind=line.kind, zh=FACT_NAMES[line.kind], said=at(line.said_at))
            for line in lines
        ],
    )


def _counted(request: Request, bulletin_id: str, figure: Figure) -> shapes.Counted:
    link = str(request.app.url_path_for("figure", bulletin=bulletin_id, figure=figure.key))
    return shapes.Counted(figure=figure.key, count=figure.count, of=figure.of, issues=link)


@router.get(
    "/{bulletin}/figures/{figure}",
    name="figure",
    operation_id="get_figure",
    summary="统计数所列问题 the issues behind a figure",
    responses=may_be(401, 403, 404, 422, 503),
)
async def figure(
    bulletin: Number,
    figure: Annotated[FigureKey, Path(description="统计数,如 overdue、on_time.DUMPING")],
    house: InHouse,
    _: Here,
) -> shapes.Figure:
    """Open the list behind a figure: the issues it counts, and of a rate those that it is a share of."""
    found = await kept.figures_of(house.pool, bulletin, figure)
    if not found:
        raise Problem(404, "no-figure", Label("这份通报没有这个统计数", "this bulletin has no such figure"))
    (made,) = found
    among = None if made.among is None else list(made.among)
    return shapes.Figure(figure=made.key, count=made.count, of=made.of, issues=list(made.issues), among=among)


@router.get(
    "/{bulletin}/paper",
    name="bulletin_paper",
    operation_id="get_bulletin_paper",
    summary="通报成文 a bulletin on paper: PDF, DOCX or HTML",
    response_class=Response,
    responses={**on_paper(*_MEDIA.values()), **may_be(401, 403, 404, 422, 503)},
)
async def paper(
    bulletin: Number,
    request: Request,
    house: InHouse,
    _: Here,
    form: Annotated[
        Literal["pdf", "docx", "html"] | None,
        Query(alias="as", description="格式; else by the header Accept"),
    ] = None,
) -> Response:
    """Print a bulletin in the form of GB/T 9704-2012; a draft is marked as one."""
    made = await bulletin_paper(house.pool, bulletin)
    name = f"{made.number or made.draft}-{bulletin}"
    match form or wanted(request, _MEDIA):
        case "docx":
            return file_answer(await asyncio.to_thread(docx, made), DOCX, f"{name}.docx")
        case "html":
            return file_answer(html(made), HTML, f"{name}.html")
        case _:
            return file_answer(await pressed(made), PDF, f"{name}.pdf")
