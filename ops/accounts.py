"""时限说明书: the account of an issue's clocks, from the journal alone, also as it once stood."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.explain import Account
from domain.issue.explain import explain as account_of
from domain.issue.state import Issue
from domain.issue.statement import statement
from domain.issue.wording import moment
from domain.model import FIRST_YEAR, LAST_YEAR
from domain.workdays import CHINA
from ops.desk import CANNOT, UNTOLD, Json, ask, print_json, refuse
from ops.printed import write_file
from printing.account import account_pdf
from store import journal
from store.pool import Pool


def explain(
    issue: Annotated[str, typer.Argument(help="问题编号 512022-2026-000123")],
    as_of: Annotated[
        str | None,
        typer.Option(
            help="截至时刻,无时区即北京时间 up to which moment, China time unless it says otherwise, "
            "e.g. 2026-12-01T09:00"
        ),
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option(help="排印成一页 PDF,- 为标准输出 print one page into a file, - for output")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """时限说明书:每个时限怎么算的。 Account for every limit of an issue, as it stands or stood.

    Exit status: 0 told, 1 no such issue then, 2 Postgres does not answer, the moment cannot be read,
    or nothing can be printed.
    """
    until = _moment(as_of) if as_of else datetime.now(UTC)
    told, account = ask(lambda pool: _account(pool, issue, until))
    if pdf:
        write_file(lambda one: account_pdf(told, one), account, pdf)
    elif as_json:
        print_json(account.model_dump(mode="json"))
    else:
        sys.stdout.write(statement(account))


async def _account(pool: Pool, issue_id: str, as_of: datetime) -> tuple[Issue, Account]:
    """Tell the account from the facts that were known by a moment: what came later was not known then."""
    lines = await journal.facts(pool, issue_id)
    known = [line for line in lines if line.at <= as_of]
    if not lines:
        refuse(f"没有问题 {issue_id} 的日志。 There is no journal of {issue_id}.")
    if not known:
        opened, then = moment(lines[0].at), moment(as_of)
        refuse(f"问题 {issue_id} 于 {opened} 立案,{then} 尚无记录。 It was opened after that moment.")
    try:
        told = retell([read_fact(line.body) for line in known])
        return told, account_of(told, as_of)
    except (ValidationError, TypeError):
        refuse(f"{issue_id} {UNTOLD.zh}。 {issue_id}: {UNTOLD.en}.")


def _moment(written: str) -> datetime:
    """Read a moment; who writes no zone means China's."""
    try:
        read = datetime.fromisoformat(written)
        at = (read if read.tzinfo else read.replace(tzinfo=CHINA)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        refuse(
            f"时刻写法有误,请写作 2026-12-01T09:00。 This is no moment; write 2026-12-01T09:00: {written}",
            CANNOT,
        )
    return at
