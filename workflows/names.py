"""名称: task queues, workflow ids, search attributes: the public contract with the Temporal server."""

import re
from datetime import timedelta
from typing import Any

from temporalio.common import SearchAttributeKey

ISSUE_WORKFLOW = "Issue"
LEAD_WORKFLOW = "Lead"
RECORD_NOW = "record_now"
RECORD_UNTIL_DONE = "record_until_done"
REMIND_OF_LEAD = "remind_of_lead"
BULLETIN_WORKFLOW = "Bulletin"
BULLETIN_DAY_WORKFLOW = "BulletinDay"
FREEZE_BULLETIN = "freeze_bulletin"
RECORD_BULLETIN = "record_bulletin"
LOOK_THROUGH_BULLETIN = "look_through_bulletin"
NAMES_IN_BULLETIN = "names_in_bulletin"
ISSUE_BULLETIN = "issue_bulletin"
OPEN_DUE_BULLETINS = "open_due_bulletins"
BULLETIN_SCHEDULE = "bulletins/daily"
ARCHIVE_HOUR_WORKFLOW = "ArchiveHour"
ARCHIVE_CLOSED = "archive_closed"
ARCHIVE_SCHEDULE = "archive/hourly"
CANARY_WORKFLOW = "Canary"
OPEN_CANARY = "open_canary"
END_CANARY = "end_canary"
CANARY_SCHEDULE = "canary/hourly"

TASK_TIMEOUT = timedelta(seconds=3)
"""A killed worker's task is given to another after this; the default of 10 s makes a page 10 s late."""

STICKY_TIMEOUT = timedelta(seconds=1)
"""How long a task waits for the worker that has the issue in memory, before any worker may take it.

After a kill every mark waits for this; in a storm every word that was not let past the marks does.
"""

STAGE = SearchAttributeKey.for_keyword("Stage")
POST = SearchAttributeKey.for_keyword("Post")
UNIT = SearchAttributeKey.for_keyword("Unit")
CATEGORY = SearchAttributeKey.for_keyword("Category")
SEVERITY = SearchAttributeKey.for_keyword("Severity")
REACH = SearchAttributeKey.for_keyword("Reach")
DIVISION = SearchAttributeKey.for_keyword("Division")
ORIGIN = SearchAttributeKey.for_keyword("Origin")
TROUBLE = SearchAttributeKey.for_keyword("Trouble")
LEVEL = SearchAttributeKey.for_int("Level")
RUNG = SearchAttributeKey.for_int("Rung")
NEXT_MARK = SearchAttributeKey.for_datetime("NextMark")
OVERDUE = SearchAttributeKey.for_bool("Overdue")
SUSPENDED = SearchAttributeKey.for_bool("Suspended")
JOINT = SearchAttributeKey.for_bool("Joint")

SEARCH_ATTRIBUTES = (
    STAGE,
    POST,
    UNIT,
    CATEGORY,
    SEVERITY,
    REACH,
    DIVISION,
    ORIGIN,
    TROUBLE,
    LEVEL,
    RUNG,
    NEXT_MARK,
    OVERDUE,
    SUSPENDED,
    JOINT,
)
"""Registered before any worker starts: an unregistered one blocks the issue, an over-long one ends it."""


def update_name(command: type) -> str:
    """Return the update that says a command: `record_stop` for RecordStop."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", command.__name__).lower()


def issue_workflow_id(issue_id: str) -> str:
    """Return `issue/512022/2026/000123` for the issue number `512022-2026-000123`."""
    return "issue/" + issue_id.replace("-", "/")


def lead_workflow_id(receipt: str) -> str:
    """Return `lead/261124-7K3M9QXP` for a receipt."""
    return f"lead/{receipt}"


def bulletin_workflow_id(bulletin_id: str) -> str:
    """Return `bulletin/512022000000/2026/monthly-11` for the bulletin `512022000000-2026-monthly-11`."""
    return "bulletin/" + bulletin_id.replace("-", "/", 2)


def seal_queue(task_queue: str) -> str:
    """Return the queue of the front door, which alone may compare with what is sealed."""
    return f"{task_queue}-seal"


def issue_id_of(workflow_id: str) -> str:
    """Return the issue number behind a workflow id."""
    return workflow_id.removeprefix("issue/").replace("/", "-")


BY_NAME: dict[str, SearchAttributeKey[Any]] = {key.name: key for key in SEARCH_ATTRIBUTES}
