"""归档: what is recorded of an issue that is over, when its workflow history is kept elsewhere."""

from datetime import datetime

from domain.issue.events import HistoryArchived
from domain.issue.state import Issue
from domain.model import Digest, Frozen


class Archived(Frozen):
    """流程档案: the file that holds every run of an issue, by its digest, and how much is in it."""

    digest: Digest
    bytes: int
    runs: int
    events: int


def archived(issue: Issue, file: Archived, at: datetime) -> list[HistoryArchived]:
    """归档: a finished issue says where its history is kept; the same file is said once.

    It tells nobody, starts no clock and moves none: the record alone grows. Rule: R-ARCHIVE
    """
    command = f"archive:{file.digest[:48]}"
    if command in issue.heard:
        return []
    at = max(at, issue.at)
    return [HistoryArchived(at=at, said_at=at, rule="R-ARCHIVE", command=command, **file.model_dump())]
