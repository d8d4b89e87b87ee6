"""处置手册: every recipe of docs/operating.md ends the trouble that it is for, run as it is written there."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
import yaml

from domain.canary_walk import Walked
from domain.issue import commands as say
from domain.lead import LeadState
from domain.model import Label
from domain.stuck import KINDS, Kind
from machine.ports import any_free_port
from machine.temporal import TemporalServer, binary
from reading.roster import read_roster
from store import alarms, canaries, inbox, leads
from store.lead_rows import Step
from store.roster import keep_roster
from tests.ops import planted
from tests.ops.planted import NOBODYS_QUEUE, QUEUE, Site, site
from tests.ops.terminal import Ran
from tests.servers import TestPostgres, server_on_file
from tests.stories.recipes import NAMES, OTHERS, RECIPES, ROOT, TEXT, WITH_DOCKER, Line, under
from tests.workflows.shell import Living, eventually, fresh_issue_id
from tests.workflows.words import UNIT
from workflows.names import lead_workflow_id

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
SERVES = ("worker.py", "intake")
"""What goes on until it is ended; the others end by themselves."""
NOT_OURS = {"var", ".git", ".env", "registry"}


@dataclass
class Scene:
    """A site, and a project's folder of its own in which its operator types."""

    at: Site
    folder: Path
    settings: Mapping[str, str]

    async def follow(
        self,
        recipe: str,
        *,
        until: Callable[[], Awaitable[bool]] | None = None,
        meanwhile: Callable[[Site, str], Awaitable[None]] | None = None,
        **said: str,
    ) -> list[Ran]:
        """Type what a recipe says, line by line; each must end as the document promises.

        What serves goes on `until` something is true; `meanwhile` happens after the first line.
        """
        told = []
        for line in RECIPES[recipe]:
            if any(word in SERVES for word in line.words):
                assert until is not None
                async with self.serving(line):
                    await eventually(f"{recipe} helps", until, 60)
                continue
            if told and (request := re.search(r"ops approve (\d+)", told[0].out)):
                said["REQUEST"] = request[1]
            told.append(await self._type(line.about(**said)))
            if meanwhile and len(told) == 1:
                await meanwhile(self.at, "")
        return told

    async def _type(self, line: Line) -> Ran:
        process = await self._start(line)
        out, err = (stream.decode() for stream in await process.communicate())
        assert "Traceback" not in err, err
        assert process.returncode == line.status, (" ".join(line.words), out, err)
        return Ran(process.returncode, out, err)

    @asynccontextmanager
    async def serving(self, line: Line) -> AsyncIterator[None]:
        """Let a program serve; what it says is left in the folder."""
        with (self.folder / "said.log").open("wb") as said:
            process = await self._start(line, said)
        try:
            yield
        finally:
            process.terminate()
            await process.wait()

    async def _start(self, line: Line, said: Any = asyncio.subprocess.PIPE) -> asyncio.subprocess.Process:
        program, *words = line.words
        plain = {name: value for name, value in os.environ.items() if not name.startswith("RIVER_")}
        return await asyncio.create_subprocess_exec(
            {"python": sys.executable, "temporal": str(binary())}[program],
            *words,
            cwd=self.folder,
            env={**plain, **self.settings},
            stdout=said,
            stderr=said,
        )

    async def is_named(self, kind: Kind, subject: str) -> bool:
        return (kind, subject) in await self.at.names()

    async def is_well(self) -> bool:
        return await self.at.names() == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TemporalServer]:
    """Give a Temporal server on which nothing runs but what these tests begin."""
    one = server_on_file(tmp_path_factory.mktemp("temporal"))
    await one.start()
    yield one
    await one.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    postgres: TestPostgres, server: TemporalServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Scene]:
    """Give a scene whose workflows end with the test."""
    for each in ROOT.iterdir():
        if each.name not in NOT_OURS:
            (tmp_path / each.name).symlink_to(each)
    shutil.copytree(ROOT / "registry", tmp_path / "registry")
    async with site(postgres, server, monkeypatch) as one:
        settings = {
            "RIVER_DATABASE_URL": one.dsn,
            "RIVER_TEMPORAL_ADDRESS": server.address,
            "RIVER_TEMPORAL_NAMESPACE": server.namespace,
            "RIVER_TASK_QUEUE": QUEUE,
            "RIVER_SANDBOX": "false",
            "RIVER_HTTP_PORT": str(any_free_port()),
            "RIVER_SHUTDOWN_GRACE": "1",
            "TEMPORAL_ADDRESS": server.address,
            "COLUMNS": "200",
        }
        yield Scene(one, tmp_path, settings)
        await one.end()


