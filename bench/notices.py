"""告知迟到: G14: how late the notice of an escalation is in the inbox, in calm and after an outage."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.figures import Detail, Figure, Section, at_most, figure, percentile
from bench.marks import SEEN_BEFORE, desk_under, now, open_issues, recorded
from bench.rules import write_rules
from bench.session import Session
from domain.issue.wording import LATE, moment
from store.pool import Pool

ISSUES, SPREAD = 1_000, 100.0
"""So many limits end within so many seconds."""
MARKS_OF_THE_OUTAGE = 2_000
OPENED_A_SECOND = 15.0
"""What this machine opens at the least."""
LIMIT = "12h"
"""In hours: not spread by the jitter; it ends SEEN_BEFORE after the seeing."""
NONE = at_most(0, 0)

RAISED = "SELECT count(DISTINCT issue_id) FROM issue_facts WHERE kind = 'Escalated'"
TOLD = """
SELECT count(DISTINCT inbox.issue_id) FROM inbox
JOIN issue_facts USING (issue_id, number) WHERE issue_facts.kind = 'Escalated'
"""
NOTICES = """
SELECT inbox.issue_id AS issue, issue_facts.said_at AS due_at, inbox.received_at, inbox.text
FROM inbox JOIN issue_facts USING (issue_id, number)
WHERE issue_facts.kind = 'Escalated' AND inbox.addressee = issue_facts.body ->> 'chief'
"""


class Notice(NamedTuple):
    """What the chief to whom an issue was raised found in the inbox."""

    issue: str
    due_at: datetime
    received_at: datetime
    text: str

    @property
    def late(self) -> float:
        """Milliseconds from the mark to the inbox."""
        return (self.received_at - self.due_at) / timedelta(milliseconds=1)


class Raised(NamedTuple):
    """The issues that were to be raised, the moment of each, and what came of them."""

    due_at: dict[str, datetime]
    notices: Sequence[Notice]

    @property
    def missing(self) -> int:
        """Issues of which the next chief heard nothing."""
        return len(self.due_at.keys() - {notice.issue for notice in self.notices})

    @property
    def doubled(self) -> int:
        """Notices beyond one an issue."""
        return len(self.notices) - len({notice.issue for notice in self.notices})

    @property
    def untrue(self) -> int:
        """Notices whose fact carries another moment than the mark's."""
        apart = timedelta(milliseconds=1)
        return sum(abs(notice.due_at - self.due_at[notice.issue]) > apart for notice in self.notices)


def rules(folder: Path, name: str) -> Path:
    """Write the rule book by which a general issue is raised the moment that its first limit ends."""
    return write_rules(
        folder,
        name,
        limits__ASSIGN__GENERAL__limit=LIMIT,
        # Long past when the issue opens: the raise is the only mark of the measurement.
        ladder__GENERAL__early__share=0.9,
        ladder__GENERAL__order__after="0h",
        ladder__GENERAL__escalation__after="0h",
    )


async def raise_them(session: Session, name: str, count: int, *, without_worker: bool) -> Raised:
    """Open issues whose limits end one after the other; without a worker it is started after the last."""
    apart = timedelta(seconds=SPREAD / ISSUES)
    file = rules(session.folder / "G14", name)
    async with session.ground.site(file) as site:
        worker = await site.start_service()
        first_at = now() + timedelta(seconds=20 + count / OPENED_A_SECOND)
        due = [first_at + number * apart for number in range(count)]
        issues = await open_issues(site, desk_under(site, file), name, [at - SEEN_BEFORE for at in due])
        if now() > first_at:
            raise RuntimeError("立案晚于首个时限 (the issues were open after their first limit)")
        if without_worker:
            worker.kill()
        session.tell(f"G14 {name}: {count} issues are open; the last limit ends at {due[-1]:%H:%M:%S}")
        await asyncio.sleep((due[-1] - now()).total_seconds())
        if without_worker:
            await worker.start()
        begun = time.monotonic()
        await recorded(site.pool, RAISED, count)
        await recorded(site.pool, TOLD, count)
        session.tell(f"G14 {name}: all told {time.monotonic() - begun:.1f} s later")
        return Raised(dict(zip(issues, due, strict=True)), await _notices(site.pool))


async def _notices(pool: Pool) -> list[Notice]:
    return [Notice(*row) for row in await pool.fetch(NOTICES)]


async def measure(
    session: Session, issues: int = ISSUES, marks: int = MARKS_OF_THE_OUTAGE
) -> tuple[Section, ...]:
    """G14: from an escalation's mark to the next chief's inbox."""
    calm = await raise_them(session, "calm", issues, without_worker=False)
    outage = await raise_them(session, "outage", marks, without_worker=True)
    late = [notice.late for notice in calm.notices]
    return (
        Section(
            id="G14",
            title="告知迟到 lateness of a notice",
            how=f"{issues} 件的时限在 {SPREAD:g} 秒内先后届满并提级;从节点到上一级河长收件箱。另 {marks} 件的"
            f"节点落在工作进程停机期间,重启后补告。{issues} limits end within {SPREAD:g} s and are raised at "
            f"once; from the mark to the next chief's inbox. {marks} more fall into an outage of the worker.",
            figures=(
                figure(
                    "G14.p99", "收件 p99 in the inbox p99", [percentile(late, 0.99)], at_most(1000, 500), "ms"
                ),
                figure("G14.max", "最迟 latest", [max(late, default=0.0)], None, "ms"),
                *_counts("calm", calm),
                *_counts("outage", outage),
                figure("G14.outage.late", "迟于一分钟的 later than a minute", [_late(outage)], None, "count"),
                _count("G14.outage.silent", "其中未写明应到时间 of them silent about it", _silent(outage)),
            ),
            details=(
                Detail(
                    variant="平时 calm",
                    numbers={
                        "notices": len(late),
                        "p50 ms": percentile(late, 0.5),
                        "p99 ms": percentile(late, 0.99),
                    },
                ),
            ),
            series={"notice": tuple(late)},
        ),
    )


def _silent(outage: Raised) -> int:
    """Count the late notices, by the rule's own measure, that do not say when they were due."""
    return sum(f"应于 {moment(notice.due_at)}" not in notice.text for notice in _late_ones(outage))


def _late(outage: Raised) -> int:
    return len(_late_ones(outage))


def _late_ones(outage: Raised) -> list[Notice]:
    return [notice for notice in outage.notices if notice.received_at - notice.due_at > LATE]


def _counts(name: str, raised: Raised) -> tuple[Figure, ...]:
    return (
        _count(f"G14.{name}.missing", "未告知 missing", raised.missing),
        _count(f"G14.{name}.doubled", "重复 doubled", raised.doubled),
        _count(f"G14.{name}.untrue", "时刻不实 moments that are not the mark's", raised.untrue),
    )


def _count(name: str, what: str, count: int) -> Figure:
    return figure(name, what, [count], NONE, "count")
