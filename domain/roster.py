"""名册: who acts for a post at a moment: holder, deputy, acting holder by succession; who covers whom."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from domain.model import Frozen, Moment, derived
from domain.posts import Division, Post
from domain.succession import Succession, successors


def _is_a_code(value: str) -> str:
    if not any(letter.isdigit() for letter in value):
        raise ValueError(f"{value!r} is no code of a person: a code has a digit, a name has none")
    if re.fullmatch(r"[0-9]{7,}[Xx]?", value):
        raise ValueError(f"{value!r} is no code of a person: it looks like a number by which one is known")
    return value


PersonCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,40}$"), AfterValidator(_is_a_code)]
"""人员代码: stands for a person; who that is, only the office's own list of people knows."""


class Capacity(StrEnum):
    """身份: in which a person acts for a post."""

    HOLDER = "holder"
    DEPUTY = "deputy"
    ACTING = "acting"
    COVER = "cover"


Appointed = Literal[Capacity.HOLDER, Capacity.DEPUTY, Capacity.ACTING]
"""Nobody is appointed as a cover: that follows from an absence."""

WhySkipped = Literal["vacant", "expired", "absent", "circle"]


class Tenure(Frozen):
    """任职: a person in a post, from a moment until another; open where nothing is said."""

    post: Post
    person: PersonCode
    capacity: Appointed
    from_at: Moment | None = None
    until_at: Moment | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether it has begun and is not over."""
        return (not self.from_at or self.from_at <= at) and (not self.until_at or at < self.until_at)

    def is_over(self, at: datetime) -> bool:
        """Tell whether it has ended."""
        return self.until_at is not None and self.until_at <= at


class Absence(Frozen):
    """不在岗: leave, training, illness; who covers meanwhile, if anybody."""

    person: PersonCode
    from_at: Moment
    until_at: Moment | None = None
    cover: PersonCode | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether the person is away."""
        return self.from_at <= at and (self.until_at is None or at < self.until_at)