# --- what is stuck


async def nothing(_: Site, __: str) -> None:
    """Nobody but the operator does anything."""


class Trouble(NamedTuple):
    """What is planted for a recipe, what was mended before it, and what others then do."""

    recipe: str
    kind: Kind
    plant: planted.Plant
    stands_for: str = "ISSUE"
    mended: Callable[[Site, str], Awaitable[None]] = nothing
    afterwards: Callable[[Site, str], Awaitable[None]] = nothing


async def forget_faults(at: Site, _: str) -> None:
    """The mended code is deployed."""
    for faults in (at.faults.raises, at.faults.differs, at.faults.sleeps, at.faults.strange):
        faults.clear()


async def let_go(at: Site, _: str) -> None:
    """Whoever held the journal lets go."""
    await at.held.aclose()


async def deliver(at: Site, _: str) -> None:
    """The courier goes round again."""
    await at.deliver()


async def plant_bad_build(at: Site) -> str:
    """A build that forgot to show anything lived an issue; the mended one does not do what it did."""
    issue_id = fresh_issue_id()
    at.faults.differs.add(issue_id)
    issue = await at.open(issue_id=issue_id)
    await issue.say(say.RecordStop)
    await issue.journal()
    await at.deliver()
    at.faults.differs.clear()
    await at.nudge(issue)
    return issue_id


async def sign(at: Site, _: str) -> None:
    for line, post in await at.pool.fetch("SELECT line, addressee FROM inbox WHERE effect = 'order'"):
        assert await inbox.sign_for(at.pool, line, [post], "H-1", datetime.now(UTC))


def heard(*kinds: type[say.Command]) -> Callable[[Site, str], Awaitable[None]]:
    """Return a person who says some words."""

    async def speak(at: Site, issue_id: str) -> None:
        issue = Living(at.client, at.pool, issue_id)
        for kind in kinds:
            await issue.say(kind)
        await issue.journal()
        await at.deliver()

    return speak


async def assess(at: Site, receipt: str) -> None:
    step = Step(LeadState.REFUSED, "office", reason=Label("不属于河湖问题", "no river's"))
    assert await leads.take(at.pool, receipt, (LeadState.PARKED,), step, datetime.now(UTC))


