"""Channels: what is said to robots, gateways and mail servers, and what is made of every answer."""

import asyncio
import base64
import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apprise import Apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from activities.channels import Answer, Channels, Ways
from domain.push_words import words
from domain.roster import ChannelKind
from tests.store.receivers import (
    DRIP,
    DROPPED,
    NOTHING,
    REFUSES_ALL,
    SILENCE,
    TOO_OFTEN,
    Endpoint,
    Post,
    closed_port,
    endpoint,
    fine,
    plain,
    post_office,
)

NOW = datetime(2026, 11, 4, 1, 0, tzinfo=UTC)
KEY = "0" * 32
SAID = words(["【提级督办】512022-2026-000001 乱堆:请办理。"], "https://river.example/inbox")
BODY = "【提级督办】512022-2026-000001 乱堆:请办理。\n查看:https://river.example/inbox"
WECOM, DINGTALK, FEISHU, SMS, EMAIL = (
    *(ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU),
    *(ChannelKind.SMS, ChannelKind.EMAIL),
)
ADDRESSES = {WECOM: "key-1", DINGTALK: "token1", FEISHU: "token-1", SMS: "13900000000"}
OVER_HTTP = pytest.mark.parametrize("kind", ADDRESSES)


@asynccontextmanager
async def mailing(within: float = 1.0) -> AsyncIterator[tuple[Channels, Post, Endpoint]]:
    """Give channels with a mail server and an endpoint behind them."""
    async with (
        endpoint() as there,
        post_office() as (smtp, post),
        channels(there.address, within, smtp=smtp, mail_from="river@river.example") as here,
    ):
        yield here, post, there


@asynccontextmanager
async def channels(address: str, within: float = 1.0, **more: Any) -> AsyncIterator[Channels]:
    ways = Ways(wecom=address, dingtalk=address, feishu=address, sms=address, **more)
    one = Channels(ways, lambda: NOW, within)
    yield one
    await one.close()


async def said_to(kind: ChannelKind, *behaves: bytes | None, address: str | None = None) -> Answer:
    async with endpoint(*behaves) as there, channels(there.address) as here:
        return await here.say(kind, address or ADDRESSES[kind], SAID, KEY)


async def test_each_robot_gets_the_message_in_its_own_form() -> None:
    async with endpoint() as there, channels(there.address) as here:
        for kind, address in ADDRESSES.items():
            await here.say(kind, address, SAID, KEY)

        bodies = [asked.body for asked in there.asked]
        where = [(asked.path, asked.query) for asked in there.asked]

    text = {"msgtype": "text", "text": {"content": BODY}}
    assert bodies == [
        text,
        text,
        {"msg_type": "text", "content": {"text": BODY}},
        {"to": "13900000000", "text": BODY, "id": KEY},
    ]
    assert where == [
        ("/", {"key": ["key-1"]}),
        ("/", {"access_token": ["token1"]}),
        ("/token-1", {}),
        ("/", {}),
    ]
    assert there.acts == {KEY}


@pytest.mark.parametrize(
    ("kind", "url", "plugin", "host"),
    [
        (WECOM, "wecombot://key-1", NotifyWeComBot, "{address}?key={{key}}"),
        (DINGTALK, "dingtalk://token1", NotifyDingTalk, "{address}?access_token={{token}}"),
        (FEISHU, "feishu://token-1", NotifyFeishu, "{address}/{{token}}"),
    ],
)
async def test_a_robots_form_is_the_one_that_another_reader_of_its_papers_knows(
    kind: ChannelKind, url: str, plugin: Any, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with endpoint() as there, channels(there.address) as here:
        monkeypatch.setattr(plugin, "notify_url", host.format(address=there.address))
        await asyncio.to_thread(Apprise.instantiate(url).send, BODY)
        await here.say(kind, ADDRESSES[kind], SAID, KEY)

        theirs, ours = there.asked

    assert ours.path.rstrip("/") == theirs.path.rstrip("/")
    assert ours.query == theirs.query
    assert {**theirs.body, "at": None} == {**ours.body, "at": None}


async def test_apprise_takes_a_robots_refusal_for_a_success_and_we_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = fine(b'{"errcode": 93000, "errmsg": "invalid webhook url"}')
    async with endpoint(refused, refused) as there, channels(there.address) as here:
        monkeypatch.setattr(NotifyWeComBot, "notify_url", f"{there.address}?key={{key}}")

        theirs = await asyncio.to_thread(Apprise.instantiate("wecombot://key-1").send, BODY)
        ours = await here.say(WECOM, "key-1", SAID, KEY)

    assert theirs is True
    assert ours == Answer("never", "code 93000")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("key-1", "key-1"),
        ("wecombot://key-1", "key-1"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=key-1", "key-1"),
    ],
)
async def test_a_robots_key_may_be_written_in_every_usual_way(address: str, key: str) -> None:
    async with endpoint() as there, channels(there.address) as here:
        await here.say(WECOM, address, SAID, KEY)

        assert there.asked[0].query == {"key": [key]}


