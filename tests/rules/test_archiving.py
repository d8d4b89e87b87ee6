"""What is recorded after the end of an issue: it is in the record, and nothing else knows of it."""

from datetime import timedelta

import pytest

from domain.figures import tell
from domain.issue.archiving import Archived, archived
from domain.issue.effects import effects_of
from domain.issue.events import read_fact
from domain.issue.evolve import evolve, retell
from domain.issue.explain import explain
from domain.issue.letter import head_of
from domain.issue.state import Issue
from ops.recompute import differences
from tests.histories import golden
from tests.rules.given import Walked

FILE = Archived(digest="ab" * 32, bytes=12, runs=2, events=34)
RECORD = {"number", "tail", "at", "recent", "heard"}
LATER = timedelta(days=1)


def finished() -> dict[str, list[str]]:
    journals = {name: [line["body"] for line in golden.read(name)["journal"]] for name in golden.NAMES}
    return {name: bodies for name, bodies in journals.items() if issue_of(bodies).is_over}


def issue_of(bodies: list[str]) -> Issue:
    return retell([read_fact(body) for body in bodies])


FINISHED = finished()


@pytest.mark.parametrize("name", FINISHED)
def test_what_is_recorded_after_the_end_changes_the_record_only(name: str) -> None:
    issue = issue_of(FINISHED[name])

    (fact,) = archived(issue, FILE, issue.at + LATER)
    after = evolve(issue, fact)
    Walked.facts([fact])

    changed = {field for field in Issue.model_fields if getattr(issue, field) != getattr(after, field)}
    assert changed == RECORD
    assert effects_of(after, fact) == ()
    assert head_of(after) == head_of(issue)
    assert explain(after, after.at).clocks == explain(issue, after.at).clocks


@pytest.mark.parametrize("name", FINISHED)
def test_a_life_with_facts_after_its_end_is_still_recomputed_and_counted(name: str) -> None:
    facts = [read_fact(body) for body in FINISHED[name]]
    issue = retell(facts)
    more = [*facts, *archived(issue, FILE, issue.at + LATER)]

    assert differences(more) == differences(facts) == []
    assert tell(more, issue.at + 2 * LATER).runs == tell(facts, issue.at + 2 * LATER).runs


def test_the_same_file_is_said_once_and_another_file_again() -> None:
    issue = issue_of(FINISHED["closed"] if "closed" in FINISHED else next(iter(FINISHED.values())))
    (fact,) = archived(issue, FILE, issue.at)
    after = evolve(issue, fact)

    assert archived(after, FILE, after.at + LATER) == []
    assert len(archived(after, FILE.model_copy(update={"digest": "cd" * 32}), after.at)) == 1


def test_it_is_never_recorded_before_what_it_follows() -> None:
    issue = issue_of(next(iter(FINISHED.values())))

    (fact,) = archived(issue, FILE, issue.at - LATER)

    assert fact.at == issue.at
