"""重放: today's code lives every recorded life again, command for command and letter for letter."""

import pytest

from domain.chain import GENESIS, link
from domain.issue.commands import COMMANDS
from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.letter import head_of
from tests.histories import golden
from tests.histories.record import LARGEST
from tests.histories.scenarios import SCENARIOS
from tests.workflows.words import update_name


def test_every_scenario_has_its_golden() -> None:
    assert sorted(SCENARIOS) == golden.NAMES


@pytest.mark.parametrize("name", golden.NAMES)
async def test_the_recorded_life_is_lived_again(name: str) -> None:
    verdict = await golden.verdict(name)

    assert (verdict.standing, verdict.differences, verdict.broken) == ("same", (), ())
    assert verdict.facts == len(golden.read(name)["journal"])


@pytest.mark.parametrize("name", golden.NAMES)
def test_the_recorded_documents_are_those_of_the_recorded_effects(name: str) -> None:
    recorded = golden.read(name)
    papers = {
        (effect["number"], effect["kind"], effect["issuer"], effect["text"])
        for effect in recorded["effects"]
        if effect["kind"] in ("order", "bulletin")
    }

    assert sorted(papers) == [tuple(document) for document in recorded["documents"]]


@pytest.mark.parametrize("name", golden.NAMES)
def test_the_recorded_journal_is_a_chain_and_retells_the_row(name: str) -> None:
    recorded = golden.read(name)
    before = GENESIS
    for line in recorded["journal"]:
        assert line["hash"] == link(before, line["number"], line["body"])
        before = line["hash"]

    issue = retell([read_fact(line["body"]) for line in recorded["journal"]])

    assert issue.tail == before
    golden.compare_row(recorded["head"], head_of(issue))


@pytest.mark.parametrize("name", golden.NAMES)
def test_a_golden_stays_small(name: str) -> None:
    assert (golden.FOLDER / f"{name}.json").stat().st_size <= LARGEST


def test_the_goldens_together_say_every_word() -> None:
    texts = [(golden.FOLDER / f"{name}.json").read_text(encoding="utf-8") for name in golden.NAMES]

    unsaid = [
        kind for kind in COMMANDS if not any(f'"name": "{update_name(kind)}"' in text for text in texts)
    ]

    assert unsaid == []


def test_the_goldens_together_know_the_slow_path_and_the_roll() -> None:
    away = (golden.FOLDER / "postgres_away.json").read_text(encoding="utf-8")

    assert "EVENT_TYPE_ACTIVITY_TASK_COMPLETED" in away
    assert len(golden.read("continued_as_new")["histories"]) > 1
