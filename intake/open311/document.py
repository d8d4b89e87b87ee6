"""接口文档: what a route of the standard's may answer, in both of its forms, for the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from intake.open311.shapes import Error
from intake.problems import HEADERS, TITLES


def answers(model: Any, *more: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route may answer: what it is for, and each trouble by its own status."""
    shapes = {
        status: model if status < HTTPStatus.BAD_REQUEST else list[Error]
        for status in sorted((200, 400, 404, 429, 503, *more))
    }
    return {
        status: {
            "model": shape,
            "content": {"text/xml": {}},
            "description": TITLES.get(status, "已办 done"),
            **HEADERS.get(status, {}),
        }
        for status, shape in shapes.items()
    }
