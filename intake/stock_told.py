"""存量立案的回话: tables and lines for a terminal, counts for a script."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from domain.terms import zh
from domain.workdays import CHINA
from intake.file import printable
from intake.stock import Tally, rejected_file
from intake.stock_foreseen import Foreseen
from reading.ledger import Ledger, Refused

_FIRST = 5
"""How many limits are told of a preview."""
_MOST_TOLD = 50
"""Refused rows on the terminal; the file beside the ledger has them all."""


def counts(tally: Tally) -> dict[str, int]:
    """Return what came of a ledger, in numbers."""
    return {
        "rows": tally.rows,
        "opened": len(tally.opened),
        "known": len(tally.known),
        "closed": tally.closed,
        "rejected": len(tally.refused),
    }


def counts_foreseen(foreseen: Foreseen) -> dict[str, object]:
    """Return what would come of a ledger, in numbers; `known` is null where nobody could say."""
    kinds = [
        {"county": kind.county, "category": kind.category, "severity": kind.severity, "rows": rows}
        for kind, rows in sorted(foreseen.kinds.items())
    ]
    due = [
        {"at": due.at.isoformat(), "clock": due.clock, "rows": rows}
        for due, rows in sorted(foreseen.due.items())[:_FIRST]
    ]
    return {
        "would_open": foreseen.opening,
        "known": foreseen.known,
        "closed": foreseen.closed,
        "rejected": len(foreseen.refused),
        "plan_lapsed": foreseen.lapsed,
        "kinds": kinds,
        "first_due": due,
    }


def tell(console: Console, path: Path, ledger: Ledger, tally: Tally) -> None:
    """Say what came of a ledger."""
    tell_head(console, path, ledger)
    _table(
        console,
        zip(
            ("行数 rows", "新立案 opened", "已立案 known", "已销号 closed before", "退回 rejected"),
            counts(tally).values(),
            strict=True,
        ),
    )
    _tell_refused(console, path, tally.refused)


def tell_foreseen(console: Console, path: Path, ledger: Ledger, foreseen: Foreseen) -> None:
    """Say what would come of a ledger."""
    tell_head(console, path, ledger)
    console.print("预演:没有立案,没有占用编号。 A preview: nothing was opened, no number was drawn.")
    kinds = Table("县 county", "类别 category", "等级 severity", "行数 rows")
    for kind, rows in sorted(foreseen.kinds.items()):
        kinds.add_row(kind.county, zh(kind.category), zh(kind.severity), str(rows))
    console.print(kinds)
    unknown = "未知:记录库未答 not known: the records did not answer"
    _table(
        console,
        (
            ("将立案 would open", foreseen.opening),
            ("已立案 known", unknown if foreseen.known is None else foreseen.known),
            ("已销号 closed before", foreseen.closed),
            ("退回 rejected", len(foreseen.refused)),
            ("其中整改时限已过,须先修订方案 of them: the plan has lapsed, revise it first", foreseen.lapsed),
        ),
    )
    for due, rows in sorted(foreseen.due.items())[:_FIRST]:
        console.print(f"最先到期 first due {due.at.astimezone(CHINA):%Y-%m-%d %H:%M} {zh(due.clock)}:{rows}")
    for plan_on, rows in sorted(foreseen.plans.items())[:_FIRST]:
        console.print(f"整改时限 rectified until {plan_on} 24:00:{rows}")
    _tell_refused(console, path, foreseen.refused)


def tell_head(console: Console, path: Path, ledger: Ledger) -> None:
    """Say which ledger this is, how it was written, and which of its columns are not kept."""
    sheet = f"·{ledger.sheet}" if ledger.sheet else ""
    _say(console, f"{path}{sheet}({ledger.written}),台账名 ledger「{ledger.name}」")
    if ledger.persons:
        names = "、".join(ledger.persons)
        _say(console, f"涉及个人或由名录确定的列,没有保存 columns of persons, not kept:{names}")
    if ledger.unknown:
        names = "、".join(ledger.unknown)
        _say(console, f"不认识的列,没有导入 unknown columns, not imported:{names}")


def _table(console: Console, rows: Iterable[tuple[str, object]]) -> None:
    table = Table(show_header=False)
    for name, value in rows:
        table.add_row(name, str(value))
    console.print(table)


def _tell_refused(console: Console, path: Path, refused: list[Refused]) -> None:
    for row in refused[:_MOST_TOLD]:
        for slip in row.slips:
            _say(console, f"{slip.where}:{slip.reason.zh} ({slip.reason.en})")
    if len(refused) > _MOST_TOLD:
        _say(console, f"……还有 {len(refused) - _MOST_TOLD} 行 and as many rows more")
    if refused:
        _say(console, f"退回的行 rejected rows → {rejected_file(path)}")


def _say(console: Console, said: str) -> None:
    console.print(printable(said), markup=False, soft_wrap=True)
