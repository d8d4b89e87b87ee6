"""结果: what was measured, kept in one file that runs add to; the newest word on a line counts."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from bench.circumstances import Circumstances
from bench.figures import Section, Verdict
from bench.registry import by_number
from domain.model import Frozen, Moment

JSON_FILE = "bench.json"
NUMBERS = re.compile(r"\[[\d.,eE+\s-]+\]")
"""A distribution of thousands of numbers, which nobody reads line by line."""


class Unreadable(Exception):
    """A file of results holds something else."""


class Line(Frozen):
    """One line of the table of goals: a section, or why there is none; when, and on what."""

    id: str
    at: Moment
    seconds: float
    on: Circumstances
    section: Section | None = None
    failure: str | None = None

    @property
    def fell_short(self) -> bool:
        """Whether it could not be measured or missed what it must hold."""
        if self.section is None:
            return True
        return any(figure.verdict is Verdict.MISSED for figure in self.section.figures)


class Results(Frozen):
    """The lines measured so far, in the order of the table of goals."""

    lines: tuple[Line, ...] = ()

    def with_lines(self, newer: Sequence[Line]) -> "Results":
        """Return these results with newer words on some lines."""
        lines = {line.id: line for line in (*self.lines, *newer)}
        return Results(lines=tuple(sorted(lines.values(), key=lambda line: by_number(line.id))))

    def as_json(self) -> str:
        """Return them as a file keeps them: a line for each word, so that a change can be read."""
        written = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1, allow_nan=False)
        return NUMBERS.sub(lambda numbers: " ".join(numbers[0].split()), written) + "\n"


def read_results(folder: Path) -> Results:
    """Return what a folder keeps, perhaps nothing; raises Unreadable when it is something else."""
    file = folder / JSON_FILE
    if not file.exists():
        return Results()
    try:
        return Results.model_validate_json(file.read_bytes())
    except ValidationError as faults:
        raise Unreadable(
            f"{file} 不是本程序写的结果,移走后重试 (these are no results of this program; move them away): "
            f"{faults.error_count()}"
        ) from faults


def write_whole(file: Path, content: str) -> None:
    """Write a file whole or not at all: a reader never meets half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.aside")
    with aside.open("w", encoding="utf-8") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    aside.replace(file)


def exit_status(lines: Sequence[Line]) -> int:
    """Return 1 when a line failed or missed what it must hold, else 0."""
    return 1 if any(line.fell_short for line in lines) else 0
