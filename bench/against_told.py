"""对照的叙述: what G10 and G11 found, as sections of the table."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Detail, Section, at_least, at_most, figure, percentile
from bench.kills import Killed
from bench.lateness import RATE, Late
from bench.peers.dbos_worker import Keeping as DbosKeeping

IN_FLIGHT = 32
LIVES = 80
NAMES = {"service": "service", "transaction": "DBOS", "step": "DBOS by hand"}

AGAINST_DBOS = (
    f"两者每次提交都落盘(fsync)。同一剧本,{IN_FLIGHT} 件在办、{LIVES} 件一轮,五分之一到期;"
    f"随后每秒 {RATE:g} 件看迟到。DBOS 3.4.0 的执行进程单独成一进程,由 DBOSClient 入队、send、get_event,"
    "队列每 0.2 秒看一次。各行用它推荐的事务写(数据源,恰好一次);另列手写的一步一条语句(可能重复),"
    "更省,只在前两对。强杀与 G7 同一做法。另列同一服务器上裸流程的迟到,任何服务都不可能更早。"
    "Both durable. Case life, then an open loop. DBOS as documented "
    "for callers outside its process: executor in a process of its own; enqueue, send and get_event by "
    "DBOSClient with notifications; queue polled each 0.2 s; rows in transactions of its datasource, "
    "as it recommends for databases (exactly once). Told beside it: rows by hand in a step that may come "
    "twice, which is cheaper, in the first two pairs. Its kills are made as in G7. Told as well: the bare "
    "workflow on the service's own server, from the deadline to the completed task that heard it in the "
    "server's history; no service on that server can be earlier."
)


@dataclass(frozen=True)
class Seen:
    """What one system did in one pair: lives a second, the seconds of its words, how late its lapses were."""

    rate: float
    words: Sequence[float]
    late: Late
    floor: Late | None = None
    """How late the bare workflow is on the same server."""

    def detail(self, variant: str) -> Detail:
        """Return it as a line of the details."""
        rate = {"lives/s": self.rate, "word p50 ms": 1000 * percentile(self.words, 0.5)}
        return Detail(variant=variant, numbers={**rate, **self.late.numbers})


@dataclass(frozen=True)
class Aside:
    """What was measured after the pairs."""

    quick: list[Late]
    slow: Late
    rate: float
    killed: list[Killed]


def against_dbos(pairs: Sequence[dict[str, Seen]], aside: Aside) -> Section:
    by_hand = [pair for pair in pairs if DbosKeeping.STEP in pair]
    return Section(
        id="G10",
        title="与 DBOS 对照 against DBOS with a result",
        how=AGAINST_DBOS,
        figures=(
            figure("G10.rate", "每秒件数 lives/s ÷ DBOS", _rates(pairs, "transaction"), at_least(2.0, 2.5)),
            figure(
                "G10.late",
                "迟到 p99 lateness p99 ÷ DBOS",
                _lates(pairs, "transaction"),
                at_most(1 / 2, 1 / 3),
            ),
            figure("G10.rate.step", "每秒件数 lives/s ÷ DBOS by hand", _rates(by_hand, "step"), None),
            figure("G10.late.step", "迟到 p99 lateness p99 ÷ DBOS by hand", _lates(by_hand, "step"), None),
            figure("G10.late.bare", "裸流程迟到 p99 bare lateness p99 ÷ DBOS", _floors(pairs), None),
        ),
        details=(
            *(
                pair[name].detail(f"{NAMES[name]} {number}")
                for name in NAMES
                for number, pair in enumerate(pairs, 1)
                if name in pair
            ),
            *(
                Detail(variant=f"裸流程 bare {number}", numbers=pair["service"].floor.numbers)
                for number, pair in enumerate(pairs, 1)
                if pair["service"].floor
            ),
            *(one.detail(f"DBOS kill -9 {number}") for number, one in enumerate(aside.killed, 1)),
        ),
        series={
            NAMES[name]: tuple(ms for pair in pairs if name in pair for ms in pair[name].late.late)
            for name in NAMES
        },
    )


def _rates(pairs: Sequence[dict[str, Seen]], peer: str) -> list[float]:
    return [pair["service"].rate / pair[peer].rate for pair in pairs]


def _lates(pairs: Sequence[dict[str, Seen]], peer: str) -> list[float]:
    return [pair["service"].late.p99 / pair[peer].late.p99 for pair in pairs]


def _floors(pairs: Sequence[dict[str, Seen]]) -> list[float]:
    floors = [(pair["service"].floor, pair["transaction"].late.p99) for pair in pairs]
    return [floor.p99 / peer for floor, peer in floors if floor]


def against_table(ours: Sequence[Seen], aside: Aside) -> Section:
    quick = [own.late.p99 / polled.p99 for own, polled in zip(ours, aside.quick, strict=True)]
    slow = [own.late.p99 / aside.slow.p99 for own in ours]
    rate = percentile([own.rate for own in ours], 0.5)
    rates = {"table lives/s": aside.rate, "service lives/s": rate, "table ÷ service": aside.rate / rate}
    return Section(
        id="G11",
        title="与表加轮询对照 against a table with a poller",
        how=f"表加轮询的吞吐远高于本服务(此处每秒 {aside.rate:.0f} 件对 {rate:.0f} 件)。这并不要紧:"
        "全国每年一千万次制止,平均每秒只有 0.3 件;要紧的是到期之后多久有人知道。轮询 60 秒者只跑一轮,"
        f"到期时刻铺满整整一个间隔。The table's throughput is far higher ({aside.rate:.0f} against "
        f"{rate:.0f} lives a second here). That does not matter at real loads: ten million stops a year are "
        "0.3 a second; what matters is how soon somebody knows of a lapse. The lateness of the service is "
        "that of G10, fsync for fsync; the table was measured after those pairs, one run of the 60 s poller "
        "beside all runs of the 1 s poller, its deadlines spread over one whole interval.",
        figures=(
            figure("G11.1s", "迟到 p99 ÷ 每秒轮询 poller of 1 s", quick, at_most(1 / 5, 1 / 8)),
            figure("G11.60s", "迟到 p99 ÷ 每分钟轮询 poller of 60 s", slow, at_most(1 / 200, 1 / 400)),
        ),
        details=(
            Detail(variant="吞吐 throughput", numbers=rates),
            *(
                Detail(variant=f"轮询 poller 1 s {number}", numbers=polled.numbers)
                for number, polled in enumerate(aside.quick, 1)
            ),
            Detail(variant="轮询 poller 60 s", numbers=aside.slow.numbers),
        ),
        series={
            "service": tuple(ms for own in ours for ms in own.late.late),
            "table, 1 s": tuple(ms for polled in aside.quick for ms in polled.late),
        },
    )
