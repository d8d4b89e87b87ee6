"""差异: what today's rules would write of a life, held against what is recorded of it, field by field."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from domain.chain import GENESIS
from domain.issue.effects import Effect
from domain.issue.letter import Head, Letter, Line
from domain.terms import ENDS

What = Literal["fact", "effect", "row", "carried"]


class Record(NamedTuple):
    """所载: what is recorded of an issue: its facts and, where they are known, its effects and its row."""

    lines: tuple[Line, ...]
    effects: tuple[Effect, ...] | None = None
    head: Head | None = None


class Posted(NamedTuple):
    """寄出一次: a letter as today's rules write it, in which run, at which event, and the answer it had then.

    `number` and `tail` are where the journal said that the letter ended; the answer is empty while it waits.
    """

    letter: Letter
    run: int = 1
    event: int = 0
    answer: str = ""
    number: int | None = None
    tail: str | None = None


class Difference(NamedTuple):
    """一处不同: where it is, and its two sides; without a field the whole is on one side only.

    `is_answered` tells whether the journal took the letter then; what it did not take may yet be settled.
    """

    what: What
    run: int
    event: int
    letter: int
    fact: int
    kind: str
    field: str
    recorded: Any
    today: Any
    is_answered: bool = True


def differences(
    record: Record, posted: Sequence[Posted], left: frozenset[int] = frozenset()
) -> list[Difference]:
    """Return every field in which the letters posted now differ from what is recorded, in order.

    `left` are runs that others took the place of: what the journal did not take of them, went otherwise. What
    the journal holds beyond the letters is no difference: it may be ahead, and facts follow an end.
    """
    stored = {line.number: line for line in record.lines}
    found: list[Difference] = []
    told: set[tuple[str, int, str]] = set()
    judged = list(_judged(posted, left))
    for place, post in judged:
        for each in (*_facts(post, place, stored), *_effects(post, place, stored, record.effects)):
            if (each.what, each.fact, each.field) not in told:
                told.add((each.what, each.fact, each.field))
                found.append(each)
    return [*found, *(_row(*judged[-1], record) if judged else ())]


def _judged(posted: Sequence[Posted], left: frozenset[int]) -> Iterator[tuple[int, Posted]]:
    """Each letter that the journal took, and the last one if it waits; what went again is judged once."""
    last: dict[tuple[int, int], int] = {
        (post.run, post.letter.lines[0].number): place for place, post in enumerate(posted, 1)
    }
    for place, post in enumerate(posted, 1):
        waits = post.run not in left and last[post.run, post.letter.lines[0].number] == place
        if post.answer == "recorded" or waits:
            yield place, post


def _facts(post: Posted, place: int, stored: Mapping[int, Line]) -> Iterator[Difference]:
    first, last = post.letter.lines[0].number, post.letter.lines[-1].number
    is_answered = post.answer == "recorded"

    def differs(number: int, kind: str, field: str, recorded: object, today: object) -> Difference:
        where = (post.run, post.event, place, number, kind, field)
        return Difference("fact", *where, recorded, today, is_answered)

    before = stored[first - 1].hash if first - 1 in stored else GENESIS
    follows = post.letter.before == before
    for line in post.letter.lines:
        known = stored.get(line.number)
        if known is None:
            if is_answered:
                yield differs(line.number, line.kind, "", None, json.loads(line.body))
            continue
        wrong = list(_of_line(known, line))
        if not wrong and follows and known.hash != line.hash:
            wrong = [("hash", known.hash, line.hash)]
        yield from (differs(line.number, known.kind, *each) for each in wrong)
        follows = follows and known.hash == line.hash
    for number in range(last + 1, (post.number or last) + 1):
        if number in stored:
            known = stored[number]
            yield differs(number, known.kind, "", json.loads(known.body), None)


def _of_line(known: Line, line: Line) -> Iterator[tuple[str, Any, Any]]:
    if known.kind != line.kind:
        yield "kind", known.kind, line.kind
    elif known.body != line.body:
        yield from fields(json.loads(known.body), json.loads(line.body))
    else:
        yield from fields(_beside(known), _beside(line))


def _beside(line: Line) -> dict[str, Any]:
    """The columns, which no hash covers."""
    return line.model_dump(mode="json", include={"at", "said_at"})


def _effects(
    post: Posted, place: int, stored: Mapping[int, Line], recorded: Sequence[Effect] | None
) -> Iterator[Difference]:
    if recorded is None:
        return
    for line in post.letter.lines:
        if line.number not in stored:
            continue
        then = _sorted(effect for effect in recorded if effect.number == line.number)
        now = _sorted(effect for effect in post.letter.effects if effect.number == line.number)
        only_then = [effect for effect in then if effect not in now]
        only_now = [effect for effect in now if effect not in then]
        for one, other in zip_longest(only_then, only_now):
            kind = str((one or other).kind)
            for field, was, is_now in fields(_effect(one), _effect(other)):
                where = (post.run, post.event, place, line.number, kind, field)
                yield Difference("effect", *where, was, is_now, post.answer == "recorded")


def _sorted(effects: Iterable[Effect]) -> list[Effect]:
    return sorted(effects, key=lambda effect: (effect.kind, effect.addressee))


def _effect(effect: Effect | None) -> dict[str, Any] | None:
    return effect.model_dump(mode="json", exclude={"number"}) if effect else None


def _row(place: int, post: Posted, record: Record) -> Iterator[Difference]:
    """The row is as the last letter left it; no fact after an end changes it."""
    last = post.letter.lines[-1].number
    is_last = bool(record.lines) and (
        record.lines[-1].number == last or (record.lines[-1].number > last and post.letter.head.stage in ENDS)
    )
    if not (is_last and record.head):
        return
    then, now = record.head.model_dump(mode="json"), post.letter.head.model_dump(mode="json")
    for field, was, is_now in fields(then, now):
        where = (post.run, post.event, place, last, "", field)
        yield Difference("row", *where, was, is_now, post.answer == "recorded")


def unwritten(record: Record, posted: Sequence[Posted]) -> list[Difference]:
    """Return the fact that is recorded next, where today's rules wrote the same up to it and broke off."""
    last = posted[-1].letter.lines[-1].number if posted else 0
    run, event = (posted[-1].run, posted[-1].event) if posted else (1, 1)
    return [
        Difference(
            "fact", run, event, len(posted) + 1, line.number, line.kind, "", json.loads(line.body), None
        )
        for line in record.lines
        if line.number == last + 1
    ]


def fields(recorded: Any, today: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two JSON values differ (`to[1]`, `starts[0].limit_at`), with both sides; absent is None."""
    if isinstance(recorded, dict) and isinstance(today, dict):
        for name in sorted(recorded.keys() | today.keys()):
            inner = f"{path}.{name}" if path else name
            yield from fields(recorded.get(name), today.get(name), inner)
    elif isinstance(recorded, list) and isinstance(today, list):
        for place, (one, other) in enumerate(zip_longest(recorded, today)):
            yield from fields(one, other, f"{path}[{place}]")
    elif recorded != today or type(recorded) is not type(today):
        yield path, recorded, today


def as_known_to(then: Any, value: Any) -> Any:
    """Return of a value what the build that wrote another one knew: a later field says nothing about it."""
    if isinstance(then, dict) and isinstance(value, dict):
        return {name: as_known_to(then[name], value[name]) for name in then if name in value}
    if isinstance(then, list) and isinstance(value, list):
        known = [as_known_to(one, other) for one, other in zip(then, value, strict=False)]
        return [*known, *value[len(known) :]]
    return value
