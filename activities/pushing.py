"""推送: finds the person for each line of an inbox, plans what rings when, and falls back where it fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

import structlog

from activities.channels import Answer, Channels
from domain.burden import NoticeRules, Urgency, Used, Waiting, look_again, plan, urgency
from domain.canary import is_of_the_canary
from domain.fallback import PERSONS, next_channel, next_person
from domain.posts import Post, kind_of
from domain.push_words import words
from domain.roster import ChannelKind, Roster, line
from domain.workdays import Calendar, local_day
from store import pushes
from store.pool import Pool
from store.pushes import Alarm, Delivery, Lent, Planned, Push, Unreached, Unrouted

LINES_AT_ONCE, PERSONS_AT_ONCE = 200, 100
TRIES = 4
"""By one channel; with the pauses between them the next channel is tried within half a minute."""
MOST_TRIES = 2 * TRIES
"""With those that were cut short: what kills each sender that takes it up goes elsewhere in the end."""
PAUSES = (timedelta(seconds=1), timedelta(seconds=4), timedelta(seconds=15))

log = structlog.get_logger()


@dataclass(frozen=True)
class Pushing:
    """推送 of one process: the rules, and the channels if it is live; without them it is the sandbox."""

    rules: NoticeRules
    calendar: Calendar
    channels: Channels | None = None
    public_url: str | None = None

    async def route(self, pool: Pool, roster: Roster, now: datetime) -> int:
        """Find the person for each new line of an inbox; return how many lines there were. Raises Away.

        Without any roster nobody could be found: the lines wait for it.
        """
        if not roster.posts:
            return 0
        return await pushes.route(pool, partial(self._first_person, roster, now), now, LINES_AT_ONCE)

    async def plan(self, pool: Pool, roster: Roster, now: datetime) -> int:
        """Decide for each person what goes now; return for how many it was decided. Raises Away."""
        persons = await pushes.to_plan(pool, now, PERSONS_AT_ONCE)
        for person in persons:
            planned = await pushes.plan_for(
                pool,
                person,
                partial(_still_acts, person, roster, now),
                partial(self._planned, person, roster, now),
                partial(_others, roster, now),
                now,
                local_day(now),
                live=self.channels is not None,
            )
            for push in planned.pushes:
                seen = {"push": push.id, "issue_id": push.about}
                log.info("push_made", **seen, person=person, kind=push.kind, items=len(push.lines))
        return len(persons)

    async def send(self, pool: Pool, lent: Lent, roster: Roster, now: datetime) -> None:
        """Try a push once, and keep what came of it. Raises Away: it goes out again, with the same id."""
        assert self.channels is not None
        push = lent.push
        assert push.channel is not None  # what has none is lent to nobody
        address = _address(roster, push.person, push.channel)
        answer = Answer("never", "no_channel")
        if lent.attempts > MOST_TRIES:
            answer = Answer("never", "given_up")
        elif address is not None and push.channel not in self._closed:
            said = words(await pushes.texts_of(pool, push.lines), self._link)
            answer = await self.channels.say(push.channel, address, said, push.id)
        fields = {
            "push": push.id,
            "issue_id": push.about,
            "person": push.person,
            "channel": str(push.channel),
        }
        if answer.came in ("sent", "delivered"):
            await pushes.went_out(pool, push, answer.came)
            log.info("push_went_out", **fields)
        elif answer.came == "later" and lent.attempts < TRIES:
            pause = max(answer.pause or timedelta(), PAUSES[min(lent.attempts, len(PAUSES)) - 1])
            await pushes.try_later(pool, push, pause, answer.error)
            log.warning("push_waits", why=answer.error, **fields)
        else:
            await self._fall_back(pool, push, answer.error, roster, now)
            log.warning("push_failed", why=answer.error, **fields)

    @property
    def _link(self) -> str | None:
        return f"{self.public_url.rstrip('/')}/inbox" if self.public_url else None

    def _first_person(
        self, roster: Roster, now: datetime, new: Unrouted
    ) -> tuple[Delivery | None, Alarm | None]:
        if is_of_the_canary(new.addressee):
            return None, None
        first = next_person(line(roster, new.addressee, now), ())
        if first is not None:
            how = urgency(new.fact, new.received_at, self.rules)
            return Delivery(new.line, first.person, first.capacity, how, new.received_at), None
        # The inbox of an institution is its own, but only of one that the roster knows.
        reads_itself = kind_of(new.addressee) not in PERSONS and new.addressee in roster.posts
        return None, None if reads_itself else _nobody(new.issue_id, new.addressee)

    def _planned(
        self, person: str, roster: Roster, now: datetime, waiting: Sequence[Waiting], used: Used
    ) -> Planned:
        again = look_again(now, self.rules, self.calendar)
        channel = next_channel(roster.channels.get(person, ()), self._closed)
        if channel is None and self.channels is not None:
            return Planned((), [item.key for item in waiting], again)
        kind = channel.kind if channel else None
        made = [
            _push(
                person,
                kind,
                each.kind,
                [item.key for item in each.items],
                {item.about for item in each.items},
            )
            for each in plan(waiting, used, now, self.rules, self.calendar)
        ]
        return Planned(made, (), again)

    @property
    def _closed(self) -> frozenset[ChannelKind]:
        """Kinds that the operator has not set up: nobody is told by them."""
        return frozenset(ChannelKind) - self.channels.ways.open if self.channels else frozenset()

    async def _fall_back(self, pool: Pool, push: Push, error: str, roster: Roster, now: datetime) -> None:
        def following(failed: frozenset[ChannelKind]) -> Push | None:
            channel = next_channel(roster.channels.get(push.person, ()), failed | self._closed)
            if channel is None:
                return None
            made = _push(push.person, channel.kind, push.kind, push.lines, set(push.about))
            return made._replace(number=push.number)

        elsewhere = partial(_others, roster, now)
        await pushes.fall_back(pool, push, error, following, elsewhere, now, local_day(now))


def _push(person: str, channel: ChannelKind | None, kind: str, lines: list[int], about: set[str]) -> Push:
    """The same lines to the same person by the same channel are the same push, whoever makes it."""
    named = f"{person} {channel} {' '.join(map(str, lines))}"
    return Push(sha256(named.encode()).hexdigest()[:32], person, channel, kind, lines, sorted(about))


def _address(roster: Roster, person: str, kind: ChannelKind) -> str | None:
    channels = roster.channels.get(person, ())
    return next((one.address for one in channels if one.works and one.kind is kind), None)


def _still_acts(person: str, roster: Roster, now: datetime, post: Post) -> bool:
    """Tell whether a person is still one who is asked for a post: a digest waits longer than some tenures."""
    return any(each.person == person for each in line(roster, post, now))


def _others(
    roster: Roster, now: datetime, unreached: Sequence[Unreached]
) -> tuple[list[Delivery], list[Alarm]]:
    """备援: the next of each post's line, else the operator."""
    told: list[Delivery] = []
    alarms: list[Alarm] = []
    for each in unreached:
        person = next_person(line(roster, each.addressee, now), each.tried)
        if person is None:
            alarms.append(_nobody(each.issue_id, each.addressee))
        else:
            told.append(Delivery(each.line, person.person, person.capacity, Urgency(each.urgency), now))
    return told, alarms


def _nobody(issue_id: str, addressee: Post) -> Alarm:
    text = (
        f"{issue_id} 的告知已在 {addressee} 的收件箱,但推送不到任何责任人,"
        f"请当面或电话告知,并核对其联系渠道(ops roster)。"
    )
    # Of an institution one alarm is enough; of a chief each issue counts: its climb reaches nobody.
    subject = f"{issue_id} {addressee}" if kind_of(addressee) in PERSONS else addressee
    return Alarm("nobody_reached", subject, text)
