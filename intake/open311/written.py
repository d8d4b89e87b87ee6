"""答复的写法: one answer in the standard's two forms: XML, and JSON by its Spark convention."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from xml.etree.ElementTree import Element, SubElement, tostring  # XML is written here, never read

from fastapi import Response
from pydantic import BaseModel

Form = Literal["json", "xml"]

MEMBER = {
    "attributes": "attribute",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}
"""What the members of each list are called in XML; in JSON they have no name."""

MEDIA_TYPES: dict[Form, str] = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def form_of(path: str) -> Form:
    """Return the form that an address asks for; XML, which the standard requires, unless it says JSON."""
    return "json" if path.endswith(".json") else "xml"


def written(
    form: Form,
    root: str,
    content: BaseModel | Sequence[BaseModel],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write an answer; `root` is the outermost element, which JSON leaves out."""
    plain: Any = (
        content.model_dump(mode="json")
        if isinstance(content, BaseModel)
        else [one.model_dump(mode="json") for one in content]
    )
    body = json.dumps(plain, ensure_ascii=False).encode() if form == "json" else _xml(root, plain)
    return Response(body, status, HEADERS | dict(headers or {}), MEDIA_TYPES[form])


def _xml(root: str, plain: Any) -> bytes:
    element = Element(root)
    _fill(element, plain)
    text: bytes = tostring(element, encoding="utf-8", xml_declaration=True)
    return text


def _fill(element: Element, plain: Any) -> None:
    match plain:
        case None:
            return
        case bool():
            element.text = str(plain).lower()
        case dict():
            for name, value in plain.items():
                _fill(SubElement(element, name), value)
        case list():
            for value in plain:
                _fill(SubElement(element, MEMBER[element.tag]), value)
        case _:
            element.text = _NOT_IN_XML.sub("", str(plain))
