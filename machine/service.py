"""The whole service on one machine: servers, preparation, programs; kept alive, stopped in order."""

import asyncio
import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from machine.faults import MachineFault
from machine.lock import FolderLock
from machine.ports import Ports
from machine.postgres import DATABASE, SUPERUSER, Postgres
from machine.processes import LOOK_AGAIN, Child, tail
from machine.temporal import NAMESPACE, TemporalPorts, TemporalServer

log = logging.getLogger("machine")

HEALTHY_WITHIN = 60.0
FIRST_PAUSE, LONGEST_PAUSE, CALM_AFTER = 1.0, 30.0, 60.0


@dataclass(frozen=True)
class Addresses:
    """Where the running servers answer and where they write."""

    web_ui: str
    temporal: str
    namespace: str
    database_url: str
    folder: Path
    logs: Path
    prepared: Mapping[str, str] = field(default_factory=dict)
    """Variables that the steps of preparation add for every program."""
    owner_url: str = ""
    """For whoever changes the schema; empty: `database_url` may."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """The database's address for each further role."""

    def as_words(self) -> dict[str, str]:
        """Return the addresses as plain text by name, for scripts."""
        apart = ("logins", "prepared")
        one_each = {name: str(value) for name, value in vars(self).items() if name not in apart}
        urls = {f"database_url_{role}": url for role, url in self.logins.items()}
        return {**one_each, **urls, **self.prepared}

    def environment(self) -> dict[str, str]:
        """Return what a program reads to find the servers."""
        return {
            "RIVER_DATABASE_URL": self.database_url,
            "RIVER_TEMPORAL_ADDRESS": self.temporal,
            "RIVER_TEMPORAL_NAMESPACE": self.namespace,
            **self.prepared,
        }


class Step(Protocol):
    """Something prepared once the servers run and before the programs start: a plain async function.

    What it returns are variables for every program.
    """

    __name__: str

    async def __call__(self, addresses: Addresses, /) -> Mapping[str, str] | None: ...


@dataclass(frozen=True)
class Program:
    """A program of ours kept running beside the servers; it touches RIVER_HEALTH_FILE when it is ready."""

    name: str
    command: Sequence[str]
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, str] = field(default_factory=dict)
    """Variable -> role: which of the machine's further logins only this program is told."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variable -> file below the machine's folder: what stands in it, only this program is told."""


@dataclass(frozen=True)
class Logins:
    """Roles of the database: whose address everybody gets, and others who are told to nobody unasked."""

    everybody: str = SUPERUSER
    further: Sequence[str] = ()


@dataclass(frozen=True)
class WishedPorts:
    """Ports asked for on the command line; None means the remembered or the usual one."""

    ui: int | None = None
    grpc: int | None = None
    postgres: int | None = None


