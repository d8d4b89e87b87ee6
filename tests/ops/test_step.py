"""`python -m ops step`: a life told fact by fact, with its histories while they are kept and without them."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from domain.issue import commands as say
from domain.issue.evolve import retell
from domain.issue.steps import steps
from store.journal import record
from store.pool import Pool, connected
from tests.ops.lives import ISSUE, MOVED, rectifying
from tests.ops.terminal import Ops, ops_on
from tests.ops.test_replay import escalated, ops_at, reset, served
from tests.workflows.shell import Shell

__all__ = ["served"]
PROBE = "<script>alert(1)</script>&\"'"


class Page(HTMLParser):
    """What a browser would find on the page: its ids, its links, what it would load, its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def alone(database: str) -> Ops:
    """Give the operators' commands where Temporal does not answer."""
    return ops_on(database, temporal_address="127.0.0.1:1")


def told(out: str) -> Any:
    return json.loads(out)


async def test_the_terminal_tells_every_fact_with_its_word_or_its_mark_and_its_effects(
    pool: Pool, alone: Ops
) -> None:
    life = rectifying().say(say.SuspendClock).say(say.ResumeClock, after_hours=50)
    await record(pool, life.letter())

    ran = await alone("step", ISSUE, columns=400)

    assert ran.status == 0
    assert "只取自日志:Temporal 没有应答" in ran.out
    for step in steps(life.facts):
        kind = type(step.fact).__name__
        assert f"{step.number}. " in ran.out
        assert kind in ran.out
        assert step.fact.command is None or f"指令 {step.fact.command},{step.fact.by}" in ran.out
        assert all(effect.text in ran.out for effect in step.effects)
    assert "【停止计时】计时中" in ran.out
    assert "【恢复计时、改期】中止中" in ran.out


async def test_one_fact_alone_is_told(pool: Pool, alone: Ops) -> None:
    await record(pool, rectifying().letter())

    one = told((await alone("step", ISSUE, "--fact", "2", "--json")).out)
    beyond = await alone("step", ISSUE, "--fact", "99")

    assert [step["number"] for step in one["steps"]] == [2]
    assert (beyond.status, "只有" in beyond.err) == (1, True)


@pytest.mark.parametrize("moved", MOVED)
async def test_each_state_told_is_the_one_that_the_facts_make(moved: str, pool: Pool, alone: Ops) -> None:
    life = MOVED[moved]()
    await record(pool, life.letter())

    shown = told((await alone("step", ISSUE, "--json")).out)["steps"]

    assert [step["kind"] for step in shown] == [type(fact).__name__ for fact in life.facts]
    for number, step in enumerate(shown, 1):
        issue = retell(life.facts[:number])
        assert step["hash"] == issue.tail
        assert step["state"]["阶段 stage"][1].endswith(f" {issue.stage}")
        assert step["state"]["责任单位 unit"][1] == (issue.unit or "—")
        if number > 1:
            before = shown[number - 2]["state"]
            assert {name: turn[0] for name, turn in step["state"].items()} == {
                name: turn[1] for name, turn in before.items()
            }
    (at,) = [place for place, fact in enumerate(life.facts) if type(fact).__name__ == moved]
    assert "moved" in [change["happened"] for change in shown[at]["clocks"]]


async def test_the_page_is_self_contained_and_tells_every_fact_once(
    pool: Pool, alone: Ops, tmp_path: Path
) -> None:
    life = rectifying().say(say.RequestExtension).say(say.GrantExtension)
    await record(pool, life.letter())
    file = tmp_path / "life.html"

    ran = await alone("step", ISSUE, "--html", str(file))

    text = file.read_text(encoding="utf-8")
    page = Page(text)
    assert ran.status == 0
    assert not [
        word for word in ("http:", "https:", "src=", "url(//", "@import", "javascript:") if word in text
    ]
    assert {"script", "style", "svg"} <= set(page.tags)
    assert not {"link", "img", "iframe", "object"} & set(page.tags)
    assert [each for each in page.ids if each.startswith("fact-")] == [
        f"fact-{number}" for number in range(1, len(life.facts) + 1)
    ]
    assert page.links == [f"#fact-{number}" for number in range(1, len(life.facts) + 1)]
    assert page.attributes.count(("class", "moment")) == len(life.facts)
    policy = next(value for _, value in page.attributes if value.startswith("default-src"))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_what_people_write_is_shown_as_text(pool: Pool, alone: Ops, tmp_path: Path) -> None:
    life = rectifying().say(say.ReportRectified).say(say.RejectRectification, reason=f"{PROBE}[red]x[/red]")
    await record(pool, life.letter())
    file = tmp_path / "life.html"

    await alone("step", ISSUE, "--html", str(file))
    in_words = await alone("step", ISSUE, columns=400)

    page = Page(file.read_text(encoding="utf-8"))
    assert page.tags.count("script") == 1
    assert f"{PROBE}[red]x[/red]" in "".join(page.texts)
    assert f"{PROBE}[red]x[/red]" in in_words.out