async def test_a_robot_with_a_secret_gets_a_signature() -> None:
    def signed(secret: str, text: str) -> str:
        return base64.b64encode(hmac.new(secret.encode(), text.encode(), "sha256").digest()).decode()

    async with endpoint() as there, channels(there.address) as here:
        await here.say(DINGTALK, "SEC1@token1", SAID, KEY)
        await here.say(FEISHU, "sec1@token-1", SAID, KEY)

        dingtalk, feishu = there.asked

    at = int(NOW.timestamp())
    assert dingtalk.query["timestamp"] == [f"{at}000"]
    assert dingtalk.query["sign"] == [signed("SEC1", f"{at}000\nSEC1")]
    assert feishu.body["timestamp"] == str(at)
    assert feishu.body["sign"] == signed(f"{at}\nsec1", "")


@OVER_HTTP
async def test_what_is_taken_is_told_apart_from_what_arrived(kind: ChannelKind) -> None:
    assert await said_to(kind) == Answer("sent" if kind is SMS else "delivered")


@pytest.mark.parametrize(
    ("behaves", "answer"),
    [
        (REFUSES_ALL, Answer("later", "HTTP 500")),
        (TOO_OFTEN, Answer("later", "HTTP 429", timedelta(seconds=7))),
        (plain("429 Too Many Requests", "Retry-After: 86400"), Answer("never", "HTTP 429")),
        (plain("429 Too Many Requests", "Retry-After: " + "9" * 400), Answer("later", "HTTP 429")),
        (plain("429 Too Many Requests", "Retry-After: Wed, 04 Nov"), Answer("later", "HTTP 429")),
        (plain("404 Not Found"), Answer("never", "HTTP 404")),
        (plain("302 Found", "Location: http://169.254.169.254/"), Answer("never", "HTTP 302")),
        (DROPPED, Answer("later", "RemoteProtocolError")),
        (NOTHING, Answer("later", "RemoteProtocolError")),
        (SILENCE, Answer("later", "timeout")),
        (DRIP, Answer("later", "timeout")),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Answer("later", "timeout")),
    ],
    ids=lambda value: str(value)[:40],
)
@OVER_HTTP
async def test_every_answer_of_an_endpoint_has_its_meaning(
    kind: ChannelKind, behaves: bytes | None, answer: Answer
) -> None:
    came = await said_to(kind, behaves)

    if behaves is not None and behaves.startswith(b"SSH"):
        assert came.came == "later"
    else:
        assert came == answer


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (b'{"errcode": 45009, "errmsg": "api freq out of limit"}', Answer("later", "code 45009")),
        (b'{"errcode": 310000, "errmsg": "keywords not in content"}', Answer("never", "code 310000")),
        (b'{"code": 11232}', Answer("later", "code 11232")),
        (b'{"code": 19024}', Answer("never", "code 19024")),
        (b"<html>log in to the network</html>", Answer("later", "no robot's answer")),
        (b"[]", Answer("later", "no robot's answer")),
        (b'{"errcode": "x"}', Answer("later", "no robot's answer")),
        (b'{"errcode": null}', Answer("later", "no robot's answer")),
        (b"{" * 100_000, Answer("later", "no robot's answer")),
        (b'{"errcode": 0, "fill": "' + b"x" * 10_000_000 + b'"}', Answer("later", "no robot's answer")),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_robot_says_in_its_answer_whether_it_took_the_message(told: bytes, answer: Answer) -> None:
    assert await said_to(WECOM, fine(told)) == answer


async def test_a_robots_limit_counts_also_under_another_status() -> None:
    told = b'{"code": 99991400}'
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told)

    assert await said_to(FEISHU, answer) == Answer("later", "code 99991400")


@OVER_HTTP
async def test_where_nobody_listens_is_tried_later(kind: ChannelKind) -> None:
    async with channels(closed_port()) as here:
        assert await here.say(kind, ADDRESSES[kind], SAID, KEY) == Answer("later", "ConnectError")


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (WECOM, "http://169.254.169.254/latest/meta-data?x"),
        (WECOM, "k&key=other"),
        (WECOM, "../../admin"),
        (WECOM, "a b"),
        (WECOM, ""),
        (FEISHU, "token/../../evil?"),
        (FEISHU, "%2e%2e"),
        (DINGTALK, "a@b@c"),
        (DINGTALK, "sec ret@token1"),
        (SMS, "13900000000,13900000001"),
        (SMS, "http://localhost/"),
        (SMS, "139\n0000"),
        (EMAIL, "a@example.org\nBcc: other@example.org"),
        (EMAIL, "a@example.org, b@example.org"),
        (EMAIL, "a@localhost@example.org"),
        (EMAIL, "<a@example.org>"),
        (EMAIL, "河长@example.org"),
        (EMAIL, "a@"),
    ],
)
async def test_an_address_that_is_none_is_asked_nowhere(kind: ChannelKind, address: str) -> None:
    async with mailing() as (here, post, there):
        answer = await here.say(kind, address, SAID, KEY)

    assert answer == Answer("never", "bad_address")
    assert there.asked == []
    assert post.mail == []


