"""所见: what a supervisor reads in the Web UI after every step, and what each step may touch."""

import json
from collections.abc import Mapping
from typing import Any

from temporalio.api.history.v1 import HistoryEvent

from domain.issue import commands as say
from domain.issue.views import WIDE_BLANK, attributes, details
from domain.issue.wording import subject
from domain.terms import Severity
from tests.workflows.shell import Shell
from tests.workflows.words import OTHER_UNIT, TOWNSHIP_CHIEF, UNIT
from workflows.names import BY_NAME

PLAIN_LIFE = (say.RecordStop, say.Assign, say.ReportRectified, say.AcceptRectification)


def _touched(event: HistoryEvent) -> Mapping[str, Any]:
    fields = event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
    return {name: json.loads(payload.data or b"null") for name, payload in fields.items()}


async def test_the_search_attributes_follow_the_issue_from_stage_to_stage(a_shell: Shell) -> None:
    issue = await a_shell.open()
    for kind in (None, *PLAIN_LIFE):
        if kind:
            await issue.say(kind)
        await issue.journal()

        now, shown = await issue.issue(), await issue.shown()

        wanted = {name: value for name, value in attributes(now).items() if value is not None}
        assert {name: value for name, value in shown.items() if name in BY_NAME} == wanted


async def test_a_step_touches_only_what_it_changed(a_shell: Shell) -> None:
    issue = await a_shell.open()

    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    await issue.say(say.Reassign)
    await issue.say(say.AttachReport)
    await issue.journal()

    touched = [_touched(event) for event in await issue.events("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")]
    assert [sorted(keys) for keys in touched] == [
        ["NextMark", "Stage"],
        ["NextMark", "Stage", "Unit"],
        ["Unit"],
    ]
    assert touched[-1] == {"Unit": OTHER_UNIT}


async def test_an_issue_that_is_over_has_no_next_mark(the_shell: Shell) -> None:
    issue = await the_shell.open()

    await issue.say(say.Dismiss)
    await issue.handle.result()

    shown = await issue.shown()
    assert shown["Stage"] == "dismissed"
    assert "NextMark" not in shown


async def test_the_current_details_are_a_chinese_table(a_shell: Shell) -> None:
    issue = await a_shell.open()
    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    await issue.journal()

    shown = (await issue.metadata()).current_details

    assert shown == details(await issue.issue())
    shown = shown.replace(WIDE_BLANK, "")
    assert shown.startswith("| 项目 | 内容 |\n|---|---|\n| 问题 | ")
    assert f"| 阶段 | 处理整改 |\n| 责任河长 | 乡镇级河长 `{TOWNSHIP_CHIEF}` |" in shown
    assert f"| 责任单位 | `{UNIT}` |" in shown
    assert "整改时限 · 提醒 →" in shown


async def test_the_details_are_there_before_anything_was_said(the_shell: Shell) -> None:
    issue = await the_shell.open()

    assert (await issue.metadata()).current_details == details(await issue.issue())


async def test_the_summary_says_what_where_and_how_serious(the_shell: Shell) -> None:
    issue = await the_shell.open(severity=Severity.SERIOUS)

    described = await issue.handle.describe()

    assert (
        await described.static_summary() == subject(await issue.issue()) == "乱堆 · 蟠龙河蟠龙镇段 · 较严重"
    )
