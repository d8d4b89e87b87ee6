"""封存: what a reporter wrote stays in its own table; nothing of it is anywhere else."""

import logging
from pathlib import Path

import pytest

from domain.issue import commands as say
from domain.report import Report
from domain.terms import Category, Severity, Source
from intake.desk import Desk
from reading.registry import read_registry
from reading.rulebook import read_editions
from store.pool import connected
from store.roster import load_posts
from tests.workflows.shell import Living, Shell, payloads
from tests.workflows.words import REACH, RULES, TOWNSHIP

PLANTED = ("王小丫", "13800138000")
ROOT = Path(__file__).resolve().parents[2]

# Every column of every table but the one that keeps the report itself.
EVERYWHERE = (
    "SELECT body::text FROM issue_facts",
    "SELECT text FROM effects",
    "SELECT text FROM documents",
    "SELECT text FROM inbox",
    "SELECT issues::text FROM issues",
    "SELECT issue_numbers::text FROM issue_numbers",
)


async def test_what_a_reporter_wrote_is_nowhere_but_in_the_table_of_reports(
    the_shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    report = Report(
        id="planted-1",
        text=f"我是{PLANTED[0]},电话{PLANTED[1]},有人往河里倒垃圾",
        category=Category.DUMPING,
        severity=Severity.GENERAL,
        source=Source.PUBLIC,
        reach=REACH,
        division=TOWNSHIP,
    )
    editions = read_editions(RULES / "demo.yaml")
    registry = read_registry(ROOT / "registry" / "ziyang")
    await load_posts(the_shell.pool, registry.posts.values())
    task_queue = the_shell.settings.task_queue
    desk = Desk(the_shell.client, the_shell.pool, editions, registry, task_queue)
    with the_shell.env.with_time_skipping_disabled():
        opened = await desk.open(report)
    assert opened.issue_id is not None
    issue = Living(the_shell.client, the_shell.pool, opened.issue_id, the_shell.env)

    for kind in (say.NothingToStop, say.Assign, say.ReportRectified, say.AcceptRectification):
        await issue.say(kind)
    await issue.say(say.ReplyToReporter)
    details = str(await issue.metadata())
    await issue.say(say.Close)
    await issue.handle.result()

    described = await issue.handle.describe()
    texts = [payloads(event) for event in await issue.events()]
    texts += [str(described.raw_description), str(await described.static_summary()), caplog.text, details]
    async with connected(the_shell.pool) as connection:
        for query in EVERYWHERE:
            texts += [row[0] for row in await connection.fetch(query)]
        kept = await connection.fetchval("SELECT body::text FROM reports WHERE report_id = 'planted-1'")
    assert all(secret in kept for secret in PLANTED)
    assert [text for text in texts for secret in PLANTED if secret in text] == []
    assert "乱堆" in "".join(texts)