async def test_an_address_names_no_host() -> None:
    async with endpoint() as there, endpoint() as other, channels(there.address) as here:
        await here.say(WECOM, f"{other.address}/send?key=key-1", SAID, KEY)

    assert other.asked == []
    assert there.asked[0].query == {"key": ["key-1"]}


async def test_a_mail_has_one_id_for_all_its_tries_and_says_what_it_is() -> None:
    async with mailing() as (here, post, _):
        came = [await here.say(EMAIL, "h1@example.org", SAID, KEY) for _ in range(2)]

    first, second = post.mail
    assert came == [Answer("sent"), Answer("sent")]
    assert first["Message-ID"] == second["Message-ID"] == f"<{KEY}@river.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Subject"] == "【提级督办】512022-2026-000001 乱堆"
    assert first.get_content().replace("\r\n", "\n").strip() == BODY
    assert post.recipients == [["h1@example.org"]] * 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("甲\r\nBcc: other@example.org\r\n\r\n乙", "甲 Bcc: other@example.org 乙"),
        ("鱼🐟👨‍👩‍👧‍👦𠮷龘\u202e反", None),
        ("字" * 100_000, None),
        (".\r\n.", ". ."),
        ("a\x00b", "a b"),
        ("\ud800", None),
    ],
    ids=["headers", "emoji", "100 kB", "dots", "nul", "half a pair"],
)
async def test_no_text_breaks_a_mail(text: str, shown: str | None) -> None:
    async with mailing(5.0) as (here, post, _):
        answer = await here.say(EMAIL, "h1@example.org", words([text]), KEY)

    (mail,) = post.mail
    assert answer == Answer("sent")
    assert set(mail.keys()) == {
        *("From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version"),
        *("Content-Type", "Content-Transfer-Encoding", "X-Peer", "X-MailFrom", "X-RcptTo"),
    } & set(mail.keys())
    assert "Bcc" not in mail
    if shown is not None:
        assert mail.get_content().strip() == shown
    assert len(mail.get_content().encode()) <= 200_010


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("451 try again later", Answer("later", "SMTP 451")),
        ("552 mailbox full", Answer("never", "SMTP 552")),
    ],
)
async def test_a_mail_servers_refusal_has_its_meaning(said: str, answer: Answer) -> None:
    for where in ("answers", "greets"):
        async with mailing() as (here, post, _):
            getattr(post, where).append(said)
            assert await here.say(EMAIL, "h1@example.org", SAID, KEY) == answer


async def test_a_mail_server_that_never_greets_is_given_up() -> None:
    async def mute(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    smtp = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with channels(closed_port(), smtp=smtp, mail_from="river@river.example") as here:
        answer = await here.say(EMAIL, "h1@example.org", SAID, KEY)
    server.close()

    assert answer.came == "later"


async def test_no_log_line_names_an_address_a_key_or_a_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with mailing() as (here, _, there):
        there.behaves = [fine(), REFUSES_ALL]
        await here.say(WECOM, "secret-key-1", SAID, KEY)
        await here.say(SMS, "13912345678", SAID, KEY)
        await here.say(EMAIL, "h1@example.org", SAID, KEY)

    ours = [line.getMessage() for line in caplog.records if not line.name.startswith(("mail.", "asyncio"))]
    assert not [
        line for line in ours for word in ("secret-key", "13912345678", "h1@", "提级") if word in line
    ]


@pytest.mark.parametrize("kind", ChannelKind)
async def test_a_body_is_cut_to_what_its_channel_carries(kind: ChannelKind) -> None:
    async with mailing(5.0) as (here, post, there):
        await here.say(kind, ADDRESSES.get(kind, "h1@example.org"), words(["长" * 100_000]), KEY)

    told = str(there.asked[0].body) if there.asked else post.mail[0].get_content()
    most = {WECOM: 2048, DINGTALK: 18_000, FEISHU: 18_000, SMS: 900, EMAIL: 200_000}[kind]
    assert most / 2 < len(told.encode()) <= most + 200
    assert "请登录收件箱查看全文" in told


def test_what_stands_in_settings_with_a_password_is_not_shown() -> None:
    ways = Ways(sms="https://user:password@sms.example", smtp="smtp://user:password@mail.example")

    assert "password" not in repr(ways)


def test_only_what_is_set_up_is_open() -> None:
    assert Ways().open == frozenset()
    assert Ways(smtp="smtp://mail.example").open == frozenset()
    assert Ways(wecom="https://a", sms="https://b").open == {WECOM, SMS}
