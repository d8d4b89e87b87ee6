"""运行: one measurement after another, each on fresh servers; one that fails leaves the others alone."""

import shutil
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.circumstances import Circumstances, without_places
from bench.figures import Section
from bench.ground import Ground
from bench.registry import Entry, NotInstalled, measurement
from bench.results import Line
from bench.session import Measurement, Session
from machine.faults import MachineFault


class NotAsPromised(Exception):
    """A measurement gave other lines than the registry says."""


SAYS_ALL = (NotInstalled, NotAsPromised, MachineFault)


@dataclass(frozen=True)
class Run:
    """How the measurements of one run are made, where their servers live, and whom to tell."""

    folder: Path
    pairs: int
    on: Circumstances
    tell: Callable[[str], None]
    load: Callable[[Entry], Measurement] = measurement

    async def measure_all(self, entries: Sequence[Entry]) -> AsyncIterator[list[Line]]:
        """Measure one entry after the other; give the lines of each as soon as they are known."""
        for number, entry in enumerate(entries, 1):
            self.tell(f"{' '.join(entry.ids)} bench.{entry.name} ({number}/{len(entries)})")
            yield await self._lines_of(entry)

    async def _lines_of(self, entry: Entry) -> list[Line]:
        at, begun = datetime.now(UTC), time.perf_counter()
        sections: dict[str, Section] = {}
        failure = None
        self._log(entry).unlink(missing_ok=True)
        try:
            sections = await self._sections_of(entry)
        except Exception as error:  # noqa: BLE001 - whatever it was, the other lines are still to be measured
            failure = self._failure(entry, error)
            self.tell(f"未量成 failed: {failure}")
        seconds = round(time.perf_counter() - begun, 1)
        return [
            Line(id=line, at=at, seconds=seconds, on=self.on, section=sections.get(line), failure=failure)
            for line in entry.ids
        ]

    async def _sections_of(self, entry: Entry) -> dict[str, Section]:
        measure = self.load(entry)
        trial = self.folder / "trial" / entry.name
        shutil.rmtree(trial, ignore_errors=True)
        trial.mkdir(parents=True)
        async with Ground(trial / "ground") as ground:
            given = await measure(Session(ground, trial, self.pairs, self._teller(entry)))
        # Kept after a failure only: the servers' logs and files tell why.
        shutil.rmtree(trial, ignore_errors=True)
        return readable(entry, given)

    def _log(self, entry: Entry) -> Path:
        return self.folder / f"failed-{entry.name}.log"

    def _teller(self, entry: Entry) -> Callable[[str], None]:
        lines = f"{' '.join(entry.ids)} · "
        return lambda said: self.tell(said if said.startswith(entry.ids) else lines + said)

    def _failure(self, entry: Entry, error: Exception) -> str:
        log = self._log(entry)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        return without_places(f"{reason(error)} ({log.name})")


def readable(entry: Entry, given: Sequence[Section]) -> dict[str, Section]:
    """Return the sections by line; raises NotAsPromised unless they are the entry's, with finite numbers."""
    if Counter(section.id for section in given) != Counter(entry.ids):
        raise NotAsPromised(f"{entry.name}: {[section.id for section in given]} ≠ {list(entry.ids)}")
    # A number that is none would be written as null, and the file could never be read again.
    return {section.id: Section.model_validate_json(section.model_dump_json()) for section in given}


def reason(error: BaseException) -> str:
    """Return why something failed, in one line, also where several tasks failed at once."""
    return "; ".join(dict.fromkeys(_reasons(error)))


def _reasons(error: BaseException) -> Iterator[str]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _reasons(one)
        return
    words = " ".join(str(error).split())
    yield words if isinstance(error, SAYS_ALL) else f"{type(error).__name__}: {words}"
