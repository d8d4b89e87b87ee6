"""值班: what goes on beside the worker: the loops, and with what each of them is furnished."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from temporalio.client import Client

from activities.bulletin_desk import BulletinDesk
from activities.bulletins import Bulletins
from activities.canary import Canaries, CanaryWatch
from activities.channels import Channels, Ways
from activities.courier import Courier
from activities.herald import Herald
from activities.pushing import Pushing
from activities.rounds import Rounds
from activities.sender import Sender
from activities.watch import Watch
from domain.rulebook import in_force
from domain.workdays import local_day
from metrics import Meters
from reading.notices import read_notice_rules
from reading.rulebook import read_editions
from reading.triggers import read_trigger_rules
from settings import Settings
from store.alarms import raise_alarm
from store.stuck import counted
from voices import canaries_on, endings_to, taken_back_to, troubled_on, vacancies_to, words_to


class Beside(Protocol):
    """What goes on for as long as the worker lives."""

    async def run(self) -> None: ...


def pushing(settings: Settings) -> Pushing:
    """Return how people are told beside their inboxes; without live channels nobody's telephone rings."""
    editions = read_editions(settings.rules)
    book = in_force(editions, local_day(datetime.now(UTC))) or editions[-1]
    ways = Ways(
        wecom=settings.wecom_url,
        dingtalk=settings.dingtalk_url,
        feishu=settings.feishu_url,
        sms=settings.sms_url.get_secret_value() if settings.sms_url else None,
        smtp=settings.smtp_url.get_secret_value() if settings.smtp_url else None,
        mail_from=settings.mail_from,
    )
    channels = Channels(ways, lambda: datetime.now(UTC)) if settings.channels == "live" else None
    return Pushing(read_notice_rules(settings.notices), book.calendar, channels, settings.public_url)


def besides(client: Client, settings: Settings, bulletins: Bulletins, meters: Meters) -> Sequence[Beside]:
    """Return the loops that run beside the worker: a worker without one of them must not look well."""
    url, beat = settings.database_url, meters.beat
    rules = read_trigger_rules(settings.trigger_rules)
    loops: tuple[Beside, ...] = (
        Courier(url, vacancies_to(client), beat=beat("courier")),
        Sender(url, pushing(settings), beat=beat("sender")),
        Herald(url, words_to(client), raise_alarm, beat=beat("herald")),
        BulletinDesk(bulletins, taken_back_to(client), beat=beat("bulletins")),
        Rounds(url, rules, _now, beat=beat("rounds")),
        CanaryWatch(url, beat=beat("canary")),
    )
    if settings.metrics is None:
        return loops  # nobody would look
    return (*loops, Watch(url, meters.show, counted, troubled_on(client, settings), _now, beat=beat("watch")))


def canaries_of(client: Client, settings: Settings) -> Canaries:
    """Return the activities of the canary, under its own rule book."""
    book = read_editions(settings.canary)[-1]
    return Canaries(settings.database_url, book, canaries_on(client, settings), endings_to(client), _now)


def _now() -> datetime:
    return datetime.now(UTC)
