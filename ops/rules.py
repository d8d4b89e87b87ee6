"""规则书: what a rule file holds, before anybody opens an issue under it; and which rule a value is from."""

from collections.abc import Mapping
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.rulebook import RuleBook
from domain.terms import Category, Severity
from ops.desk import CANNOT, Json, print_json, refuse, say
from reading.cells import TAG, Cell, cells
from reading.errors import Unreadable
from reading.rulebook import EXCERPT_BYTES, Entry, longest_excerpt, read_editions, read_sources
from settings import read_settings

_CHOSEN = "chosen"
_NO_DATABASE = {"database_url": "postgresql://"}
"""A rule file is read without the records, so nobody need say where they are."""


def rules(
    file: Annotated[Path | None, typer.Argument(help="规则文件 a rule file [RIVER_RULES]")] = None,
    limit: Annotated[
        str | None,
        typer.Option(help="条目,问它出自哪条规则 which rule is it from? e.g. rectify.DUMPING.GENERAL"),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """查看规则文件的各版次,或一个数值的依据。 Read a rule file: its editions, or where one value comes from.

    Exit status: 0 readable, 1 no such value, 2 the file has faults, and every one is named.
    """
    path = file or read_settings(_NO_DATABASE).rules
    try:
        editions = read_editions(path)
        sources = read_sources(path.parent / "sources.yaml")
    except Unreadable as unreadable:
        if as_json:
            print_json({"faults": [fault.model_dump() for fault in unreadable.faults]})
        refuse(str(unreadable), CANNOT)
    if limit is not None:
        _answer(editions, sources, limit, as_json=as_json)
        return
    summaries = [_summary(book) for book in editions]
    if as_json:
        print_json(summaries)
        return
    for summary in summaries:
        _tell(summary)


def _summary(book: RuleBook) -> dict[str, Any]:
    limits = [cell for cell in cells(book) if cell.where.endswith(".limit") and cell.says != "none"]
    longest = max(longest_excerpt(book, *kind) for kind in product(Category, Severity))
    return {
        "edition": book.edition,
        "title": book.title,
        "in_force_from": book.in_force_from.isoformat(),
        "digest": book.digest,
        "calendar": {
            "name": book.calendar.name,
            "version": book.calendar.version,
            "years": list(book.calendar.published),
        },
        "limits": len(limits),
        "longest_excerpt": longest,
    }


def _tell(summary: Mapping[str, Any]) -> None:
    calendar = summary["calendar"]
    first, last = calendar["years"]
    say(f"{summary['edition']}  {summary['title']}")
    say(f"  施行 from            {summary['in_force_from']}")
    say(f"  校验码 digest        {summary['digest']}")
    say(f"  日历 calendar        {calendar['name']} {calendar['version']}, {first}-{last}")
    say(f"  时限 limits          {summary['limits']}")
    say(f"  最长摘录 excerpt     {summary['longest_excerpt']} 字节 bytes, 不得超过 at most {EXCERPT_BYTES}")


def _answer(
    editions: tuple[RuleBook, ...], sources: Mapping[str, Entry], name: str, *, as_json: bool
) -> None:
    found = [(book, cell) for book in editions for cell in cells(book) if _is_in(cell, name)]
    if not found:
        known = {cell.where.removesuffix(".limit") for book in editions for cell in cells(book)}
        nearest = ", ".join(get_close_matches(name, known, n=3, cutoff=0))
        refuse(f"规则书中没有 {name}。 There is no {name}; the nearest: {nearest}")
    if as_json:
        print_json([_as_json(book, cell, sources) for book, cell in found])
        return
    for book, cell in found:
        say(f"{book.edition} ({book.in_force_from})  {cell.where} = {cell.says}")
        say(f"  依据 source: {cell.source}")
    tags = {tag for _, cell in found for tag in _tags(cell)}
    if any(_CHOSEN in (cell.source or "") for _, cell in found):
        say("chosen: 数字为本项目选定,不出自规则 the number was chosen here; no rule gives it")
    for tag in sorted(tags):
        say(f"{tag} [{sources[tag].grade}]: {sources[tag].title}")


def _as_json(book: RuleBook, cell: Cell, sources: Mapping[str, Entry]) -> dict[str, object]:
    titles = {tag: sources[tag].title for tag in _tags(cell)}
    return {"edition": book.edition, **cell._asdict(), "titles": titles}


def _is_in(cell: Cell, name: str) -> bool:
    return cell.where == name or cell.where.startswith(f"{name}.")


def _tags(cell: Cell) -> list[str]:
    return TAG.findall(cell.source or "")
