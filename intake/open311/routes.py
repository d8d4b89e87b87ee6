"""开放三一一接口: GeoReport v2 in XML and JSON, for clients that know nothing of rivers."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from domain.lead import RECEIPT
from domain.model import Label
from domain.terms import Clock
from intake.hall import Hall, InHall
from intake.house import InHouse
from intake.limits_shown import Limit, limit_of
from intake.open311.document import answers
from intake.open311.errors import PREFIX, Said311
from intake.open311.fields import FORM, read_form
from intake.open311.sending import send, sender_311
from intake.open311.services import CHANGESET, category_of, definition, services
from intake.open311.shapes import (
    Created,
    Definition,
    Discovery,
    Endpoint,
    OfToken,
    Service,
    ServiceRequest,
)
from intake.open311.shown import shown
from intake.open311.telling import Reporter, reporter_of, told_of
from intake.open311.wanted import MOST_ON_A_PAGE, Asked, listed, wanted
from intake.open311.written import Form, written
from intake.problems import Problem
from intake.reception import Beside, PutAway
from intake.senders import address_of, admitted, own_division
from reading.callers import Caller
from store import journal, leads
from store.lead_rows import Shared

router = APIRouter(prefix=PREFIX, tags=["开放三一一 Open311"], route_class=Said311)

NO_JURISDICTION = Label("本服务没有这个 jurisdiction_id", "jurisdiction_id was not found here")
BAD_KEY = Label(
    "api_key 无效或已过期;公众可以不填", "api_key is not valid or has expired; the public may send none"
)
KEY_IN_ADDRESS = Label(
    "api_key 须放在表单里:网址会记入日志", "api_key belongs in the form: addresses are written to logs"
)
NO_REQUEST = Label("没有这个 service_request_id", "there is no such service_request_id")
NO_TOKEN = Label("没有这个 token", "there is no such token")
NOTHING_HERE = Label("没有这个网址", "there is nothing at this address")

CONTACT = "河长制办公室,见所在地河长公示牌 · the river chief office named on the boards along the water"
KEY_SERVICE = (
    "公众免 api_key;平台接入请向河长制办公室申请通行证(JWT) · none for the public; platforms ask the office"
)
NOT_KEPT = "本服务未开通举报人封存,没有保存您的姓名和联系方式。"
LINK_ONLY = "附件链接仅作文字保存,系统不打开。"

IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=8, max_length=64, pattern=r"^[!-~]+$")
]
Listed = Annotated[list[str], Query(max_length=100)]
Said = Annotated[str | None, Query(max_length=80)]


async def _here(hall: InHall, request: Request, jurisdiction_id: Said = None) -> None:
    """Turn a flood away, and whoever means another jurisdiction."""
    if request.method == "GET":
        await hall.pressure.count(f"ask:{address_of(request)}", is_public=False)
    _require_jurisdiction(hall, jurisdiction_id)


HERE = [Depends(_here)]


@router.get(
    "/discovery.{form}",
    operation_id="open311_discovery",
    summary="发现文件",
    responses=answers(Discovery),
    dependencies=HERE,
)
async def discovery(form: Form, request: Request) -> Response:
    """Return where the interface is, in which formats, and when its services last changed."""
    endpoint = Endpoint(url=f"{str(request.base_url).rstrip('/')}{PREFIX}", changeset=CHANGESET)
    found = Discovery(changeset=CHANGESET, contact=CONTACT, key_service=KEY_SERVICE, endpoints=[endpoint])
    return written(form, "discovery", found)


@router.get(
    "/services.{form}",
    operation_id="open311_services",
    summary="服务目录",
    responses=answers(list[Service]),
    dependencies=HERE,
)
async def service_list(form: Form) -> Response:
    """Return the kinds of reports."""
    return written(form, "services", services())


@router.get(
    "/services/{code}.{form}",
    operation_id="open311_service",
    summary="服务定义",
    responses=answers(Definition),
    dependencies=HERE,
)
async def service_definition(code: str, form: Form) -> Response:
    """Return what a service asks for beside place and words."""
    return written(form, "service_definition", definition(category_of(code)))


@router.post(
    "/requests.{form}",
    operation_id="open311_report",
    summary="报送(Open311)",
    responses=answers(list[Created], 201, 403, 413),
    dependencies=HERE,
    openapi_extra={"requestBody": {"required": True, "content": {FORM: {"schema": {"type": "object"}}}}},
)
async def post_request(
    form: Form, hall: InHall, house: InHouse, request: Request, key: IdempotencyKey = None
) -> Response:
    """Keep a report and return its receipt as service_request_id, with the limit that now runs."""
    if "api_key" in request.query_params:
        raise Problem(400, "key-in-address", KEY_IN_ADDRESS)
    fields = read_form(request.headers.get("content-type", ""), await request.body())
    _require_jurisdiction(hall, fields.plain.get("jurisdiction_id"))
    caller = await _caller(house, fields.plain.get("api_key"))
    counted = caller.subject if caller else address_of(request)
    await hall.pressure.count(counted, is_public=caller is None)
    told = admitted(told_of(fields), caller, hall.assessor.rules.believed)
    reporter = reporter_of(fields)
    kept = await send(hall, told, sender_311(caller), key, _seal(hall, reporter), own_division(caller))
    limit = limit_of(Clock.REGISTER, kept.register_by)
    notices = [f"已受理。{limit.name}时限:{limit.until_zh}。"]
    notices += [NOT_KEPT] if reporter and not hall.sealing.is_set_up else []
    notices += [LINK_ONLY] if "media_url" in fields.plain else []
    created = Created(service_request_id=kept.receipt, service_notice="".join(notices))
    return written(form, "service_requests", [created], 201 if kept.is_new else 200)


@router.get(
    "/requests.{form}",
    operation_id="open311_requests",
    summary="请求列表",
    responses=answers(list[ServiceRequest]),
    dependencies=HERE,
)
async def request_list(  # noqa: PLR0913 - the standard's own arguments
    *,
    form: Form,
    hall: InHall,
    house: InHouse,
    service_request_id: Listed = [],  # noqa: B006 - FastAPI copies it
    service_code: Listed = [],  # noqa: B006
    status: Listed = [],  # noqa: B006
    start_date: Said = None,
    end_date: Said = None,
    page: Said = None,
    page_size: Said = None,
) -> Response:
    """Return what came by this interface in a span of time, the newest first; ids override all else."""
    if ids := listed(service_request_id):
        possible = [one for one in ids if re.fullmatch(RECEIPT, one)]
        found = await leads.shared(hall.pool, possible[:MOST_ON_A_PAGE])
    else:
        asked = Asked(service_code, status, start_date, end_date, page, page_size)
        found = await leads.shared_page(hall.pool, wanted(asked, hall.now()))
    return written(form, "service_requests", [shown(lead, house.registry) for lead in found])


@router.get(
    "/requests/{request_id}.{form}",
    operation_id="open311_request",
    summary="一件请求",
    responses=answers(list[ServiceRequest]),
    dependencies=HERE,
)
async def one_request(request_id: str, form: Form, hall: InHall, house: InHouse) -> Response:
    """Return how a request stands, with the limits that run now."""
    lead = await _shared(hall, request_id, Problem(404, "no-request", NO_REQUEST))
    limits = await _limits(hall, lead)
    return written(form, "service_requests", [shown(lead, house.registry, limits)])


@router.get(
    "/tokens/{token}.{form}",
    operation_id="open311_token",
    summary="令牌",
    responses=answers(list[OfToken]),
    dependencies=HERE,
)
async def request_of_token(token: str, form: Form, hall: InHall) -> Response:
    """Return the request of a token; ids are given at once here, so the token is the id itself."""
    lead = await _shared(hall, token, Problem(404, "no-token", NO_TOKEN))
    return written(form, "service_requests", [OfToken(service_request_id=lead.receipt, token=token)])


@router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def nothing_here(rest: str) -> Response:
    """Say in the standard's form that there is nothing."""
    del rest
    raise Problem(404, "nothing-here", NOTHING_HERE)


