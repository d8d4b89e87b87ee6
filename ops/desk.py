"""操作台: what the operators' commands share: a pool for one command, an answer, an exit status."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from domain.model import Label
from domain.posts import Post
from settings import read_settings
from store.pool import Away, Pool, close, open_pool

T = TypeVar("T")

DIFFERS, CANNOT = 1, 2
"""Exit statuses beside 0: something is wrong with the records or the request; nothing could be done."""

UNTOLD = Label("日志无法复述,请先核验(ops verify)", "its journal cannot be retold: run verify first")

Json = Annotated[bool, typer.Option("--json", help="输出 JSON answer for scripts")]

_POST: TypeAdapter[Post] = TypeAdapter(Post)

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What a terminal obeys instead of showing it, or what turns the order of what it shows."""


class _Terminal(Console):
    """终端: texts of others are shown and never obeyed, wherever they stand: in a line or in a table."""

    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(shown(text), **how)


def shown(text: str) -> str:
    """Return a text with each character that a terminal would obey written out."""
    return _UNSEEN.sub(lambda unseen: ascii(unseen[0])[1:-1], text)


def styled(text: str, style: str = "") -> Text:
    """Return what others said in a style of ours."""
    return Text(shown(text), style=style)


# Without emoji: it would read the post `chief:…` after another colon as a picture; and without
# markup: [/x] in a reason is no end of anything.
out = _Terminal(highlight=False, emoji=False, markup=False)
_err = _Terminal(stderr=True, highlight=False, soft_wrap=True, emoji=False, markup=False)


def ask(question: Callable[[Pool], Awaitable[T]], database_url: str | None = None) -> T:
    """Ask the records one thing; ends the command with CANNOT when Postgres does not answer."""
    try:
        return asyncio.run(_ask(question, database_url or read_settings().database_url))
    except Away as away:
        refuse(f"数据库没有应答,请稍后重试。 Postgres does not answer; try again later.\n{away}", CANNOT)


async def _ask(question: Callable[[Pool], Awaitable[T]], database_url: str) -> T:
    pool = await open_pool(database_url, 2)
    try:
        return await question(pool)
    finally:
        await close(pool)


def refuse(message: str, status: int = DIFFERS) -> NoReturn:
    """Say why not, on standard error, and end."""
    _err.print(message, style="red")
    raise typer.Exit(status)


def post_named(name: str) -> Post:
    """Read a post; ends the command with CANNOT when it is none."""
    try:
        return _POST.validate_python(name)
    except ValidationError as wrong:
        reason = wrong.errors()[0]["msg"].removeprefix("Value error, ")
        refuse(f"岗位写法有误。 This is no post: {reason}", CANNOT)


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show on a terminal how far a long command has come; yields what is called after each step."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as shown:
        task = shown.add_task("", total=total)
        yield lambda: shown.advance(task)


def print_json(answer: object) -> None:
    """Print an answer for scripts: one line of JSON."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")


def say(line: str) -> None:
    """Answer with one line; what is copied from it stays whole, because only the terminal wraps it."""
    out.print(line, soft_wrap=True)


def table(*columns: str) -> Table:
    """Return an empty table: its last column is text and folds; the others are codes, which do not."""
    made = Table()
    for column in columns[:-1]:
        made.add_column(column, no_wrap=True)
    made.add_column(columns[-1], overflow="fold")
    return made
