"""存档: what keeps histories, with the names of the workflows and the code that lives them again."""

from collections.abc import Sequence

from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import WorkflowRunner

from activities.archive import Archive
from activities.chain import Relive
from domain.issue.letter import Letter
from workflows.names import issue_id_of, issue_workflow_id
from workflows.relive import relive


def reliving(converter: DataConverter, runner: WorkflowRunner) -> Relive:
    """Return what lives one run again; it needs no server."""

    async def again(run: WorkflowHistory) -> tuple[Sequence[Letter], Exception | None]:
        lived = await relive([run], converter, runner)
        return lived.letters, lived.fault

    return again


def archive_of(client: Client, dsn: str, archive: str, runner: WorkflowRunner) -> Archive:
    """Return the archive in the place that RIVER_ARCHIVE names; it is opened when it is needed."""
    again = reliving(client.data_converter, runner)
    return Archive(dsn, client, archive, again, issue_workflow_id, issue_id_of)