class Resident(Protocol):
    """What the machine keeps alive."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def ended(self) -> int: ...


class ProgramAtWork:
    """One run after another of a Program; `start` returns when its health file appears."""

    def __init__(self, program: Program, addresses: Addresses) -> None:
        self._health = addresses.folder / f"{program.name}.health"
        logins = {name: addresses.logins[role] for name, role in program.logins.items()}
        secrets = {
            name: (addresses.folder / file).read_text(encoding="utf-8").strip()
            for name, file in program.secrets.items()
        }
        ours = {**addresses.environment(), **logins, **secrets, "RIVER_HEALTH_FILE": str(self._health)}
        self._child = Child(
            name=program.name,
            command=list(program.command),
            log=addresses.logs / f"{program.name}.log",
            environment={**os.environ, **ours, **program.environment},
            folder=program.folder,
            # Longer than the worker's own grace for running activities.
            grace=30.0,
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    def kill(self) -> None:
        """Do what kill -9 does, for measurements."""
        self._child.kill()

    async def start(self) -> None:
        self._health.unlink(missing_ok=True)
        self._child.start()
        patience = time.monotonic() + HEALTHY_WITHIN
        while not self._health.exists():
            if not self._child.alive or time.monotonic() > patience:
                await self._child.stop()
                raise MachineFault(
                    f"{self._child.name} 启动失败 did not start: {' '.join(self._child.command)}\n"
                    f"  日志 log: {self._child.log}\n{tail(self._child.log)}"
                )
            await asyncio.sleep(LOOK_AGAIN)

    async def stop(self) -> None:
        await self._child.stop()
        self._health.unlink(missing_ok=True)

    async def ended(self) -> int:
        return await self._child.ended()


class Machine:
    """An async context: inside it, the servers run, the steps are done and the programs are at work."""

    def __init__(
        self,
        folder: Path,
        programs: Sequence[Program] = (),
        steps: Sequence[Step] = (),
        ports: WishedPorts = WishedPorts(),
        search_attributes: Mapping[str, str] | None = None,
        logins: Logins = Logins(),
        say: Callable[[str], None] = log.info,
    ) -> None:
        self._folder = folder.resolve()
        self._programs = programs
        self._steps = steps
        self._wished = ports
        self._search_attributes = search_attributes or {}
        self._logins = logins
        self._say = say
        self._lock = FolderLock(self._folder)
        self._residents: list[Resident] = []
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> Addresses:
        """Start everything or raise the MachineFault that says why not; `stop` is due in both cases."""
        self._lock.take()
        ports = Ports(self._folder / "machine.json", self._say)
        addresses = await self._start_servers(ports)
        ports.remember()
        for step in self._steps:
            prepared = await _prepare(step, addresses)
            addresses = replace(addresses, prepared={**addresses.prepared, **prepared})
        for program in self._programs:
            await self._settle_in(program.name, ProgramAtWork(program, addresses))
        return addresses

    async def stop(self) -> None:
        """Stop in the reverse order of starting: the programs before the servers they speak to."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers.clear()
        while self._residents:
            await self._residents.pop().stop()
        self._lock.release()

    async def _start_servers(self, ports: Ports) -> Addresses:
        logs = self._folder / "log"
        wished = self._wished
        postgres = Postgres(
            self._folder / "postgres",
            ports.choose("postgres", "数据库 PostgreSQL", 5433, wished.postgres),
            logs / "postgres.log",
            logins=(self._logins.everybody, *self._logins.further),
        )
        temporal = TemporalServer(
            self._folder / "temporal.db",
            TemporalPorts(
                grpc=ports.choose("grpc", "流程引擎 Temporal", 7233, wished.grpc),
                ui=ports.choose("ui", "网页界面 Web UI", 8233, wished.ui),
                metrics=ports.choose("metrics", "指标 Metrics", 7235),
                http=ports.choose("http", "流程引擎 Temporal HTTP", 7243),
            ),
            logs / "temporal.log",
            self._search_attributes,
        )
        await self._settle_in("PostgreSQL", postgres)
        await self._settle_in("Temporal", temporal)
        return Addresses(
            web_ui=temporal.ui_url,
            temporal=temporal.address,
            namespace=NAMESPACE,
            database_url=postgres.dsn_of(DATABASE, self._logins.everybody),
            folder=self._folder,
            logs=logs,
            owner_url=postgres.dsn,
            logins={role: postgres.dsn_of(DATABASE, role) for role in self._logins.further},
        )

    async def _settle_in(self, name: str, resident: Resident) -> None:
        # Known before it starts: an interrupted start must be stopped as well.
        self._residents.append(resident)
        await resident.start()
        self._keepers.append(asyncio.create_task(self._keep(name, resident)))

    async def _keep(self, name: str, resident: Resident) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            code = await resident.ended()
            pause = FIRST_PAUSE if time.monotonic() - began > CALM_AFTER else pause
            log.warning("child_died", extra={"child": name, "exit_code": code})
            self._say(f"{name} 意外退出（代码 {code}），{pause:g} 秒后重启。 Died; restarts in {pause:g} s.")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            try:
                await resident.stop()
                await resident.start()
            except MachineFault as fault:
                self._say(str(fault))


async def _prepare(step: Step, addresses: Addresses) -> Mapping[str, str]:
    try:
        return await step(addresses) or {}
    except Exception as error:
        # Whatever it is, the person at the terminal reads one sentence; the trace is for whoever mends it.
        trace = addresses.logs / "prepare.log"
        trace.write_text(traceback.format_exc(), encoding="utf-8")
        raise MachineFault(
            f"准备步骤 {step.__name__} 失败 failed: {type(error).__name__}: {error}\n  日志 log: {trace}"
        ) from error