TROUBLES = (
    Trouble("task_failing", Kind.TASK_FAILING, planted.plant_task_failing, mended=forget_faults),
    Trouble("bad_build", Kind.TASK_FAILING, plant_bad_build),
    Trouble("unreadable", Kind.TASK_FAILING, planted.plant_task_undecodable, mended=forget_faults),
    Trouble("diverged", Kind.DIVERGED, planted.plant_diverged, afterwards=deliver),
    Trouble("run_missing", Kind.RUN_MISSING, planted.plant_run_missing),
    Trouble("journal_missing", Kind.JOURNAL_MISSING, planted.plant_journal_missing, afterwards=deliver),
    Trouble(
        "letter_waiting", Kind.LETTER_WAITING, planted.plant_letter_waiting, mended=let_go, afterwards=deliver
    ),
    Trouble("effect_late", Kind.EFFECT_LATE, planted.plant_effect_late, afterwards=deliver),
    Trouble(
        "effect_undeliverable",
        Kind.EFFECT_UNDELIVERABLE,
        planted.plant_effect_undeliverable,
        afterwards=deliver,
    ),
    Trouble("head_behind", Kind.HEAD_BEHIND, planted.plant_head_behind),
    Trouble(
        "mark_passed", Kind.MARK_PASSED, planted.plant_mark_passed, mended=forget_faults, afterwards=deliver
    ),
    Trouble("history_long", Kind.HISTORY_LONG, planted.plant_history_long),
    Trouble("archive_late", Kind.ARCHIVE_LATE, planted.plant_archive_late),
    Trouble(
        "dispute_unruled",
        Kind.DISPUTE_UNRULED,
        planted.plant_dispute_unruled,
        afterwards=heard(say.RuleOnDispute),
    ),
    Trouble(
        "lead_unassessed", Kind.LEAD_UNASSESSED, planted.plant_lead_unassessed, "LEAD", afterwards=assess
    ),
    Trouble(
        "suspension_unreviewed",
        Kind.SUSPENSION_UNREVIEWED,
        planted.plant_suspension_unreviewed,
        afterwards=heard(say.UpholdSuspension),
    ),
)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.recipe)
async def test_a_recipe_ends_its_trouble(scene: Scene, trouble: Trouble) -> None:
    subject = await trouble.plant(scene.at)
    await eventually("it is named", lambda: scene.is_named(trouble.kind, subject), 45)
    await trouble.mended(scene.at, subject)

    await scene.follow(trouble.recipe, **{trouble.stands_for: subject})
    await trouble.afterwards(scene.at, subject)

    await eventually("nothing is stuck any more", scene.is_well, 30)


async def test_stuck_lists_what_is_stuck_and_where(scene: Scene) -> None:
    subject = await planted.plant_task_failing(scene.at)
    await eventually("it is named", lambda: scene.is_named(Kind.TASK_FAILING, subject), 45)

    everything, narrowed = await scene.follow("stuck")

    assert subject in everything.out
    assert subject in narrowed.out


async def test_many_are_woken_once_another_person_approves(scene: Scene) -> None:
    subjects = [await planted.plant_task_failing(scene.at) for _ in range(2)]
    for subject in subjects:
        await eventually("both are named", lambda about=subject: scene.is_named(Kind.TASK_FAILING, about), 45)

    await scene.follow("many", meanwhile=forget_faults)

    await eventually("nothing is stuck any more", scene.is_well, 30)


async def test_what_a_lead_retries_is_tried_at_once(scene: Scene) -> None:
    receipt = await planted.plant_activity_retrying(scene.at)
    await eventually("it is named", lambda: scene.is_named(Kind.ACTIVITY_RETRYING, receipt), 45)
    await scene.at.leads.reach(scene.at.dsn)
    workflow_id = lead_workflow_id(receipt)
    described = await scene.at.client.get_workflow_handle(workflow_id).describe()
    (activity,) = described.raw_description.pending_activities

    await scene.follow("activity_retrying", WORKFLOW=workflow_id, ACTIVITY=activity.activity_id)

    await eventually("nothing is stuck any more", scene.is_well, 30)


async def test_what_can_never_be_delivered_is_given_up(scene: Scene) -> None:
    subject = await planted.plant_effect_undeliverable(scene.at)
    (post,) = await scene.at.pool.fetchrow("SELECT addressee FROM effects WHERE state = 'undeliverable'")

    await scene.follow("skip", ISSUE=subject, POST=post)

    assert await scene.is_well()
    assert await scene.at.pool.fetchval("SELECT count(*) FROM effects WHERE state = 'skipped'") == 1


async def test_a_queue_that_nobody_polled_has_its_worker(scene: Scene) -> None:
    queue = await planted.plant_worker_missing(scene.at)
    await eventually("it is named", lambda: scene.is_named(Kind.WORKER_MISSING, queue), 45)

    scene.settings = {**scene.settings, "RIVER_TASK_QUEUE": NOBODYS_QUEUE}
    await scene.follow("worker_missing", until=scene.is_well)


