"""G5 历史: how many events and bytes a life of five words leaves on the server, one word at a time."""

import asyncio

from temporalio.client import WorkflowHandle

from bench.figures import Detail, Section, at_most, figure
from bench.ground import Keeping, Site
from bench.lives import BareLives, ServiceLives
from bench.rules import write_rules
from bench.script import FIVE_WORDS, Part, a_report
from bench.session import Session
from domain.terms import Category
from workflows.names import issue_workflow_id

HOW = (
    "A dumping 乱堆 issue from its opening to its closing (stop, assign, rectified, accepted, closed), "
    "everything included, one word at a time; counted by the server. Deterministic when idle; tests/shape "
    "keeps it. The yardstick is the bare workflow with five words."
)


async def measure(session: Session) -> tuple[Section, ...]:
    """Measure G5 as often as pairs are wanted: the counts must not vary."""
    rules = write_rules(session.folder / "rules-size")
    spent: dict[str, list[tuple[int, int]]] = {"service": [], "bare": []}
    async with session.ground.site(rules, Keeping.MEMORY) as site:
        await site.start_service()
        await site.start_bare()
        await _service_life(site, "size-warm")  # the first letter waits for a connection
        for pair in range(session.pairs):
            spent["service"].append(await _service_life(site, f"size{pair}"))
            spent["bare"].append(await _bare_life(site, f"size{pair}"))
            session.tell(f"{pair + 1}/{session.pairs}: {spent['service'][-1]}")
    events = [float(count) for count, _ in spent["service"]]
    kilobytes = [size / 1024 for _, size in spent["service"]]
    return (
        Section(
            id="G5",
            title="历史 history",
            how=HOW,
            figures=(
                figure("G5.events", "一生的事件数 events of a life", events, at_most(52, 44), unit="events"),
                figure("G5.size", "一生的历史大小 size of its history", kilobytes, at_most(12, 9), unit="KB"),
            ),
            details=tuple(
                Detail(variant=name, numbers={"事件 events": each[-1][0], "字节 bytes": each[-1][1]})
                for name, each in spent.items()
            ),
        ),
    )


async def _service_life(site: Site, run: str) -> tuple[int, int]:
    lives = ServiceLives(site, FIVE_WORDS)
    part = Part(a_report(run, category=Category.DUMPING), lapses=False)
    issue_id = await lives.begin(part)
    handle = site.client.get_workflow_handle(issue_workflow_id(issue_id))
    await _is_told(site, issue_id, 1)
    for number in range(lives.words):
        await lives.speak(issue_id, number, part)
        await _is_told(site, issue_id, number + 2)
    await handle.result()
    return await _size(handle)


async def _bare_life(site: Site, run: str) -> tuple[int, int]:
    lives = BareLives(site.client, words=len(FIVE_WORDS))
    part = Part(a_report(run), lapses=False)
    life = await lives.begin(part)
    for number in range(len(FIVE_WORDS)):
        await lives.speak(life, number, part)
    handle = site.client.get_workflow_handle(life)
    await handle.result()
    return await _size(handle)


async def _is_told(site: Site, issue_id: str, facts: int) -> None:
    """Wait without asking the workflow: a question that meets a task at work costs another task."""
    counted = "SELECT count(*) FROM issue_facts WHERE issue_id = $1"
    async with asyncio.timeout(30):
        while await site.pool.fetchval(counted, issue_id) < facts:  # noqa: ASYNC110 - rows set no event
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)  # its task is completed a moment after the row


async def _size(handle: "WorkflowHandle[object, object]") -> tuple[int, int]:
    info = (await handle.describe()).raw_description.workflow_execution_info
    return info.history_length, info.history_size_bytes