class ChannelKind(StrEnum):
    """渠道: by which a person is reached; the inbox of the service is always there and is none of them."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    SMS = "sms"
    EMAIL = "email"


class Channel(Frozen):
    """联系渠道 of one person; the address means something to its kind only."""

    kind: ChannelKind
    address: str = Field(min_length=1, max_length=300)
    works: bool = True


class Roster(Frozen):
    """名册: posts by their Chinese names, reaches by where they lie, and all that decides who acts."""

    posts: Mapping[Post, str] = {}
    reaches: Mapping[str, Division] = {}
    tenures: tuple[Tenure, ...] = ()
    absences: tuple[Absence, ...] = ()
    succession: tuple[Succession, ...] = ()
    channels: Mapping[PersonCode, tuple[Channel, ...]] = {}


class Passed(Frozen):
    """越过: somebody who would have been asked earlier, or a capacity that nobody has; and why."""

    capacity: Capacity
    person: PersonCode | None = None
    why: WhySkipped


class Acting(Frozen):
    """履职者: who acts for a post, in which capacity, and who was passed on the way to him."""

    person: PersonCode
    capacity: Capacity
    passed: tuple[Passed, ...] = ()


def line(roster: Roster, post: Post, at: datetime) -> tuple[Acting, ...]:
    """履职顺序: everybody who may act for a post at a moment, in the order in which they are asked.

    Holder, deputy, acting holder, then whoever succeeds by rule; for each who is away the one who covers.
    Nobody is named twice. Empty: the post is as good as vacant, and the next level follows at once.
    Rule: R-ROSTER-LINE
    """
    return _asked(roster, post, at)[0]


def why_nobody(roster: Roster, post: Post, at: datetime) -> tuple[Passed, ...]:
    """Return everybody who is passed at a moment, each with the reason: the whole answer to an empty line."""
    return _asked(roster, post, at)[1]


def who_acts(roster: Roster, post: Post, at: datetime) -> Acting | None:
    """Return who is asked first for a post at a moment, or None: nobody is there. Rule: R-ROSTER-LINE."""
    return next(iter(line(roster, post, at)), None)


def tenures_of(roster: Roster, post: Post) -> tuple[Tenure, ...]:
    """Return all tenures of a post, ended and future ones as well, the longest-standing first."""
    return _tenures_by_post(roster).get(post, ())


def absences_of(roster: Roster, person: PersonCode) -> tuple[Absence, ...]:
    """Return all absences of a person in order of time."""
    return _absences_by_person(roster).get(person, ())


def _asked(roster: Roster, post: Post, at: datetime) -> tuple[tuple[Acting, ...], tuple[Passed, ...]]:
    named: dict[PersonCode, Acting] = {}
    passed: list[Passed] = []
    for capacity, person, why in _called(roster, post, at):
        if why:
            passed.append(Passed(capacity=capacity, person=person, why=why))
        elif person:
            present, skipped = _present(roster, person, capacity, at)
            passed += skipped
            if present and present not in named:
                as_what = capacity if present == person else Capacity.COVER
                named[present] = Acting(person=present, capacity=as_what, passed=tuple(passed))
    return tuple(named.values()), tuple(passed)


Called = tuple[Capacity, PersonCode | None, WhySkipped | None]


def _called(roster: Roster, post: Post, at: datetime) -> Iterator[Called]:
    """Yield in order who is called to act, and each capacity that is empty."""
    tenures = tenures_of(roster, post)
    for capacity in (Capacity.HOLDER, Capacity.DEPUTY, Capacity.ACTING):
        of_it = [tenure for tenure in tenures if tenure.capacity == capacity]
        now = [tenure for tenure in of_it if tenure.holds(at)]
        over = [tenure for tenure in of_it if tenure.is_over(at)]
        yield from ((capacity, tenure.person, None) for tenure in now)
        if over and not now:
            yield capacity, max(over, key=_end).person, "expired"
        elif not now and capacity is not Capacity.ACTING:
            yield capacity, None, "vacant"
    for successor in successors(roster.succession, post):
        for tenure in tenures_of(roster, successor):
            if tenure.capacity is not Capacity.ACTING and tenure.holds(at):
                yield Capacity.ACTING, tenure.person, None


def _present(
    roster: Roster, person: PersonCode, capacity: Capacity, at: datetime
) -> tuple[PersonCode | None, list[Passed]]:
    """代班: follow the covers of whoever is away until somebody is there; a circle reaches nobody.

    Rule: R-ROSTER-COVER
    """
    passed: list[Passed] = []
    asked: PersonCode | None = person
    while asked and (absence := _absence(roster, asked, at)):
        if any(one.person == asked for one in passed):
            passed.append(Passed(capacity=capacity, person=asked, why="circle"))
            return None, passed
        passed.append(Passed(capacity=capacity, person=asked, why="absent"))
        asked = absence.cover
    return asked, passed


def _absence(roster: Roster, person: PersonCode, at: datetime) -> Absence | None:
    return next((absence for absence in absences_of(roster, person) if absence.holds(at)), None)


def _end(tenure: Tenure) -> datetime:
    assert tenure.until_at is not None  # it is over
    return tenure.until_at


@derived
def _tenures_by_post(roster: Roster) -> Mapping[Post, tuple[Tenure, ...]]:
    by_post: defaultdict[Post, list[Tenure]] = defaultdict(list)
    for tenure in sorted(roster.tenures, key=_in_time):
        by_post[tenure.post].append(tenure)
    return {post: tuple(tenures) for post, tenures in by_post.items()}


def _in_time(tenure: Tenure) -> tuple[bool, datetime | None, str]:
    return tenure.from_at is not None, tenure.from_at, tenure.person


@derived
def _absences_by_person(roster: Roster) -> Mapping[PersonCode, tuple[Absence, ...]]:
    by_person: defaultdict[PersonCode, list[Absence]] = defaultdict(list)
    for absence in sorted(roster.absences, key=lambda absence: absence.from_at):
        by_person[absence.person].append(absence)
    return {person: tuple(absences) for person, absences in by_person.items()}
