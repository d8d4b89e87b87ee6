"""G4 一句话: how long one acknowledged command takes when nothing else is going on."""

from collections.abc import Sequence

from bench.figures import Detail, Section, at_most, figure, percentile
from bench.ground import Keeping, Site
from bench.lives import BareLives, Lives, ServiceLives, live_all
from bench.rules import write_rules
from bench.script import parts
from bench.session import Session

LIVES = 40
WARM_UP = 8

HOW = (
    f"One life in flight, {LIVES} lives of four words a variant and pair, a life of the service "
    "in turn with one of the yardstick; the server in memory, Postgres with fsync: the row is on disk "
    "before the acknowledgement. p99 over all words of a pair."
)


async def measure(session: Session) -> tuple[Section, ...]:
    """Measure G4 in pairs, each on fresh servers."""
    rules = write_rules(session.folder / "rules-idle")
    took: dict[str, list[list[float]]] = {"service": [], "bare": []}
    for pair in range(session.pairs):
        async with session.ground.site(rules, Keeping.MEMORY) as site:
            for name, words in (await _in_turn(site, f"i{pair}")).items():
                took[name].append(words)
        halves = {name: percentile(all_words[-1], 0.5) for name, all_words in took.items()}
        told = ", ".join(f"{name} p50 {ms:.1f} ms" for name, ms in halves.items())
        session.tell(f"{pair + 1}/{session.pairs}: {told}")
    return (_section(took),)


async def _in_turn(site: Site, run: str) -> dict[str, list[float]]:
    await site.start_service()
    await site.start_bare()
    variants: dict[str, Lives] = {"service": ServiceLives(site), "bare": BareLives(site.client)}
    for name, lives in variants.items():
        await live_all(lives, parts(f"{run}w{name}", WARM_UP, one_lapses_in=0), 1)
    took: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(LIVES):
        for name, lives in variants.items():
            _, words = await live_all(lives, parts(f"{run}{name}{number}", 1, one_lapses_in=0), 1)
            took[name] += [1000 * word for word in words]
    return took


def _section(took: dict[str, list[list[float]]]) -> Section:
    pairs = list(zip(took["service"], took["bare"], strict=True))
    ratios = [percentile(service, 0.5) / percentile(bare, 0.5) for service, bare in pairs]
    slowest = [percentile(service, 0.99) for service, _ in pairs]
    return Section(
        id="G4",
        title="一句话 one command",
        how=HOW,
        figures=(
            figure("G4.p50", "空闲时一句话 p50 ÷ 裸流程 idle p50 ÷ bare", ratios, at_most(1.8, 1.2)),
            figure("G4.p99", "空闲时一句话 p99 idle p99", slowest, at_most(40, 25), unit="ms"),
        ),
        details=tuple(_detail(name, pairs_of) for name, pairs_of in took.items()),
        series={
            f"{'服务 service' if name == 'service' else '裸流程 bare'}": tuple(
                ms for words in all_words for ms in words
            )
            for name, all_words in took.items()
        },
    )


def _detail(name: str, pairs: Sequence[Sequence[float]]) -> Detail:
    words = [ms for pair in pairs for ms in pair]
    numbers = {f"p{round(100 * share)} ms": percentile(words, share) for share in (0.5, 0.9, 0.99)}
    return Detail(variant=name, numbers={**numbers, "最长 max ms": max(words)})
