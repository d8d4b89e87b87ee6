"""问题详情: how the front door says no: RFC 9457, the sentence in Chinese first and in English beside it."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPMethod, HTTPStatus
from typing import Any, TypeAlias

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from domain.model import Label
from domain.refusals import Refusal
from reading.complaints import complaint
from store.pool import Away

MEDIA_TYPE = "application/problem+json"
TRY_AGAIN = 5
"""Seconds after which somebody may try again to whom nothing better can be said."""


class Wrong(BaseModel):
    """哪里不对: one part of a request that cannot be taken, and why."""

    where: str
    zh: str
    en: str


class Said(BaseModel):
    """问题详情 as it is sent."""

    type: str = Field(description="urn:river:<kind>")
    title: str
    status: int
    detail: str
    detail_en: str
    errors: list[Wrong] = []


class Problem(Exception):
    """The front door says no; carries the status, a short kind, the sentence in both languages, and where."""

    def __init__(
        self,
        status: int,
        kind: str,
        reason: Label,
        errors: Sequence[Wrong] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(reason.en)
        self.status, self.kind, self.reason, self.errors = status, kind, reason, list(errors)
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)


AWAY = Problem(
    503,
    "away",
    Label(
        "记录暂时无法保存,请稍后重试;本次没有受理任何内容",
        "the records cannot be reached now: nothing was taken, try again",
    ),
    retry_after=TRY_AGAIN,
)
"""What is said while Postgres does not answer."""

TITLES: dict[int, str] = {
    400: "请求有误",
    401: "请先登录",
    403: "无权办理",
    404: "没有找到",
    405: "不支持这种请求",
    408: "请求超时",
    409: "与现状不符",
    413: "内容过大",
    415: "不支持的格式",
    422: "内容有误",
    429: "请稍后再试",
    500: "记录有误",
    503: "暂时无法受理",
}


FAULTY = Label(
    "提交的内容有误,没有受理;请按 errors 逐项改正",
    "the request has faults and nothing was taken: see errors",
)


def wrong(where: str, reason: Label) -> Wrong:
    """Name what is wrong with one part of a request."""
    return Wrong(where=where, zh=reason.zh, en=reason.en)


def refused(refusal: Refusal) -> Problem:
    """Say what the rule book says."""
    kind = type(refusal).__name__
    return Problem(refusal.status, kind, Label(refusal.zh, str(refusal)))


def answer(problem: Problem) -> JSONResponse:
    """Write a problem down."""
    said = Said(
        type=f"urn:river:{problem.kind}",
        title=TITLES.get(problem.status, "未能办理"),
        status=problem.status,
        detail=problem.reason.zh,
        detail_en=problem.reason.en,
        errors=problem.errors,
    )
    return JSONResponse(said.model_dump(), problem.status, problem.headers, MEDIA_TYPE)


def say_here(_: str, problem: Problem) -> Response:
    """Say a problem in this form at every path."""
    return answer(problem)


Say: TypeAlias = Callable[[str, Problem], Response]
"""Says a problem in the form that is expected at a path."""


def teach(app: FastAPI, say: Say = say_here) -> None:
    """Let an application answer every trouble in this form, or as is expected where no route was reached."""

    async def on_problem(_: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, Problem)
        return answer(problem)

    async def on_invalid(_: Request, invalid: Exception) -> JSONResponse:
        assert isinstance(invalid, RequestValidationError)
        return answer(_invalid(invalid))

    async def on_http(request: Request, raised: Exception) -> Response:
        assert isinstance(raised, HTTPException)
        title = TITLES.get(raised.status_code, "未能办理")
        said, headers = Label(title, str(raised.detail)), dict(raised.headers or {})
        if raised.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_methods_at(app, request))
        return say(request.url.path, Problem(raised.status_code, "http", said, headers=headers))

    async def on_away(_: Request, away: Exception) -> JSONResponse:
        del away  # its words are for the log
        return answer(AWAY)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Away, on_away)


def _methods_at(app: FastAPI, request: Request) -> list[str]:
    """Return what may be asked at an address; the framework names the methods of its first route alone."""
    asked = {method.value: {**request.scope, "method": method.value} for method in HTTPMethod}
    return [
        method
        for method, scope in asked.items()
        if any(route.matches(scope)[0] is Match.FULL for route in app.routes)
    ]


def _invalid(invalid: RequestValidationError) -> Problem:
    errors = [wrong(_where(error), complaint(error)) for error in invalid.errors()]
    return Problem(422, "invalid", FAULTY, errors)


def _where(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in error.get("loc", ())) or "body"


_LATER = {
    "Retry-After": {
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "description": "几秒后重试 seconds",
    }
}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"headers": {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}},
    429: {"headers": _LATER},
    503: {"headers": _LATER},
}
"""The headers that come with a problem of a status, as the document says it."""

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "model": Said,
        "content": {MEDIA_TYPE: {}},
        "description": TITLES[status],
        **HEADERS.get(status, {}),
    }
    for status in (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
}
"""What an answer may be instead, for the OpenAPI document; a route names the ones it uses."""


def may_be(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems that a route may answer, for its OpenAPI entry."""
    return {status: RESPONSES[status] for status in statuses}