async def test_a_word_that_waited_is_answered_once_the_front_door_is_open(scene: Scene) -> None:
    subject = await planted.plant_word_waiting(scene.at)
    await eventually("it is named", lambda: scene.is_named(Kind.WORD_WAITING, subject), 45)

    await scene.follow("word_waiting", until=scene.is_well)

    assert await Living(scene.at.client, scene.at.pool, subject).kinds() == ["Opened", "Stopped"]


async def whose(scene: Scene, subject: str) -> str:
    """Return whose it is that something is stuck."""
    (post,) = [each.whose for each in (await scene.at.stuck()).found if each.subject == subject]
    return post


async def test_an_inbox_shows_what_nobody_signed_for(scene: Scene) -> None:
    subject = await planted.plant_no_receipt(scene.at)
    await eventually("it is named", lambda: scene.is_named(Kind.NO_RECEIPT, subject), 45)
    post = await whose(scene, subject)

    (shown,) = await scene.follow("no_receipt", POST=post)
    await sign(scene.at, subject)

    assert subject in shown.out
    assert await scene.is_well()


async def test_a_bulletin_that_waited_is_approved(scene: Scene) -> None:
    subject = await planted.plant_bulletin_unapproved(scene.at)
    await eventually("it is named", lambda: scene.is_named(Kind.BULLETIN_UNAPPROVED, subject), 45)
    post = await whose(scene, subject)

    shown, _ = await scene.follow("bulletin_unapproved", BULLETIN=subject, POST=post)

    assert subject in shown.out
    await eventually("nothing is stuck any more", scene.is_well, 30)


async def test_a_vacancy_ends_with_the_roster(scene: Scene) -> None:
    roster = read_roster(scene.folder / "registry" / "ziyang")
    await keep_roster(scene.at.pool, roster.model_copy(update={"tenures": ()}), "nobody")
    issue = await scene.at.open()
    await scene.at.deliver()
    post = (await issue.issue()).chief
    await eventually("it is named", lambda: scene.is_named(Kind.POST_VACANT, post), 45)

    *_, who = await scene.follow("post_vacant", POST=post)
    await scene.at.deliver()

    assert "H-" in who.out
    assert await scene.is_well()


async def test_a_canary_walks_and_settles_its_alarm(scene: Scene) -> None:
    missing = Label("没有督办单", "no order")
    failed = Walked(issue_id="999999-2026-000900", began_at=datetime.now(UTC), troubles=(missing,))
    await canaries.keep(scene.at.pool, "c" * 32, failed)
    await alarms.raise_alarm(scene.at.pool, "canary_failed", "canary", "第三级没有发生。")
    scene.settings = {**scene.settings, "RIVER_TASK_QUEUE": "walked by canaries"}

    (shown,) = await scene.follow("canary_failed")
    async with scene.serving(Line(("python", "worker.py"))):
        *_, schedule, walked = await scene.follow("canary")

    assert missing.zh in shown.out
    assert "canary" in schedule.out
    assert "正常 well" in walked.out
    assert await alarms.open_alarms(scene.at.pool) == []


async def test_an_alarm_that_is_dealt_with_is_settled(scene: Scene) -> None:
    await alarms.raise_alarm(scene.at.pool, "unknown_post", UNIT, "名册中没有这个岗位。")
    (alarm,) = await alarms.open_alarms(scene.at.pool)

    await scene.follow("alarms", ALARM=str(alarm.id))

    assert await alarms.open_alarms(scene.at.pool) == []


# --- what is asked


async def stopped(scene: Scene) -> Living:
    """Open an issue and stop what was found."""
    issue = await scene.at.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    await scene.at.deliver()
    return issue


async def test_every_open_issue_is_replayed_before_a_deploy(scene: Scene) -> None:
    for _ in range(2):
        await stopped(scene)

    (ran,) = await scene.follow("before_deploy")

    assert "重放 replayed 2:一致 the same 2" in ran.out


async def test_a_life_is_told_on_a_page(scene: Scene) -> None:
    issue = await stopped(scene)

    told, _ = await scene.follow("step", ISSUE=issue.issue_id)

    assert issue.issue_id in told.out
    assert issue.issue_id in (scene.folder / "办理过程.html").read_text("utf-8")