async def test_what_became_of_an_effect_is_told_from_the_ledger(pool: Pool, alone: Ops) -> None:
    await record(pool, rectifying().letter())
    async with connected(pool) as connection:
        await connection.execute(
            "UPDATE effects SET state = 'undeliverable', last_error = 'nobody there' WHERE number = 1"
        )
        await connection.execute("DELETE FROM effects WHERE number = 2")

    shown = told((await alone("step", ISSUE, "--json")).out)["steps"]

    assert {effect["fate"] for effect in shown[0]["effects"]} == {"送达不能 undeliverable:nobody there"}
    assert all(effect["is_amiss"] for effect in (*shown[0]["effects"], *shown[1]["effects"]))
    assert {effect["fate"] for effect in shown[1]["effects"]} == {"台账无此告知 not in the ledger"}
    assert {effect["fate"] for effect in shown[2]["effects"]} == {"待送 queued"}


async def test_the_history_names_the_event_of_each_word_mark_and_letter(served: Shell) -> None:
    issue = await escalated(served)
    await issue.say(say.RecordStop)
    await issue.journal()
    events = {event.event_id: event for event in await issue.events()}

    shown = told((await ops_at(served)("step", issue.issue_id, "--json")).out)

    assert "Temporal 历史(运行 1 次)" in shown["source"]["zh"]
    for step in shown["steps"]:
        trace = step["history"]
        assert trace["first"] <= step["number"] <= trace["last"]
        assert events[trace["taken"]].HasField("marker_recorded_event_attributes")
        if step["mark"]:
            fired = [
                event.event_id
                for event in events.values()
                if event.HasField("timer_fired_event_attributes") and event.event_id < trace["taken"]
            ]
            assert trace["fired"] == fired[-1]
        elif step["number"] == 1:
            assert trace["heard"] == 1
        elif "command" in step["fact"]:
            heard = events[trace["heard"]].workflow_execution_update_accepted_event_attributes
            assert heard.accepted_request.meta.update_id == step["fact"]["command"]
    assert {step["kind"] for step in shown["steps"] if step["mark"]} >= {
        "EarlyReminded",
        "Lapsed",
        "Escalated",
    }


async def test_after_a_reset_each_fact_is_still_found_where_it_was_first(served: Shell) -> None:
    issue = await served.open()
    for kind in (say.RecordStop, say.Assign):
        await issue.say(kind)
    await issue.journal()
    (_, second, *_) = await issue.events("WORKFLOW_TASK_COMPLETED")
    await reset(issue, second.event_id)
    await issue.say(say.ReportRectified)
    await issue.journal()

    shown = told((await ops_at(served)("step", issue.issue_id, "--json")).out)

    assert [step["history"]["run"] for step in shown["steps"]] == [1, 1, 1, 2]
    assert all(step["history"]["heard"] for step in shown["steps"])


async def test_an_unknown_issue_is_told_so(alone: Ops) -> None:
    ran = await alone("step", "512022-2026-000404")

    assert (ran.status, "没有问题" in ran.err) == (1, True)


async def test_a_page_that_cannot_be_written_is_told(pool: Pool, alone: Ops) -> None:
    await record(pool, rectifying().letter())

    ran = await alone("step", ISSUE, "--html", "/nowhere/life.html")

    assert (ran.status, "无法写入" in ran.err) == (2, True)
