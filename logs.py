"""One formatter for every line: structlog's own and the standard library's, Temporal's loggers among them."""

import logging
import sys

import structlog
from temporalio import activity, workflow

from settings import LogFormat, LogLevel

_TEMPORAL_FIELDS = ("temporal_workflow", "temporal_activity")


def set_up_logs(log_format: LogFormat = "auto", log_level: LogLevel = "info") -> None:
    """Write one line an event to standard error: JSON, or colours when a terminal is attached."""
    on_terminal = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    before_rendering: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before_rendering, structlog.stdlib.ExtraAdder(), _lift_temporal_fields],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_for_a_terminal() if on_terminal else _for_a_machine()),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=log_level.upper(), force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before_rendering,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # An event's name stays constant: what Temporal knows goes into fields, not into the message.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False


def _lift_temporal_fields(
    _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Put workflow_id, run_id, attempt … beside the event's own fields, which win."""
    for name in _TEMPORAL_FIELDS:
        event = {**event.pop(name, {}), **event}
    return event


def _for_a_machine() -> list[structlog.typing.Processor]:
    # Tracebacks as plain text: structured ones carry local variables, and with them a reporter's words.
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _for_a_terminal() -> list[structlog.typing.Processor]:
    # Plain tracebacks for the same reason: the pretty ones print local variables.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(timestamp_key="at", exception_formatter=plain)]
