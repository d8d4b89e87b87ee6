"""读规则书: a file of whole editions becomes rule books, or says in plain words which cell is wrong."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, RootModel, ValidationError

from domain.issue.commands import COMMANDS, NAMES, UNDER_EVERY_EDITION, Command, OpenIssue
from domain.model import Frozen
from domain.rulebook import RuleBook, in_force
from domain.terms import Category, Circumstance, Severity, Source
from domain.workdays import Calendar
from reading.calendar import StateCouncilCalendar
from reading.cells import TAG
from reading.documents import Document, Place, read_documents
from reading.errors import Fault, Unreadable
from reading.plain_words import plain

EXCERPT_BYTES = 1536
"""What an excerpt may take in every history."""

_CALENDAR_NAME = re.compile(r"[a-z0-9-]+")
_LONGEST = tuple({Circumstance.FLOOD_BLOCKING, other} for other in Circumstance)
"""The circumstances that make an excerpt longest: each with the one that adds the flood season."""

Model = TypeVar("Model", bound=BaseModel)


class Entry(Frozen):
    """来源: one line of `sources.yaml`: how it was read, and what it is.

    F full text, X extract, N news or official page, W weak, M from memory.
    """

    grade: Literal["F", "X", "N", "W", "M", "X/N", "N/X", "X/W"]
    title: str = Field(min_length=1)
    address: str | None = None


class SourceRegister(RootModel[dict[str, Entry]]):
    """来源登记: every tag that a value may name."""


def read_editions(path: Path) -> tuple[RuleBook, ...]:
    """Return the editions of a rule file, earliest first; raise Unreadable with every fault found.

    `sources.yaml` and `calendar/` stand beside the file.
    """
    documents = read_documents(path)
    sources = read_sources(path.parent / "sources.yaml")
    if not documents:
        raise Unreadable([Fault(file=path.name, where="the file", reason="没有任何版次 (no edition)")])
    books: list[RuleBook] = []
    faults: list[Fault] = []
    for document in documents:
        faults += unknown_tags(document, document.value, (), sources)
        try:
            book = _edition(document, path.parent / "calendar")
        except Unreadable as refused:
            faults += refused.faults
            continue
        faults += [*_misnamed_commands(document, book), *_too_long(document, book)]
        books.append(book)
    faults += _alike(path.name, books)
    if faults:
        raise Unreadable(faults)
    return tuple(sorted(books, key=lambda book: book.in_force_from))


def rule_in_force(path: Path, on: date) -> RuleBook:
    """Return the edition of a rule file that is in force on a day; raise Unreadable if there is none."""
    book = in_force(read_editions(path), on)
    if book is None:
        raise Unreadable(
            [Fault(file=path.name, where=str(on), reason="该日没有施行中的版次 (no edition in force)")]
        )
    return book


def read_sources(path: Path) -> Mapping[str, Entry]:
    """Return the register of sources by tag; raise Unreadable if it is wrong."""
    (document,) = read_documents(path)
    return validated(SourceRegister, document, document.value).root


def _edition(document: Document, calendars: Path) -> RuleBook:
    value = document.value
    name = value.get("calendar") if isinstance(value, dict) else None
    calendar = _calendar(document, name, calendars) if name else None
    try:
        return validated(RuleBook, document, {**value, "calendar": calendar} if calendar else value)
    except Unreadable as refused:
        untold = [fault for fault in _missing_rows(document) if fault not in refused.faults]
        raise Unreadable([*refused.faults, *untold]) from None


def _missing_rows(document: Document) -> Iterator[Fault]:
    """A table with a fault was not asked whether it is whole; where a row is misspelt, another is missing."""
    value = document.value if isinstance(document.value, dict) else {}
    for name, field in RuleBook.model_fields.items():
        checks = [check for check in field.metadata if isinstance(check, AfterValidator)]
        for check in checks if isinstance(value.get(name), dict) else ():
            try:
                check.func(value[name])  # type: ignore[call-arg]  # none of these asks for more than the table
            except ValueError as missing:
                yield document.fault((name,), str(missing))


def _calendar(document: Document, name: Any, folder: Path) -> Calendar:
    path = folder / f"{name}.yaml"
    if not (isinstance(name, str) and _CALENDAR_NAME.fullmatch(name) and path.exists()):
        raise Unreadable([document.fault(("calendar",), f"没有这个日历 (unknown calendar): {name}")])
    (written,) = read_documents(path)
    notices = validated(StateCouncilCalendar, written, written.value)
    if sorted(notices.years) != list(range(min(notices.years), notices.published_through + 1)):
        reason = f"须逐年写到 {notices.published_through} 年 (a published year is missing)"
        raise Unreadable([written.fault(("years",), reason)])
    return Calendar(
        name=notices.calendar,
        version=notices.version,
        published=(min(notices.years), notices.published_through),
        off=frozenset(day for year in notices.years.values() for day in year.off),
        work=frozenset(day for year in notices.years.values() for day in year.work),
    )


def validated(model: type[Model], document: Document, value: Any) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Unreadable(plain(document, error)) from None


def unknown_tags(
    document: Document, value: Any, place: Place, sources: Mapping[str, Entry]
) -> Iterator[Fault]:
    """Walk every cell of an edition: a tag that the register lacks is no source."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        here = (*place, str(key))
        yield from unknown_tags(document, part, here, sources)
        if key == "source" and isinstance(part, str):
            for tag in TAG.findall(part):
                if tag not in sources:
                    yield document.fault(here, f"sources.yaml 中没有 {tag} (source not in the register)")


