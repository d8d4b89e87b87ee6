"""预演: what would be decided again from an earlier point, found out from the journal and the words alone."""

from datetime import timedelta

from domain.issue import commands as c
from domain.issue.decide import decide, let_time_pass
from domain.issue.evolve import retell
from domain.issue.opening import open_issue
from domain.issue.repairing import demanded, kept_before, opened_with, redo, unsaid
from domain.terms import Severity
from tests.rules.given import MONDAY, Facts, Walked, at, kinds, opening, word

HOUR = timedelta(hours=1)


class Life:
    """A life and the words that were said to it, each heard a minute after it was said."""

    def __init__(self) -> None:
        command = opening(severity=Severity.GENERAL)
        self.facts: Facts = open_issue(command, command.said_at)
        self.words: list[c.Command] = []

    def say(self, kind: type[c.Command], local: str, heard: str | None = None) -> "Life":
        now = at(heard or local)
        self.facts = [*self.facts, *let_time_pass(retell(self.facts), now)]
        command = word(retell(self.facts), kind, at(local)).model_copy(
            update={"id": f"word-{len(self.words)}"}
        )
        self.facts = [*self.facts, *decide(retell(self.facts), command, now)]
        self.words.append(command)
        return self


def a_life() -> Life:
    """Stopped, assigned, and lapsed before it is rectified."""
    life = Life().say(c.RecordStop, "11-23 09:00").say(c.Assign, "11-23 10:00")
    return life.say(c.ReportRectified, "12-01 09:00")


def test_the_same_words_make_the_same_facts_from_wherever_they_are_heard_again() -> None:
    life = a_life()

    for kept in range(opened_with(life.facts), len(life.facts) + 1):
        heard = {fact.command for fact in life.facts[:kept]}
        words = [command for command in life.words if command.id not in heard]
        redone = redo(life.facts, kept, words, at("12-01 09:00"))

        assert redone.differs_at is None
        assert redone.made == redone.again == tuple(life.facts[kept:])
        assert redone.ends == retell(life.facts)
        assert [each.fate for each in redone.words] == ["heard"] * len(words)


def test_a_word_that_may_not_be_said_at_its_new_place_is_named_with_its_reason() -> None:
    life = a_life()
    _, *later = life.words

    redone = redo(life.facts, 1, later, at("12-01 09:00"))

    assert [type(each.command).__name__ for each in redone.refused] == ["Assign", "ReportRectified"]
    assert all(each.why and each.why.zh for each in redone.refused)
    for each in redone.refused:
        assert each.no is not None
        Walked.refusal(each.no)
    assert redone.differs_at == 2


def test_a_word_that_is_known_makes_nothing_a_second_time() -> None:
    life = a_life()

    redone = redo(life.facts, len(life.facts), life.words, at("12-01 09:00"))

    assert ([each.fate for each in redone.words], redone.made) == (["known"] * 3, ())


def test_a_lapse_that_a_late_word_withdrew_does_not_come_back_and_so_it_differs() -> None:
    """Heard before the lapse this time, the word leaves nothing to withdraw: no reset can mend that."""
    life = Life().say(c.RecordStop, "11-23 09:00").say(c.Assign, "11-23 10:00")
    life.say(c.ReportRectified, "11-24 09:00", heard="12-01 09:00")
    assert "LapseWithdrawn" in kinds(life.facts)
    before_the_lapse = kinds(life.facts).index("Lapsed")

    redone = redo(life.facts, before_the_lapse, life.words[2:], at("12-01 09:00"))

    assert redone.differs_at is not None
    assert "LapseWithdrawn" not in kinds(redone.made)


def test_time_goes_on_where_the_journal_ends() -> None:
    life = Life().say(c.RecordStop, "11-23 09:00").say(c.Assign, "11-23 10:00")

    redone = redo(life.facts, len(life.facts), (), at("12-20 09:00"))

    assert redone.differs_at is None
    assert "Lapsed" in kinds(redone.made)
    assert demanded([*life.facts, *redone.made], redone.kept)


def test_what_stands_is_what_was_heard_and_what_time_had_made() -> None:
    life = a_life()
    stop, assign, _ = (command.id for command in life.words)
    lapsed = kinds(life.facts).index("Lapsed") + 1

    assert kept_before(life.facts, frozenset(), MONDAY) == opened_with(life.facts)
    assert kept_before(life.facts, frozenset({stop}), at("12-01 09:00")) == 2
    assert kept_before(life.facts, frozenset({stop, assign}), at("11-23 11:00")) == 3
    assert kept_before(life.facts, frozenset({stop, assign}), life.facts[lapsed - 1].said_at) == lapsed
    assert kept_before(life.facts, frozenset(w.id for w in life.words), at("11-23 11:00")) == len(life.facts)


def test_the_effects_behind_a_point_are_those_of_the_facts_behind_it() -> None:
    life = a_life()

    whole = demanded(life.facts, 0)

    for kept in range(len(life.facts)):
        assert demanded(life.facts, kept) == [effect for effect in whole if effect.number > kept]


def test_what_no_fact_stands_behind_is_unsaid_in_the_order_in_which_it_was_accepted() -> None:
    life = a_life()
    accepted = {command.id: command for command in life.words}

    assert unsaid(life.facts, accepted) == []
    assert unsaid(life.facts[:2], accepted) == life.words[1:]
