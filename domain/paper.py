"""公文: the parts of an official document in the form of GB/T 9704-2012, whatever it is printed on."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.model import PRINTABLE, Frozen

Line = Annotated[str, Field(pattern=PRINTABLE)]


class Heading(Frozen):
    """小标题 of the first level (一、), the second (（一）), the third (1.) or the fourth (（1）).

    `text` is without its number: `numbered` counts.
    """

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


class Annex(Frozen):
    """附件: what is bound behind the text, on pages of its own, before the imprint (7.3.8)."""

    title: Line
    body: tuple[Part, ...]


Draft = Literal["送审稿", "征求意见稿", "已撤回"]
"""What a document without a number is: before its signature, before its reply window ends, or taken back."""


class Paper(Frozen):
    """一份公文: heading (版头), body (主体), imprint (版记).

    A draft has no `number` and is marked as the `draft` that it is. `signer` (签发人) stands on what goes to
    a superior. `annexes` are bound behind the text, `attachments` travel beside it. `mark` is the issuer in
    red (发文机关标志), `signed` the issuer below the text (发文机关署名), dated (成文日期) its day.
    """

    mark: Line
    number: Line | None = None
    draft: Draft = "送审稿"
    urgency: Line | None = None
    signer: Line | None = None
    title: Line
    to: tuple[Line, ...] = ()
    body: tuple[Part, ...]
    attachments: tuple[Line, ...] = ()
    annexes: tuple[Annex, ...] = ()
    signed: Line
    dated: date | None = None
    note: Line | None = None
    copies: tuple[Line, ...] = ()
    printed_by: Line | None = None
    printed_on: date | None = None

    @property
    def enclosed(self) -> tuple[str, ...]:
        """附件说明: what is bound behind the text, then what travels beside it."""
        return (*(annex.title for annex in self.annexes), *self.attachments)


def numbered(body: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    """结构层次序数: each part with its number: 一、 （一） 1. （1） for headings, nothing for the others."""
    counts = [0, 0, 0, 0]
    for part in body:
        if not isinstance(part, Heading):
            yield "", part
            continue
        counts[part.level - 1] += 1
        counts[part.level :] = [0] * (len(counts) - part.level)
        yield _number(part.level, counts[part.level - 1]), part


def _number(level: int, count: int) -> str:
    return (f"{han(count)}、", f"（{han(count)}）", f"{count}. ", f"（{count}）")[level - 1]


def han(count: int) -> str:
    """Return a count from 1 to 99 in Chinese numerals: 一, 十, 十二, 二十三; beyond, in Arabic ones."""
    if count >= _HUNDRED:
        return str(count)
    tens, ones = divmod(count, 10)
    return f"{(_HAN[tens] if tens > 1 else '')}{'十' if tens else ''}{_HAN[ones] if ones else ''}"


def day(on: date) -> str:
    """Return a date as it stands on a document: 2026年11月3日, no padding zero."""
    return f"{on.year}年{on.month}月{on.day}日"


_HAN = "〇一二三四五六七八九"
_HUNDRED = 100