def _misnamed_commands(document: Document, book: RuleBook) -> Iterator[Fault]:
    """Nobody could say a command that does not exist, or bring evidence that it has no room for."""
    spoken: tuple[type[Command], ...] = (OpenIssue, *COMMANDS)
    fields = {command.__name__: command.model_fields for command in spoken}
    for name, permission in book.commands.items():
        if name not in fields:
            yield document.fault(("commands", name), "没有这个指令 (no such command)")
            continue
        asked = [("evidence", each) for each in permission.evidence]
        asked += [("needs", each) for each in permission.needs]
        for part, field in asked:
            if field not in fields[name]:
                place = ("commands", name, part)
                yield document.fault(place, f"指令没有 {field} 这一栏 (the command has no such field)")
    ours = {command.__name__ for command in UNDER_EVERY_EDITION}
    if missing := [name for name in NAMES if name not in book.commands and name not in ours]:
        yield document.fault(("commands",), f"缺少 (missing) {', '.join(missing)}")


def longest_excerpt(book: RuleBook, category: Category, severity: Severity) -> int:
    """Return the bytes that an excerpt takes at most: on New Year's Day the whole year lies ahead."""
    on = date(book.calendar.published[1], 1, 1)
    return max(
        len(
            book.excerpt(category, severity, Source.PUBLIC, on, circumstances=named)
            .model_dump_json()
            .encode()
        )
        for named in _LONGEST
    )


def _too_long(document: Document, book: RuleBook) -> Iterator[Fault]:
    """摘录长度: it stands in every history."""
    for category, severity in product(Category, Severity):
        if (longest := longest_excerpt(book, category, severity)) > EXCERPT_BYTES:
            yield document.fault(
                ("rectify", category, severity),
                f"摘录 {longest} 字节,不得超过 {EXCERPT_BYTES} (the excerpt is too long)",
            )


def _alike(file: str, books: Iterable[RuleBook]) -> Iterator[Fault]:
    """同名或同日的版次: nobody could tell which is in force."""
    for what, of in (
        ("版次名相同 (same name)", "edition"),
        ("施行日期相同 (same first day)", "in_force_from"),
    ):
        values = sorted(getattr(book, of) for book in books)
        for one, other in pairwise(values):
            if one == other:
                yield Fault(file=file, where=of, reason=f"{what}: {one}")
