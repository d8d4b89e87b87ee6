"""听者: who a kept word is for, an issue or a bulletin; and what one that is over would say to it."""

from pydantic import ValidationError

from domain.bulletin import decide as bulletin_rules
from domain.bulletin.terms import BulletinState
from domain.issue.decide import decide
from domain.issue.words import Command
from domain.model import Label
from domain.refusals import Refusal
from intake import bulletin_words, issue_words
from intake.house import House
from store import bulletins, journal
from store.commands import Answered, Word


async def said_to(house: House, word: Word) -> Answered:
    """Say a word to whom it is for and return the answer; raises what Temporal does for an update."""
    command = _command_in(word)
    if word.command in bulletin_words.COMMAND_OF:
        told = await house.door.say_to_bulletin(word.issue_id, command)
        return Answered(told.fact, told.state)
    receipt = await house.door.say(word.issue_id, command)
    return Answered(receipt.fact, receipt.stage)


async def as_the_journal_tells(house: House, word: Word) -> Answered | None:
    """办结之后: no workflow runs. What is over says what it would say; anything else comes back."""
    command = _command_in(word)
    is_bulletins = word.command in bulletin_words.COMMAND_OF
    return await (_over_bulletin if is_bulletins else _over_issue)(house, word.issue_id, command)


async def _over_issue(house: House, issue_id: str, command: Command) -> Answered | None:
    try:
        issue = await journal.retell_issue(house.pool, issue_id)
    except (LookupError, ValidationError, TypeError):
        return None
    if not issue.is_over:
        return None
    if command.id in issue.heard:
        return Answered(issue.number, issue.stage)
    try:
        decide(issue, command, house.now())
    except Refusal as no:
        return _refusal(no)
    return None


async def _over_bulletin(house: House, bulletin_id: str, command: Command) -> Answered | None:
    try:
        bulletin = await bulletins.bulletin_of(house.pool, bulletin_id)
    except (ValidationError, TypeError):
        return None
    if bulletin is None or bulletin.state is not BulletinState.WITHDRAWN:
        return None
    if command.id in bulletin.heard:
        return Answered(bulletin.number, bulletin.state)
    try:
        bulletin_rules.decide(bulletin, command, house.now())
    except Refusal as no:
        return _refusal(no)
    return None


def _refusal(no: Refusal) -> Answered:
    return Answered(refusal=type(no).__name__, reason=Label(no.zh, str(no)))


def _command_in(word: Word) -> Command:
    known = bulletin_words.COMMAND_OF.get(word.command) or issue_words.COMMAND_OF[word.command]
    return known.model_validate_json(word.body)
