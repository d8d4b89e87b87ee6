"""错误的写法: every trouble under /open311 is said in the standard's form and with its status."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from domain.model import Label
from intake.open311.shapes import Error
from intake.open311.written import form_of, written
from intake.problems import AWAY, Problem, answer, wrong
from reading.complaints import complaint
from store.pool import Away

PREFIX = "/open311/v2"
STANDARD_STATUS = {401: 403, 405: 400, 415: 400, 422: 400}
"""The standard knows 403 for keys, 404 for what there is not, 400 for all else that a client did wrong."""
INVALID = Label("请求有误", "the request is not valid")


class Said311(APIRoute):
    """A route whose troubles are answered as the standard says."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the route, with its troubles translated."""
        handle = super().get_route_handler()

        async def answer_or_say(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return _written(request.url.path, problem)
            except RequestValidationError as invalid:
                errors = [wrong(".".join(map(str, one["loc"])), complaint(one)) for one in invalid.errors()]
                return _written(request.url.path, Problem(400, "invalid", INVALID, errors))
            except HTTPException as raised:
                reason = Label(INVALID.zh, str(raised.detail))
                return _written(request.url.path, Problem(raised.status_code, "http", reason))
            except Away:
                return _written(request.url.path, AWAY)

        return answer_or_say


def said(path: str, problem: Problem) -> Response:
    """Say a problem as whoever asked at this address expects it."""
    return _written(path, problem) if path.startswith(PREFIX) else answer(problem)


def _written(path: str, problem: Problem) -> Response:
    status = STANDARD_STATUS.get(problem.status, problem.status)
    sentences = [f"{one.where}: {one.zh} ({one.en})" for one in problem.errors]
    sentences = sentences or [f"{problem.reason.zh} ({problem.reason.en})"]
    errors = [Error(code=status, description=sentence) for sentence in sentences]
    headers = {name: value for name, value in problem.headers.items() if name == "Retry-After"}
    return written(form_of(path), "errors", errors, status, headers)
