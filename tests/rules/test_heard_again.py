"""重听: accepted words in another order, and time between them."""

from datetime import timedelta

from domain.issue import commands as c
from domain.issue.again import hear_again
from domain.issue.evolve import after
from domain.refusals import AlreadyDone
from domain.terms import Clock
from tests.rules.given import an_issue, kinds, limit_of, refused, say, wait, word

MINUTE = timedelta(minutes=1)


def test_the_named_words_come_first_and_the_others_as_they_stand() -> None:
    issue = an_issue()
    words = [word(issue, c.AttachReport, id=name) for name in ("one", "two", "three", "four")]

    facts = hear_again(issue, words, ("three", "two"), issue.at + MINUTE)

    assert [fact.command for fact in facts] == ["three", "two", "one", "four"]


def test_words_heard_again_make_what_they_made_in_that_order() -> None:
    issue = an_issue()
    stop, clue = word(issue, c.RecordStop), word(issue, c.AttachReport)
    then, first = say(issue, clue)
    _, second = say(then, stop)

    assert hear_again(issue, [stop, clue], (clue.id,), stop.said_at) == [*first, *second]


def test_time_speaks_between_the_words_and_after_the_last() -> None:
    issue = an_issue()
    limit = limit_of(issue, Clock.STOP)
    issue, _ = wait(issue, limit - MINUTE)
    early = word(issue, c.AttachReport, limit - MINUTE, id="early")
    late = word(issue, c.AttachReport, limit + MINUTE, id="late")

    facts = hear_again(issue, [late, early], ("early", "late"), limit + timedelta(hours=4))

    assert kinds(facts) == ["ReportAttached", "Lapsed", "ReportAttached", "Ordered"]
    assert facts[1].said_at == limit
    assert wait(after(issue, facts), limit + timedelta(hours=4))[1] == []


def test_a_word_that_may_not_be_said_at_its_new_place_is_refused() -> None:
    issue = an_issue()
    clue, dismissal = word(issue, c.AttachReport), word(issue, c.Dismiss)

    refusal = refused(lambda: hear_again(issue, [clue, dismissal], (dismissal.id,), issue.at + MINUTE))

    assert isinstance(refusal, AlreadyDone)


def test_a_word_that_is_a_fact_already_makes_none() -> None:
    issue = an_issue()
    clue = word(issue, c.AttachReport)
    issue, _ = say(issue, clue)

    assert hear_again(issue, [clue], (clue.id,), issue.at) == []
