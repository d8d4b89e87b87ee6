"""纸面: in which form something is wanted, and the answers that are no JSON: PDF, DOCX, HTML."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response

from domain.model import Label
from domain.paper import Paper
from intake.problems import TRY_AGAIN, Problem
from printing.missing import NotInstalled
from printing.press import Accounted, Jammed, Press

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html"

_PRESS = Press()
_NOTHING_RUNS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""A page that was made of what people wrote loads nothing and runs nothing, whatever they wrote."""


def on_paper(*media: str) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route in some media, for its OpenAPI entry."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {
        200: {"content": {one: schema if one != HTML else {"schema": {"type": "string"}} for one in media}}
    }


def wanted(request: Request, media: Mapping[str, str]) -> str:
    """Return the form that the header Accept likes best; the first, where it likes none more than another."""
    liked = dict.fromkeys(media, 0.0)
    for part in request.headers.get("accept", "").split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        for form, medium in media.items():
            if name == medium:
                liked[form] = _quality(parameters)
    return max(liked, key=lambda form: liked[form])


def _quality(parameters: list[str]) -> float:
    said = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return float(said)
    except ValueError:
        return 0.0


async def pressed(what: Paper | Accounted) -> bytes:
    """Return a PDF; says 503 when the system lacks a font or a library, and when the press gives up."""
    try:
        return await _PRESS.pdf(what)
    except NotInstalled as missing:
        raise Problem(503, "not-installed", missing.label, retry_after=TRY_AGAIN) from None
    except Jammed:
        jammed = Label(
            "排印没有完成,请稍后重试,或改取 docx、html", "not printed: try again, or ask for docx or html"
        )
        raise Problem(503, "jammed", jammed, retry_after=TRY_AGAIN) from None


def pdf_answer(content: bytes, name: str) -> Response:
    """Answer with a PDF, to be shown in place."""
    return file_answer(content, PDF, f"{name}.pdf")


def file_answer(content: bytes | str, medium: str, name: str) -> Response:
    """Answer with a file under its name."""
    shown = "attachment" if medium == DOCX else "inline"
    headers = {"Content-Disposition": f"{shown}; filename*=UTF-8''{quote(name)}"}
    return Response(content, headers=headers | (_NOTHING_RUNS if medium == HTML else {}), media_type=medium)
