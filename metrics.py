"""指标: what Prometheus reads of a process; one endpoint, the SDK's own metrics included."""

import socket
import time
from datetime import UTC, datetime

from temporalio.common import MetricMeter
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from activities.beats import Beat
from activities.watch import Seen
from domain.canary import CANARY_COUNTY
from domain.canary_walk import KINDS
from domain.issue.letter import Letter
from settings import Settings

LATENESS = "river_mark_lateness_seconds"
BUCKETS = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0, 86_400.0]


class CannotShow(Exception):
    """The endpoint of the metrics could not be opened; says which, and what to do."""


def runtime_for(settings: Settings) -> Runtime | None:
    """Open the endpoint that the settings name and return the SDK's runtime behind it; nothing without one.

    Raises CannotShow.
    """
    if settings.metrics is None:
        return None
    host, _, port = settings.metrics.rpartition(":")
    try:
        # The exporter takes no names; a name of several addresses is served on the first.
        address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0][4]
        shown = f"[{address[0]}]:{port}" if ":" in str(address[0]) else f"{address[0]}:{port}"
        return Runtime(
            telemetry=TelemetryConfig(
                metrics=PrometheusConfig(
                    bind_address=shown,
                    counters_total_suffix=True,
                    unit_suffix=True,
                    durations_as_seconds=True,
                    histogram_bucket_overrides={LATENESS: BUCKETS},
                ),
                attach_service_name=False,
            )
        )
    except (OSError, OverflowError, ValueError) as error:
        raise CannotShow(
            f"RIVER_METRICS={settings.metrics}: 无法在此地址提供指标,请换一个端口。 "
            f"The metrics cannot be shown there; choose another port: {error}"
        ) from None


class Meters:
    """What this service counts of itself. No label names a person, a person's post or a place."""

    def __init__(self, runtime: Runtime | None, settings: Settings, process: str) -> None:
        meter = runtime.metric_meter if runtime else MetricMeter.noop
        self._late = meter.create_histogram_float(
            LATENESS, "From a mark's moment to its record in the journal"
        )
        self._facts = meter.create_counter(
            "river_journal_facts", "Facts that this process put into the journal"
        )
        self._beats = meter.create_gauge_float(
            "river_loop_beat_timestamp_seconds", "When a loop beside the worker last went round"
        )
        self._effects = meter.create_gauge("river_effects", "Outward acts by state; due: to be delivered now")
        self._drafts = meter.create_gauge("river_drafts", "Orders and bulletins that wait for a signature")
        self._open = meter.create_gauge("river_issues_open", "Open issues by stage")
        self._leads = meter.create_gauge("river_leads", "Leads that wait for a machine, and for a person")
        self._commands = meter.create_gauge("river_commands_waiting", "Words over HTTP without an answer")
        self._oldest = meter.create_gauge_float(
            "river_commands_oldest_seconds", "For how long the oldest of them has waited"
        )
        self._alarms = meter.create_gauge("river_alarms_open", "Alarms that nobody has settled")
        self._stuck = meter.create_gauge("river_stuck", "What is stuck, by kind")
        self._troubled = meter.create_gauge(
            "river_workflows_troubled", "Running workflows that show a trouble, by trouble"
        )
        self._reached = meter.create_gauge("river_reached", "1 while this process reaches the server")
        self._canary_ended = meter.create_gauge_float(
            "river_canary_ended_timestamp_seconds", "When the last canary ended"
        )
        self._canary_late = meter.create_gauge_float(
            "river_canary_lateness_seconds",
            "By how much the last canary was late in the journal and the inbox",
        )
        self._canary_well = meter.create_gauge(
            "river_canary_well", "1 if the last canary showed every rung in time"
        )
        build = meter.create_gauge("river_build_info", "Which build this process is; always 1")
        build.set(
            1,
            {
                "process": process,
                "build_id": settings.build_id or "",
                "deployment": settings.deployment or "",
            },
        )

    def kept(self, letter: Letter, new: int) -> None:
        """Count a letter's new facts, and how late those are that time made; the canary's are told apart."""
        self._facts.add(new)
        if new == 0 or letter.issue_id.startswith(f"{CANARY_COUNTY}-"):
            return
        now = datetime.now(UTC)
        for line in letter.lines[-new:]:
            if rung := KINDS.get(line.kind):
                late = (now - line.said_at).total_seconds()
                self._late.record(max(late, 0.0), {"rung": rung.name.lower()})

    def beat(self, loop: str) -> Beat:
        """Return how a loop shows that it goes round; until then it shows when it was to begin."""
        labels = {"loop": loop}

        def beat() -> None:
            self._beats.set(time.time(), labels)

        beat()
        return beat

    def show(self, seen: Seen) -> None:
        """Show what one look found; what is not known stays as it was, and `river_reached` says so."""
        self._reached.set(int(seen.counted is not None), {"server": "postgres"})
        self._reached.set(int(seen.troubled is not None), {"server": "temporal"})
        for trouble, count in (seen.troubled or {}).items():
            self._troubled.set(count, {"trouble": trouble})
        if seen.counted is None:
            return
        waiting, stages, canary = seen.counted
        for state, count in (
            ("due", waiting.effects_due),
            ("queued", waiting.effects_queued),
            ("undeliverable", waiting.effects_undeliverable),
        ):
            self._effects.set(count, {"state": state})
        self._drafts.set(waiting.drafts)
        self._leads.set(waiting.leads_waiting, {"state": "waiting"})
        self._leads.set(waiting.leads_parked, {"state": "parked"})
        self._commands.set(waiting.commands_waiting)
        self._oldest.set(waiting.commands_oldest)
        self._alarms.set(waiting.alarms_open)
        for stage, count in stages.items():
            self._open.set(count, {"stage": str(stage)})
        for kind, count in seen.stuck.items():
            self._stuck.set(count, {"kind": str(kind)})
        if canary is not None:
            self._canary_ended.set(canary.ended_at)
            self._canary_late.set(canary.recorded, {"step": "journal"})
            self._canary_late.set(canary.noticed, {"step": "inbox"})
            self._canary_well.set(int(canary.is_well))
