"""Asks the front door whatever its OpenAPI document allows, and much that it does not."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import schemathesis
import uvicorn
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.engine import StopReason, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from machine.ports import any_free_port
from tests.intake.passes import bearer

Operation = str
"""An operation as schemathesis calls it: `GET /issues/{number}`."""

SEED = 20261129
PHASES = ("examples", "coverage", "fuzzing", "stateful")
LEFT_OUT: dict[str, str] = {
    "positive_data_acceptance": "the registry and the rule book refuse what is well formed",
    "object_level_authorization": "needs two whole identities; who sees what stands in test_issue_access.py",
}
"""Checks of schemathesis that are not made, and why; all others are."""

LEFT_OUT_HERE: Sequence[tuple[str, tuple[str, ...], str]] = (
    (
        "/open311/",
        ("unsupported_method", "allow_header_conformance"),
        "the standard knows no 405: whatever else a client does wrong is a 400, or a 404",
    ),
    (
        "/reports/with-photos",
        ("unsupported_method", "allow_header_conformance"),
        "its GET is that of /reports/{receipt}, which answers that this is no receipt",
    ),
)
"""Checks that are not made of the operations whose path begins so, and why."""

_keys = itertools.count(1)


@dataclass
class Asked:
    """What was asked by one caller: how often each operation gave which status, and what was wrong."""

    statuses: Counter[tuple[Operation, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def operations(self) -> set[Operation]:
        return {operation for operation, _ in self.statuses}

    def fine(self, operation: Operation) -> int:
        """Return how often an operation did what it was asked to."""
        return sum(times for (of, status), times in self.statuses.items() if of == operation and status < 300)

    def note(self, recorder: ScenarioRecorder) -> None:
        """Take over what schemathesis has recorded."""
        for case_id, node in recorder.cases.items():
            asked = recorder.interactions.get(case_id)
            answer = asked.response if asked else None
            if answer is not None:
                self.statuses[node.value.operation.label, answer.status_code] += 1
            for check in recorder.checks.get(case_id, ()):
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    said = f"{answer.status_code} {answer.text[:600]}" if answer else "nothing"
                    what = f"{check.name}: {failure.operation}: {failure.title}: {failure.message}"
                    self.wrong.append(f"{what}\n{check.failure_info.code_sample}\nanswered {said}")


@dataclass(frozen=True)
class Served:
    """The front door as it listens, with its document and what is known of its records."""

    address: str
    document: dict[str, Any]
    known: dict[str, Sequence[Any]] = field(default_factory=dict)
    """By parameter or field: values that there are."""
    examples: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By operation id: a body that was taken."""

    @property
    def operations(self) -> set[Operation]:
        return set(operations_of(self.document))

    def schema(self, config: Mapping[str, Any] | None = None) -> Any:
        """Return schemathesis' view of the document, with examples of what there is written into it."""
        document = deepcopy(self.document)
        for operation in operations_of(document).values():
            for parameter in operation.get("parameters", ()):
                if values := self.known.get(parameter["name"]):
                    parameter["example"] = values[0]
            if example := self.examples.get(operation["operationId"]):
                for body in operation["requestBody"]["content"].values():
                    body["example"] = example
        found = schemathesis.openapi.from_dict(
            document, config=SchemathesisConfig.from_dict({"seed": SEED, **self._config(), **(config or {})})
        )
        found.config.update(base_url=self.address)
        found.hook("map_case")(_with_a_fresh_key)
        return found

    def _config(self) -> dict[str, Any]:
        of_operations = [
            {"include-path-regex": f"^{path}", "checks": {check: {"enabled": False} for check in checks}}
            for path, checks, _ in LEFT_OUT_HERE
        ]
        bound = {
            f"{place}.{name}": {"dictionary": name, "probability": 0.8}
            for name in self.known
            for place in ("path", "query", "header", "body", "body.where")
        }
        return {
            "dictionaries": {name: {"values": list(values)} for name, values in self.known.items()},
            "parameters": bound,
            "checks": {check: {"enabled": False} for check in LEFT_OUT},
            "operations": of_operations,
            "continue-on-failure": True,
        }


async def ask(served: Served, token: str | None, phases: Iterable[str], examples: int = 1) -> Asked:
    """Let schemathesis ask as one caller, in a thread of its own: it waits for answers from this one."""
    config = {
        "headers": bearer(token) if token else {},
        "phases": {phase: {"enabled": phase in phases} for phase in PHASES},
        "generation": {
            "deterministic": True,
            "max-examples": examples,
            "no-shrink": True,
            "database": "none",
        },
    }
    return await asyncio.to_thread(_ask, served.schema(config))


def _ask(schema: Any) -> Asked:
    asked = Asked()
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                asked.note(event.recorder)
            case events.NonFatalError():
                asked.wrong.append(f"{event.label}: {event.value!r}")
            case events.FatalError():
                raise event.exception
            case events.EngineFinished():
                assert event.stop_reason is StopReason.COMPLETED, event.stop_reason
    return asked


def _with_a_fresh_key(_: Any, case: Any) -> Any:
    """Let three words of four be new: a key that was used before is answered with what came of it then."""
    turn = next(_keys)
    if case.headers.get("Idempotency-Key") and turn % 4:
        case.headers["Idempotency-Key"] = f"asked-{turn:06d}"
        if isinstance(case.body, dict):
            case.body.pop("id", None)
    return case


async def say(asked: Asked, schema: Any, operation_id: str, token: str | None, **parts: Any) -> Any:
    """Ask one operation for one thing, have the answer checked by the document, and return it."""
    headers = {**parts.pop("headers", {}), **(bearer(token) if token else {})}
    case = schema.find_operation_by_id(operation_id).Case(headers=headers, **parts)
    answer, wrong = await asyncio.to_thread(_said, case)
    asked.statuses[case.operation.label, answer.status_code] += 1
    asked.wrong += wrong
    assert answer.status_code < 300, (operation_id, parts, answer.text)
    is_read = bool(answer.content) and "json" in str(answer.headers.get("content-type"))
    return json.loads(answer.content) if is_read else answer.content


def _said(case: Any) -> tuple[Any, list[str]]:
    answer = case.call()
    try:
        case.validate_response(answer)
    except FailureGroup as group:
        found = group.exceptions
        return answer, [f"{case.operation.label}: {each.title}: {each.message}" for each in found]
    return answer, []


def operations_of(document: Mapping[str, Any]) -> dict[Operation, dict[str, Any]]:
    """Return the operations of a document by their labels."""
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application as the service does, in this loop, and give its address."""
    port = any_free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", access_log=False, log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server sets no event
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving
