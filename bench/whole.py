"""G2 和 G3 一生: whole lives, all included, against lives of the bare workflow: rate and CPU."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from bench.figures import Detail, Section, at_least, at_most, figure, percentile
from bench.ground import Site
from bench.lives import BareLives, Lives, ServiceLives, live_all
from bench.pairs import one_round
from bench.rules import write_rules
from bench.script import parts
from bench.session import Session

IN_FLIGHT = 32
LIVES = 80
ROUNDS = 3
WARM_UP = 24

HOW = (
    "案件一生 the case life: a report of 968 bytes, four words, each acknowledged before the next, one life "
    f"in five with a first deadline that lapses after half a second; {ROUNDS} x {LIVES} lives in turn, "
    f"{IN_FLIGHT} in flight, until the last row is in Postgres (fsync). The service with validation, roles, "
    "hash chain, notices and their courier, summaries and search attributes; the yardstick with the same "
    "words and timers, without all that. Both workers without sandbox, on one Temporal server (file, "
    "synchronous=1), in a drawn order."
)


class Lived(NamedTuple):
    """What one variant did: lives a second, seconds a word, CPU milliseconds a life and part."""

    rate: float
    words: Sequence[float]
    cpu: Mapping[str, float]

    @property
    def cpu_of_all(self) -> float:
        """CPU milliseconds a life, of all processes together."""
        return sum(self.cpu.values())


async def measure(session: Session) -> tuple[Section, ...]:
    """Measure G2 and G3 in pairs, each pair on fresh servers."""
    rules = write_rules(session.folder / "rules-whole")
    pairs: list[dict[str, Lived]] = []
    for pair in range(session.pairs):
        async with session.ground.site(rules) as site:
            await site.start_service()
            await site.start_bare()
            service, bare = ServiceLives(site), BareLives(site.client)
            await live_all(service, parts(f"ws{pair}", WARM_UP), IN_FLIGHT)
            await live_all(bare, parts(f"wb{pair}", WARM_UP), IN_FLIGHT)
            variants: dict[str, Callable[[], Awaitable[Lived]]] = {
                "service": partial(_lived, site, service, f"s{pair}"),
                "bare": partial(_lived, site, bare, f"b{pair}"),
            }
            # There and back: a minute in which the machine is slow meets both.
            rounds = [await one_round(variants, session.dice) for _ in range(ROUNDS)]
            lived = {name: _together([each[name] for each in rounds]) for name in variants}
        pairs.append(lived)
        rates = ", ".join(
            f"{name} {each.rate:.1f}/s {each.cpu_of_all:.0f} ms" for name, each in lived.items()
        )
        session.tell(f"{pair + 1}/{session.pairs}: {rates}")
    return _rate(pairs), _cpu(pairs)


def _together(lived: Sequence[Lived]) -> Lived:
    return Lived(
        rate=len(lived) / sum(1 / each.rate for each in lived),
        words=[word for each in lived for word in each.words],
        cpu={part: sum(each.cpu[part] for each in lived) / len(lived) for part in lived[0].cpu},
    )


async def _lived(site: Site, lives: Lives, run: str) -> Lived:
    before = site.spent()
    seconds, words = await live_all(lives, parts(run, LIVES), IN_FLIGHT)
    after = site.spent()
    cpu = {part: 1000 * (after[part].cpu - before[part].cpu) / LIVES for part in after}
    return Lived(LIVES / seconds, words, cpu)


def _rate(pairs: Sequence[Mapping[str, Lived]]) -> Section:
    ratios = [pair["service"].rate / pair["bare"].rate for pair in pairs]
    return Section(
        id="G2",
        title="一生的速率 lives a second",
        how=HOW,
        figures=(figure("G2", "每秒一生数 ÷ 裸流程 lives/s ÷ bare", ratios, at_least(0.65, 0.80)),),
        details=tuple(_rates_of(name, [pair[name] for pair in pairs]) for name in pairs[0]),
    )


def _cpu(pairs: Sequence[Mapping[str, Lived]]) -> Section:
    ratios = [pair["service"].cpu_of_all / pair["bare"].cpu_of_all for pair in pairs]
    return Section(
        id="G3",
        title="一生的处理器时间 CPU a life",
        how="同 G2 as G2; the CPU of server, workers, Postgres and caller together, from the process table.",
        figures=(figure("G3", "每一生 CPU ÷ 裸流程 CPU a life ÷ bare", ratios, at_most(1.6, 1.35)),),
        details=tuple(_cpu_of(name, [pair[name] for pair in pairs]) for name in pairs[0]),
    )


def _rates_of(name: str, lived: Sequence[Lived]) -> Detail:
    words = [1000 * word for each in lived for word in each.words]
    return Detail(
        variant=name,
        numbers={
            "每秒 lives/s": percentile([each.rate for each in lived], 0.5),
            "一句 p50 ms": percentile(words, 0.5),
            "一句 p99 ms": percentile(words, 0.99),
        },
    )


def _cpu_of(name: str, lived: Sequence[Lived]) -> Detail:
    parts_of = {part: percentile([each.cpu[part] for each in lived], 0.5) for part in lived[0].cpu}
    whole = percentile([each.cpu_of_all for each in lived], 0.5)
    return Detail(
        variant=name, numbers={**{f"{part} ms": ms for part, ms in parts_of.items()}, "合计 all ms": whole}
    )
