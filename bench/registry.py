"""量度名册: which module measures which lines of the table of goals, and which of them take hours."""

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, cast

from bench.session import Measurement


class Entry(NamedTuple):
    """One module and the lines that it gives; `large` ones run only when asked for."""

    name: str
    ids: tuple[str, ...]
    large: bool = False


ENTRIES = (
    Entry("accept", ("G1",)),
    Entry("whole", ("G2", "G3")),
    Entry("idle", ("G4",)),
    Entry("size", ("G5",)),
    Entry("lateness", ("G6",)),
    Entry("kills", ("G7",)),
    Entry("memory", ("G9",)),
    Entry("against", ("G10", "G11")),
    Entry("flatness", ("G8",), large=True),
    Entry("storm", ("G12",), large=True),
    Entry("reading", ("G13",), large=True),
    Entry("notices", ("G14",), large=True),
    Entry("operators", ("G15",), large=True),
)


class NoSuchLine(Exception):
    """Somebody asked for a line that nothing measures."""


class NotInstalled(Exception):
    """A measurement needs a library that is not there."""


def by_number(line: str) -> int:
    """Return where a line stands: G9 before G10."""
    return int(line.removeprefix("G"))


def known_lines() -> list[str]:
    """Return the ids of all lines in their order."""
    return sorted((line for entry in ENTRIES for line in entry.ids), key=by_number)


def chosen(lines: Sequence[str], *, large: bool) -> list[Entry]:
    """Return what measures these lines; without any, all small ones or all large ones."""
    if not lines:
        return [entry for entry in ENTRIES if entry.large is large]
    wanted = {line.upper() for line in lines}
    unknown = wanted - set(known_lines())
    if unknown:
        raise NoSuchLine(
            f"没有这一项 nothing measures: {'、'.join(sorted(unknown))}。"
            f"可选 known: {' '.join(known_lines())}"
        )
    return [entry for entry in ENTRIES if wanted & set(entry.ids)]


def measurement(entry: Entry) -> Measurement:
    """Load what measures an entry; only then are the libraries needed that it alone needs."""
    try:
        module = import_module(f"bench.{entry.name}")
    except ModuleNotFoundError as missing:
        raise NotInstalled(
            f"未安装 {missing.name},请运行 make bench (not installed: {missing.name}; run make bench)"
        ) from missing
    return cast("Measurement", module.measure)
