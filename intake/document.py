"""接口文档: the OpenAPI document says what is so, and its page loads nothing from anybody else."""

from importlib.resources import as_file, files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from intake.problems import MEDIA_TYPE

LOCATION: dict[str, Any] = {
    "Location": {
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "description": "查询网址 where to ask",
    }
}
"""The header of an answer that says where to ask on."""

TOKEN_IS_OPTIONAL: dict[str, Any] = {"security": [{}]}
"""Added to a route that the public may use as well: FastAPI takes a token that is read for a required one."""

_NEVER_SENT = ("HTTPValidationError", "ValidationError")
"""FastAPI's own form of 422: it documents it wherever a route documents none."""


PAGE, PARTS = "/docs", "/docs-parts"


class FrontDoor(FastAPI):
    """受理窗口, which describes itself as it is."""

    def __init__(self, **given: Any) -> None:
        super().__init__(docs_url=None, redoc_url=None, **given)
        with as_file(files("fastapi_offline") / "static") as parts:
            self.mount(PARTS, StaticFiles(directory=parts), name="docs-parts")

        @self.get(PAGE, include_in_schema=False)
        async def page() -> HTMLResponse:
            return get_swagger_ui_html(
                openapi_url=str(self.openapi_url),
                title=self.title,
                swagger_js_url=f"{PARTS}/swagger-ui-bundle.js",
                swagger_css_url=f"{PARTS}/swagger-ui.css",
                swagger_favicon_url=f"{PARTS}/favicon.png",
            )

    def openapi(self) -> dict[str, Any]:
        """Return the document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for item in document["paths"].values():
                for operation in item.values():
                    _mend(operation["responses"])
            for name in _NEVER_SENT:
                document["components"]["schemas"].pop(name, None)
        assert self.openapi_schema is not None
        return self.openapi_schema


def _mend(responses: dict[str, Any]) -> None:
    """Let each problem be of its own media type alone: FastAPI adds the form to that of a route's answers."""
    for status in [status for status, response in responses.items() if _is_never_sent(response)]:
        del responses[status]
    for response in responses.values():
        content = response.get("content", {})
        if MEDIA_TYPE in content:
            response["content"] = {MEDIA_TYPE: content["application/json"]}


def _is_never_sent(response: dict[str, Any]) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).endswith(f"/{_NEVER_SENT[0]}")
