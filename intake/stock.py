"""存量立案: a ledger's rows become open issues, slowly enough that nobody who speaks has to wait."""

import asyncio
import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from domain.model import Label
from intake.desk import Desk
from reading.columns import Column
from reading.ledger import Accepted, Closed, Ledger, Refused, reports_of
from store import journal, numbers

RECORDED_WITHIN = 30.0
"""Seconds after which an opened issue that is not in the journal shows that nobody works."""
LOOK_AGAIN = 0.02
_OBEYED = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""


class Unattended(Exception):
    """What was opened is not taken up: more would only wait, and then stand before every word of a person."""


@dataclass
class Tally:
    """存量报送结果 of one ledger."""

    opened: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    closed: int = 0
    refused: list[Refused] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows said something."""
        return len(self.opened) + len(self.known) + self.closed + len(self.refused)


async def open_ledger(desk: Desk, ledger: Ledger, done: Callable[[], None] = lambda: None) -> Tally:
    """Open an issue for every row that can be; `done` is called once a row.

    One after the other, each once the journal has the one before: two at a time open hardly more in a
    minute, and make everybody's words wait. Raises Unattended when no worker takes an issue up, and what
    Postgres or Temporal raise when they are away; then the ledger is simply sent again: a row that has its
    issue is known by its report's id.
    """
    tally = Tally()
    # A file that was given another name is another ledger, and its rows would all open again.
    elsewhere = await numbers.opened_elsewhere(desk.pool, reports_of(ledger))
    for row in ledger.rows:
        match row:
            case Accepted() if issue_id := elsewhere.get(row.report.id):
                tally.known.append(issue_id)
            case Accepted():
                await _open(desk, row, tally)
            case Closed():
                tally.closed += 1
            case Refused():
                tally.refused.append(row)
        done()
    return tally


async def _open(desk: Desk, row: Accepted, tally: Tally) -> None:
    opening = await desk.open(row.report)
    if opening.issue_id is None:
        reason = opening.reason or Label("未能立案", "not opened")
        is_taken = await numbers.bound_before(desk.pool, row.report) is not None
        tally.refused.append(row.refused(Column.NUMBER if is_taken else Column.PLAN_ON, reason))
    elif opening.result == "opened":
        tally.opened.append(opening.issue_id)
        await _recorded(desk, opening.issue_id)
    else:
        tally.known.append(opening.issue_id)


async def _recorded(desk: Desk, issue_id: str) -> None:
    try:
        async with asyncio.timeout(RECORDED_WITHIN):
            while not await journal.has_begun(desk.pool, issue_id):  # noqa: ASYNC110 - a worker's doing
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError:
        raise Unattended(
            f"{issue_id} 已立案,但 {RECORDED_WITHIN:g} 秒内没有工作进程接手,请先启动 worker"
            " (no worker takes up what was opened: start one)"
        ) from None


def rejected_file(path: Path) -> Path:
    """Return where the refused rows of a ledger are written."""
    return path.with_name(f"{path.stem}.rejected.csv")


def write_rejected(path: Path, ledger: Ledger, refused: list[Refused]) -> None:
    """Write the refused rows beside their ledger, to be mended there and sent; none leave no file."""
    target = rejected_file(path)
    if not refused:
        target.unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    sheet.writerow(["行", *map(str, ledger.columns), "原因"])
    for row in refused:
        reasons = ";".join(f"{slip.where}:{slip.reason.zh}" for slip in row.slips)
        cells = [row.cells.get(column, "") for column in ledger.columns]
        sheet.writerow([row.line, *map(harmless, cells), harmless(reasons)])
    # Whole or not at all, in the form that a spreadsheet opens rightly, whatever a hostile cell held.
    half = target.with_name(f".{target.name}.half")
    half.write_bytes(text.getvalue().encode("utf-8-sig", "replace"))
    half.replace(target)


def harmless(cell: str) -> str:
    """Return a text that a spreadsheet shows and does not compute."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_OBEYED) else cell
