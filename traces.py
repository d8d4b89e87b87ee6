"""踪迹: one trace from the request over the word that an issue hears to the letter in the journal.

Nothing of OpenTelemetry is imported where RIVER_OTLP is unset. No span holds what anybody wrote or is called,
but issue numbers, ids of commands and routes.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from temporalio import activity, workflow
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.client import OutboundInterceptor, StartWorkflowUpdateInput, WorkflowUpdateHandle
from temporalio.plugin import SimplePlugin
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    HandleUpdateInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from settings import Settings

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

ISSUE, COMMAND = "river.issue_id", "river.command_id"
WORDS_IN_MIND = 100
"""Of how many words of an issue the trace is known until their letter has gone."""
_ISSUE = re.compile(r"[0-9]{6}-[0-9]{4}-[0-9]{6}")


class Traces:
    """踪迹 of one process: what its client, its worker and its front door need to leave any."""

    def __init__(self, plugins: Sequence[SimplePlugin], provider: Any) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - only where traces are asked for

        self.plugins = plugins
        self._provider = provider
        self._tracer = trace.get_tracer("river")

    @property
    def said(self) -> ClientInterceptor:
        """What the client needs besides the plugins."""
        return _Said(self._tracer)

    @property
    def heard(self) -> Interceptor:
        """What the worker needs besides them."""
        return _Heard(self._tracer)

    def around(self, app: Application) -> Application:
        """Begin a trace with each request; whoever asks from outside does not say which."""
        return _Requests(app, self._tracer)

    def span(self, name: str) -> AbstractContextManager[object]:
        """Return a span below the current one."""
        return self._tracer.start_as_current_span(name)

    def close(self) -> None:
        """Send what is not sent yet."""
        self._provider.shutdown()


def traces_for(settings: Settings, process: str) -> Traces | None:
    """Return what leaves traces at the collector that the settings name; nothing without one."""
    if settings.otlp is None:
        return None
    from opentelemetry import trace  # noqa: PLC0415 - only where traces are asked for
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - the same
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - the same
    from temporalio.contrib.opentelemetry import (  # noqa: PLC0415 - the same
        OpenTelemetryPlugin,
        create_tracer_provider,
    )

    named = {"service.name": f"river-{process}", "service.version": settings.build_id or "unknown"}
    provider = create_tracer_provider(resource=Resource(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp)))
    trace.set_tracer_provider(provider)
    # It carries contexts; its own spans would keep one open for as long as an issue lives.
    return Traces([OpenTelemetryPlugin(add_temporal_spans=False)], provider)


class _Requests:
    """A span for each request, named by its route."""

    def __init__(self, app: Application, tracer: "Tracer") -> None:
        self._app, self._tracer = app, tracer

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.context import Context  # noqa: PLC0415 - only where traces are asked for
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 - the same

        with self._tracer.start_as_current_span(
            scope["method"], context=Context(), kind=SpanKind.SERVER, record_exception=False
        ) as span:

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self._app(scope, receive, send_on)
            finally:
                route = getattr(scope.get("route"), "path", "unknown")
                span.update_name(f"{scope['method']} {route}")
                span.set_attributes({"http.request.method": scope["method"], "http.route": route})
                number = str(scope.get("path_params", {}).get("number", ""))
                if _ISSUE.fullmatch(number):
                    span.set_attribute(ISSUE, number)


class _Said(ClientInterceptor):
    """A span for each word that goes to a workflow."""

    def __init__(self, tracer: "Tracer") -> None:
        self._tracer = tracer

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - as the SDK has it
        return _SayingOut(next, self._tracer)


class _SayingOut(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, tracer: "Tracer") -> None:  # noqa: A002 - as the SDK has it
        super().__init__(next)
        self._tracer = tracer

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 - only where traces are asked for

        with self._tracer.start_as_current_span(
            f"say {input.update}",
            kind=SpanKind.CLIENT,
            attributes=_about(input.id, input.update_id),
            record_exception=False,
            set_status_on_exception=False,
        ):
            return await super().start_workflow_update(input)


class _Heard(Interceptor):
    """Spans for each word that a workflow hears, and for the letter that carries it to the journal."""

    def __init__(self, tracer: "Tracer") -> None:
        self._tracer = tracer

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Acting(next, self._tracer)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - as the SDK has it
    ) -> type[WorkflowInboundInterceptor]:
        tracer = self._tracer

        class Hearing(_Hearing):
            _tracer = tracer

        return Hearing


class _Acting(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, tracer: "Tracer") -> None:  # noqa: A002
        super().__init__(next)
        self._tracer = tracer

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - as the SDK has it
        info = activity.info()
        with self._tracer.start_as_current_span(
            info.activity_type,
            attributes=_about(info.workflow_id or "", None),
            record_exception=False,
            set_status_on_exception=False,
        ):
            return await super().execute_activity(input)


class _Hearing(WorkflowInboundInterceptor):
    """What was heard in which trace is known until its letter has gone: another task posts that."""

    _tracer: "Tracer"

    def __init__(self, next: WorkflowInboundInterceptor) -> None:  # noqa: A002 - as the SDK has it
        super().__init__(next)
        self._heard_in: dict[str, Context] = {}

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Posting(outbound, self._heard_in))

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - as the SDK has it
        from opentelemetry.context import get_current  # noqa: PLC0415 - only where traces are asked for

        with self._tracer.start_as_current_span(
            f"hear {input.update}",
            attributes=_about(workflow.info().workflow_id, input.id),
            record_exception=False,
            set_status_on_exception=False,
        ):
            self._heard_in[input.id] = get_current()
            while len(self._heard_in) > WORDS_IN_MIND:
                del self._heard_in[next(iter(self._heard_in))]
            return await super().handle_update_handler(input)


class _Posting(WorkflowOutboundInterceptor):
    def __init__(self, next: WorkflowOutboundInterceptor, heard_in: "dict[str, Context]") -> None:  # noqa: A002
        super().__init__(next)
        self._heard_in = heard_in

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        with self._as_heard(input.args):
            return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        with self._as_heard(input.args):
            return super().start_local_activity(input)

    def _as_heard(self, given: Sequence[Any]) -> AbstractContextManager[object]:
        """Post a letter in the trace of the last word that it holds; time's own letters are in none."""
        lines = getattr(given[0], "lines", ()) if given else ()
        words = [json.loads(line.body).get("command") for line in lines]
        known = [word for word in dict.fromkeys(words) if word in self._heard_in]
        # A letter that comes again finds its word once more; the words before it have gone.
        for word in known[:-1]:
            del self._heard_in[word]
        return _attached(self._heard_in[known[-1]]) if known else nullcontext()


@contextmanager
def _attached(context: "Context") -> Iterator[None]:
    from opentelemetry.context import attach, detach  # noqa: PLC0415 - only where traces are asked for

    token = attach(context)
    try:
        yield
    finally:
        detach(token)


def _about(workflow_id: str, command_id: str | None) -> dict[str, str]:
    """Return the attributes of a span: which issue, which command; nothing of what was said."""
    number = workflow_id.removeprefix("issue/").replace("/", "-")
    named = {ISSUE: number} if _ISSUE.fullmatch(number) else {}
    return {**named, **({COMMAND: command_id} if command_id else {})}