def _require_jurisdiction(hall: Hall, said: str | None) -> None:
    if said and said.strip() and said.strip() != hall.assessor.top:
        raise Problem(404, "no-jurisdiction", NO_JURISDICTION)


async def _caller(house: InHouse, api_key: str | None) -> Caller | None:
    if api_key is None:
        return None
    try:
        return await house.tokens.caller(api_key)
    except Problem as problem:
        if problem.status == 401:  # noqa: PLR2004 - HTTP's own number
            raise Problem(403, "bad-key", BAD_KEY) from None
        raise


def _seal(hall: Hall, reporter: Reporter | None) -> PutAway | None:
    if reporter is None or not hall.sealing.is_set_up:
        return None

    async def seal() -> Beside:
        return Beside(await hall.sealing.put_words_away(*reporter))

    return seal


async def _shared(hall: Hall, receipt: str, otherwise: Problem) -> Shared:
    found = await leads.shared(hall.pool, [receipt]) if re.fullmatch(RECEIPT, receipt) else []
    if not found:
        raise otherwise
    return found[0]


async def _limits(hall: Hall, lead: Shared) -> list[Limit]:
    if lead.issue_id is None:
        return []
    try:
        issue = await journal.retell_issue(hall.pool, lead.issue_id)
    except LookupError:
        return []  # its first letter is on the way
    running = sorted(issue.clocks, key=lambda run: run.limit_at)
    return [limit_of(run.clock, run.limit_at) for run in running]
