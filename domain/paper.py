"""公文: the parts of an official document in the form of GB/T 9704-2012, whatever it is printed on."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.model import PRINTABLE, Frozen

Line = Annotated[str, Field(pattern=PRINTABLE)]


class Heading(Frozen):
    """小标题 of the first level (一、), the second (（一）), the third (1.) or the fourth (（1）)."""

    kind: Literal["heading"] = "heading"
    level: Annotated[int, Field(ge=1, le=4)]
    text: Line


class Paragraph(Frozen):
    """自然段: indented by two characters."""

    kind: Literal["paragraph"] = "paragraph"
    text: Line


class Grid(Frozen):
    """表: a caption, the heads of its columns, its rows; every row is as wide as the heads."""

    kind: Literal["grid"] = "grid"
    caption: Line
    heads: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]


Part = Annotated[Heading | Paragraph | Grid, Field(discriminator="kind")]
"""What the body of a document is made of, in order."""


class Paper(Frozen):
    """一份公文: heading (版头), body (主体), imprint (版记).

    A draft has no `number`. `signer` (签发人) stands on what goes to a superior. `mark` is the issuer in red
    (发文机关标志), `signed` the issuer below the text (发文机关署名), dated (成文日期) when it was signed.
    """

    mark: Line
    number: Line | None = None
    urgency: Line | None = None
    signer: Line | None = None
    title: Line
    to: tuple[Line, ...] = ()
    body: tuple[Part, ...]
    attachments: tuple[Line, ...] = ()
    signed: Line
    dated: date | None = None
    note: Line | None = None
    copies: tuple[Line, ...] = ()
    printed_by: Line | None = None
    printed_on: date | None = None
