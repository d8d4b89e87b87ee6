"""What the tests of the bench measure: nothing real, so that every number is known."""

from datetime import UTC, datetime

from bench.circumstances import Circumstances
from bench.figures import Asked, Detail, Section, at_least, figure
from bench.results import Line

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MACHINE = Circumstances(
    cores=2,
    memory_gb=23.5,
    system="Linux x86_64",
    python="3.11.7",
    temporalio="1.35.0",
    temporal_server="1.32.0",
    postgresql="18.4",
)
BAR = at_least(0.6, 0.75)


def section(name: str, *values: float, asked: Asked | None = BAR) -> Section:
    return Section(
        id=name,
        title="受理 Accept",
        how="成对交替。 Pairs in turn.",
        figures=(figure(f"{name}a", "受理÷裸启动 accept ÷ raw start", values, asked),),
        details=(Detail(variant="service", numbers={"per second": 112.3}),),
    )


def line(name: str, *values: float) -> Line:
    return Line(id=name, at=AT, seconds=61.0, on=MACHINE, section=section(name, *values))


def failed(name: str, why: str = "坏了 it broke") -> Line:
    return Line(id=name, at=AT, seconds=0.1, on=MACHINE, failure=why)
