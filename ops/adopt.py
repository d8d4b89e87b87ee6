"""适用: a new edition, or the yearly notice, reaches open issues only by a recorded word."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from pydantic import ValidationError
from temporalio.service import RPCError

from connection import connect
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.rulebook import RuleBook
from domain.workdays import local_day
from ops.adopt_told import Report, tell
from ops.desk import CANNOT, DIFFERS, UNTOLD, Json, ask, bar, post_named, print_json, refuse
from ops.foresee import Foreseen, Word, calendar_word, edition_word, foresee
from ops.saying import Answer, say_all
from reading.errors import Unreadable
from reading.rulebook import rule_in_force
from settings import Settings, read_settings
from store import journal
from store.pool import Pool

adopt = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

Issues = Annotated[
    list[str] | None,
    typer.Option("--issue", help="问题编号,可多次;省略则全部未办结问题 these only, not all open ones"),
]
By = Annotated[
    str | None, typer.Option(help="办理岗位;省略则问题所在市的河长办 who says it, e.g. office:512000000000")
]
Apply = Annotated[
    bool, typer.Option("--apply", help="正式办理;否则只预演 say it; without this nothing changes")
]
Rules = Annotated[Path | None, typer.Option(help="规则文件 a rule file [RIVER_RULES]")]


@adopt.callback()
def adopting() -> None:
    """对未办结问题适用新版规则或新日历,先预演。 Bring an edition or a calendar to open issues."""


class _Given(NamedTuple):
    """What an operator typed."""

    issues: Sequence[str]
    by: str | None
    rules: Path | None
    apply: bool
    as_json: bool


@adopt.command()
def edition(
    issue: Issues = None, by: By = None, rules: Rules = None, *, apply: Apply = False, as_json: Json = False
) -> None:
    """适用今日施行的规则版次。 Bring the edition that is in force today.

    Exit status: 0 previewed or all said, 1 some refused, 2 Temporal or Postgres away, or bad input.
    """
    _adopt(edition_word, _Given(issue or (), by, rules, apply, as_json))


@adopt.command()
def calendar(
    issue: Issues = None, by: By = None, rules: Rules = None, *, apply: Apply = False, as_json: Json = False
) -> None:
    """适用规则所载的日历(每年放假安排公布后)。 Bring the rule book's calendar, once the yearly notice is out.

    Exit status: 0 previewed or all said, 1 some refused, 2 Temporal or Postgres away, or bad input.
    """
    _adopt(calendar_word, _Given(issue or (), by, rules, apply, as_json))


def _adopt(word: Word, given: _Given) -> None:
    settings = read_settings()
    now = datetime.now(UTC)
    book = _book(given.rules or settings.rules, now)
    by = post_named(given.by) if given.by else None

    def on_paper(issue: Issue) -> Foreseen:
        return foresee(issue, word(issue, book, now, by), now)

    foreseen = ask(lambda pool: _foresee_all(pool, given.issues, on_paper))
    answers = _say(settings, foreseen) if given.apply else None
    report = Report("edition" if word is edition_word else "calendar", book, foreseen, answers)
    if given.as_json:
        print_json(report.as_json())
    else:
        tell(report)
    raise typer.Exit(_status(report))


def _book(file: Path, now: datetime) -> RuleBook:
    try:
        return rule_in_force(file, local_day(now))
    except Unreadable as unreadable:
        refuse(f"规则文件有误,没有办理。 The rule file has faults; nothing was done:\n{unreadable}", CANNOT)


async def _foresee_all(
    pool: Pool, only: Sequence[str], on_paper: Callable[[Issue], Foreseen]
) -> list[Foreseen]:
    named = list(dict.fromkeys(only)) or await journal.open_issues(pool)
    foreseen: list[Foreseen] = []
    with bar("预演 preview", len(named)) as step:
        for issue_id in named:
            issue = await _retold(pool, issue_id)
            untold = Foreseen(issue_id, "refused", reason=UNTOLD)
            foreseen.append(on_paper(issue) if issue else untold)
            step()
    return foreseen


async def _retold(pool: Pool, issue_id: str) -> Issue | None:
    try:
        return await journal.retell_issue(pool, issue_id)
    except LookupError:
        refuse(f"没有问题 {issue_id} 的日志,没有办理。 There is no journal of {issue_id}: nothing was done.")
    except (ValidationError, TypeError):
        return None


def _say(settings: Settings, foreseen: Sequence[Foreseen]) -> list[Answer]:
    words = [(each.issue_id, each.command) for each in foreseen if each.command]
    try:
        return asyncio.run(_say_all(settings, words)) if words else []
    except (RPCError, RuntimeError, OSError) as trouble:
        refuse(f"Temporal 没有应答,没有办理。 Temporal does not answer; nothing was said.\n{trouble}", CANNOT)


async def _say_all(settings: Settings, words: Sequence[tuple[str, Command]]) -> list[Answer]:
    client = await connect(settings, "ops")
    with bar("办理 saying", len(words)) as step:
        return await say_all(client, words, step)


def _status(report: Report) -> int:
    results = {answer.result for answer in report.answers or ()}
    if "not_reached" in results:
        return CANNOT
    refused = "refused" in results or any(each.standing == "refused" for each in report.foreseen)
    return DIFFERS if refused else 0
