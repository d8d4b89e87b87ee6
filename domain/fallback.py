"""备援: who and what is tried next when a notice does not get through, and when nobody is left."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from domain import posts
from domain.model import Label
from domain.posts import Post
from domain.roster import Acting, Channel, ChannelKind, PersonCode, Roster, line
from domain.terms import Level, PostKind


class DeliveryState(StrEnum):
    """送达状态 of one notice for one person, beside the inbox, in which it lies in any case."""

    INBOX = "inbox"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    SANDBOX = "sandbox"


STATES: dict[DeliveryState, Label] = {
    DeliveryState.INBOX: Label("已入收件箱", "in the inbox"),
    DeliveryState.QUEUED: Label("待推送", "waits to be pushed"),
    DeliveryState.SENT: Label("已发出", "a relay took it"),
    DeliveryState.DELIVERED: Label("已送达", "its channel says that it is there"),
    DeliveryState.READ: Label("已签收", "signed for"),
    DeliveryState.FAILED: Label("未送达", "this person was not reached"),
    DeliveryState.SANDBOX: Label("未外发(沙箱)", "not sent: sandbox"),
}
"""What has been signed for is pushed no more; a receipt is no word to an issue: it stops no clock and moves
nothing. Rule: R-RECEIPT"""

PERSONS = (PostKind.CHIEF, PostKind.GENERAL_CHIEF)
"""An office or a unit is an institution and receives in any case; a chief is a person or nobody."""


def next_channel(channels: Sequence[Channel], failed: Collection[ChannelKind]) -> Channel | None:
    """下一渠道: the person's own order of preference, without what is known not to work. Rule: R-FALLBACK."""
    return next((one for one in channels if one.works and one.kind not in failed), None)


def next_person(acting: Sequence[Acting], tried: Collection[PersonCode]) -> Acting | None:
    """下一责任人: deputy, acting holder, cover: whoever of the post's line was not tried yet.

    After the last of them it is the operator's. Rule: R-FALLBACK
    """
    return next((one for one in acting if one.person not in tried), None)


def is_received(roster: Roster, post: Post, acting: Sequence[Acting]) -> bool:
    """收件: an institution that the roster knows receives in any case, a chief's post through a person."""
    return post in roster.posts and (bool(acting) or posts.kind_of(post) not in PERSONS)


def is_nobody_above(roster: Roster, post: Post, at: datetime) -> bool:
    """无人可达: nobody acts for any chief or 总河长 above a vacant post: the climb would reach no person.

    Rule: R-FALLBACK-NOBODY
    """
    division, level, reach = posts.division_of(post), posts.post_level(post), posts.reach_of(post)
    above = [each for each in Level if each > level]
    chiefs = [posts.chief(division, each, reach) for each in above if reach]
    own = [level] if posts.kind_of(post) is not PostKind.GENERAL_CHIEF else []
    generals = [posts.general_chief(division, each) for each in (*own, *above)]
    return not any(line(roster, each, at) for each in (*chiefs, *generals))
