"""文件报送: a file of reports becomes issues; a line that cannot be opened is written down, not dropped."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from domain.model import Label
from domain.report import Report
from intake.desk import Desk
from reading.reports import Rejected, read_reports

AT_ONCE = 8
"""How many issues are opened at a time: more only wait in the server's queue and make commands slow."""


@dataclass
class Tally:
    """报送结果 of one file."""

    opened: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many lines said something."""
        return len(self.opened) + len(self.known) + len(self.rejected)


async def report_file(desk: Desk, path: Path, done: Callable[[], None] = lambda: None) -> Tally:
    """Open an issue for every line of a file; `done` is called once a line.

    Raises OSError when the file cannot be read, and what Postgres or Temporal raise when they are away;
    then the file is simply reported again.
    """
    await asyncio.to_thread(can_be_read_again, path)
    tally, turn = Tally(), asyncio.Semaphore(AT_ONCE)

    async def take(number: int, line: Report | Rejected) -> None:
        if isinstance(line, Rejected):
            tally.rejected.append(line)
        else:
            async with turn:
                await _open(desk, number, line, tally)
        done()

    async with asyncio.TaskGroup() as opening:
        for number, line in read_reports(path, desk.registry):
            opening.create_task(take(number, line))
    tally.rejected.sort(key=lambda rejected: rejected.line_number)
    _write_down(path, tally.rejected)
    return tally


def can_be_read_again(path: Path) -> None:
    """Raise OSError for what is no regular file: whoever must report it again could not."""
    if not path.is_file():
        raise OSError(
            f"{path} 不是普通文件,无法重复报送 (not a regular file: it could not be reported again)"
        )


async def _open(desk: Desk, number: int, report: Report, tally: Tally) -> None:
    opening = await desk.open(report)
    if opening.issue_id is None:
        reason = opening.reason or Label("未能立案", "not opened")
        tally.rejected.append(
            Rejected(line_number=number, raw=report.model_dump_json(exclude_defaults=True), reason=reason)
        )
    elif opening.result == "opened":
        tally.opened.append(opening.issue_id)
    else:
        tally.known.append(opening.issue_id)


def printable(text: str) -> str:
    """Return a text that a terminal only shows: a hostile line may hold what it would obey."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def rejected_file(path: Path) -> Path:
    """Return where the refused lines of a file are written."""
    return path.with_name(path.name.removesuffix(".jsonl") + ".rejected.jsonl")


def _write_down(path: Path, rejected: list[Rejected]) -> None:
    target = rejected_file(path)
    if not rejected:
        target.unlink(missing_ok=True)
        return
    lines = (
        {"line": one.line_number, "reason": one.reason.zh, "reason_en": one.reason.en, "raw": one.raw}
        for one in rejected
    )
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    # Whole or not at all, and whatever a hostile line held: half a surrogate pair has no place in UTF-8.
    half = target.with_name(f".{target.name}.half")
    half.write_bytes(text.encode("utf-8", "replace"))
    half.replace(target)
