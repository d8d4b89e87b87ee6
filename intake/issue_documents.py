"""文书: the orders and bulletins of an issue, as they stand, and each on paper."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError

from domain.model import Label
from domain.terms import Rung, zh
from intake import issue_shapes as shapes
from intake.house import InHouse
from intake.issue_here import READERS, Number, broken, here
from intake.issue_views import at, holder
from intake.papers import DOCX, HTML, PDF, file_answer, on_paper, pressed, wanted
from intake.problems import Problem, may_be
from printing.html import html
from printing.word import docx
from reading.callers import Caller
from reading.registry import Registry
from store.documents import Document, documents_of
from store.papers import paper_of

router = APIRouter(prefix="/issues/{number}/documents", tags=["文书 documents"])

ReaderHere = Annotated[Caller, Depends(here(*READERS))]
Fact = Annotated[int, Path(ge=1, le=2**31 - 1, description="事实序号 number of the fact that made it")]

_MEDIA = {"pdf": PDF, "docx": DOCX, "html": HTML}
_KINDS = {"order": Label(zh(Rung.ORDER), "order"), "bulletin": Label(zh(Rung.BULLETIN), "bulletin")}
_STATES = {
    "draft": Label("待签发", "waits for a signature"),
    "signed": Label("已签发", "signed"),
    "withdrawn": Label("已撤回", "withdrawn"),
    "entered": Label("已列入通报", "entered in a bulletin"),
}


@router.get(
    "",
    name="documents",
    operation_id="list_documents",
    summary="督办单和通报 orders and bulletins of an issue",
    responses=may_be(401, 403, 404, 422, 503),
)
async def documents(number: Number, request: Request, house: InHouse, _: ReaderHere) -> shapes.Documents:
    """List the documents of an issue: drafts, signed, withdrawn."""
    listed = await documents_of(house.pool, number)
    return shapes.Documents(documents=[_shown(house.registry, request, number, each) for each in listed])


def _shown(registry: Registry, request: Request, number: str, each: Document) -> shapes.Document:
    kind, state = _KINDS[each.kind], _STATES[each.state]
    path = str(request.app.url_path_for("document", number=number, fact=each.number))
    return shapes.Document(
        fact=each.number,
        kind=shapes.Term(code=each.kind, zh=kind.zh, en=kind.en),
        state=shapes.Term(code=each.state, zh=state.zh, en=state.en),
        number=each.document_number,
        issuer=holder(registry, each.issuer),
        addressees=[holder(registry, post) for post in each.addressees],
        drafted=at(each.drafted_at),
        signed=at(each.signed_at) if each.signed_at else None,
        signed_by=holder(registry, each.signed_by) if each.signed_by else None,
        links={form: f"{path}?as={form}" for form in _MEDIA},
    )


@router.get(
    "/{fact}",
    name="document",
    operation_id="get_document",
    summary="一份文书 one document on paper: PDF, DOCX or HTML",
    response_class=Response,
    responses={**on_paper(*_MEDIA.values()), **may_be(401, 403, 404, 422, 500, 503)},
)
async def document(
    number: Number,
    fact: Fact,
    request: Request,
    house: InHouse,
    _: ReaderHere,
    form: Annotated[
        Literal["pdf", "docx", "html"] | None,
        Query(alias="as", description="格式; else by the header Accept"),
    ] = None,
) -> Response:
    """Print a document in the form of GB/T 9704-2012; a draft is marked as one."""
    try:
        paper = await paper_of(house.pool, number, fact)
    except LookupError:
        none = Label(f"第 {fact} 号事实没有文书", f"fact {fact} made no document")
        raise Problem(404, "no-document", none) from None
    except (ValidationError, TypeError):
        raise broken(number) from None
    name = f"{paper.number or paper.draft}-{number}-{fact}"
    match form or wanted(request, _MEDIA):
        case "docx":
            return file_answer(await asyncio.to_thread(docx, paper), DOCX, f"{name}.docx")
        case "html":
            return file_answer(html(paper), HTML, f"{name}.html")
        case _:
            return file_answer(await pressed(paper), PDF, f"{name}.pdf")