async def test_a_fact_is_decided_again_and_comes_out_the_same(scene: Scene) -> None:
    issue = await stopped(scene)
    before = await issue.journal()

    await scene.follow("reset", ISSUE=issue.issue_id)

    assert (await issue.journal())[:-1] == before
    assert await issue.kinds() == ["Opened", "Stopped", "Repaired"]
    assert await scene.is_well()


async def test_the_whole_record_is_verified_against_its_anchor(scene: Scene) -> None:
    await stopped(scene)

    await scene.follow("verify")

    assert (scene.folder / "锚.txt").read_text("utf-8").startswith("river-anchor-1 ")


async def test_an_export_is_checked_with_the_key_that_came_by_another_way(scene: Scene) -> None:
    issue = await stopped(scene)
    key = f"导出/{issue.issue_id}/key.public.jwk"

    await scene.follow("export", ISSUE=issue.issue_id, PUBLIC=key)


# --- the document itself


TRIED = (
    *(trouble.recipe for trouble in TROUBLES),
    *re.findall(r'scene\.follow\(\s*"(\w+)"', Path(__file__).read_text("utf-8")),
)


def test_every_recipe_is_tried_and_every_trial_is_a_recipe() -> None:
    assert sorted(set(TRIED)) == sorted(NAMES)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_listed_and_leads_to_commands(kind: Kind) -> None:
    assert f"| [`{kind}`](#{kind}) {kind.label.zh} |" in TEXT
    assert "```sh\n" in under(kind)


@pytest.mark.parametrize("kind", [kind for kind in Kind if not kind.is_human])
def test_the_runbook_does_what_the_list_suggests(kind: Kind) -> None:
    suggested = KINDS[kind].repair.replace(" -d ", " --detach ").format(subject="ISSUE")

    assert suggested in under(kind)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_is_listed_and_leads_to_commands(rule: dict[str, Any]) -> None:
    anchor = rule["annotations"]["runbook"].partition("#")[2]
    (row,) = [line for line in TEXT.splitlines() if line.startswith("|") and f"`{rule['alert']}`" in line]

    assert f"(#{anchor})" in row
    assert "```sh\n" in under(anchor)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(#([\w-]+)\)", TEXT))))
def test_every_link_within_the_document_leads_to_something(link: str) -> None:
    headings = [_anchor(line) for line in TEXT.splitlines() if line.startswith("#")]

    assert f'<a id="{link}"></a>' in TEXT or link in headings


def _anchor(heading: str) -> str:
    """Spell a heading as GitHub does in a link."""
    words = heading.lstrip("#").strip().lower()
    return re.sub(r"[^\w -]", "", words).replace(" ", "-")


def test_what_is_no_recipe_wants_docker() -> None:
    assert [line for line in OTHERS if line not in WITH_DOCKER] == []


@pytest.mark.parametrize("line", WITH_DOCKER, ids=lambda line: " ".join(line.words)[:60])
def test_a_line_for_docker_names_services_that_exist(line: Line) -> None:
    docker, compose, word, *rest = line.words
    named = [each for each, before in zip(rest, [word, *rest], strict=False) if _is_a_name(each, before)]
    scaled = [count.partition("=")[0] for option, count in pairwise(rest) if option == "--scale"]
    services = [*(named[:1] if word in ("exec", "run") else named), *scaled]

    assert (docker, compose) == ("docker", "compose")
    assert word in {"build", "exec", "logs", "ps", "restart", "run", "up"}
    assert set(services) <= set(COMPOSE["services"])


def _is_a_name(each: str, before: str) -> bool:
    return not each.startswith("-") and before not in ("--tail", "--scale", "--volume")


@pytest.mark.parametrize("profile", sorted(set(re.findall(r"docker compose --profile ([a-z]+)", TEXT))))
def test_a_profile_that_is_named_exists(profile: str) -> None:
    assert any(profile in service.get("profiles", ()) for service in COMPOSE["services"].values())
