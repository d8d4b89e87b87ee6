"""通行证: mints tokens for the standalone service only; in production an OIDC provider does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.terms import PostKind
from ops.desk import CANNOT, Json, print_json, refuse
from ops.signing import SigningKey, UnfitKey, make_keys, named, read_signing_key
from reading.callers import Role, SenselessClaims, caller_of
from settings import Settings, read_settings

LOCAL = "river-local"
"""The issuer of the standalone service; no provider is called so."""
LONGEST_DAYS = 30
_NO_DATABASE = {"database_url": "postgresql://"}
"""A token is minted without the records, so nobody need say where they are."""

token = typer.Typer(
    invoke_without_command=True, subcommand_metavar="[keys FOLDER]", pretty_exceptions_enable=False
)

Roles = Annotated[list[Role] | None, typer.Option("--role", help="身份,可多次 once or several times")]
Division = Annotated[str | None, typer.Option(help="辖区,12位区划代码 the jurisdiction")]
Posts = Annotated[
    list[str] | None,
    typer.Option(
        "--post", help="岗位,可多次;河长办可省略 e.g. chief:512022113000:R03-01; an office has its own"
    ),
]
Subject = Annotated[
    str | None, typer.Option(help="持有人代码,不得是姓名或电话 a code with a digit, no name or number")
]
Days = Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="有效天数 for how many days")]


@token.callback()
def mint(
    context: typer.Context,
    roles: Roles = None,
    division: Division = None,
    posts: Posts = None,
    subject: Subject = None,
    days: Days = 1,
    *,
    as_json: Json = False,
) -> None:
    """签发单机版通行证;正式环境由统一身份认证平台签发。 Mint a token for the standalone service.

    Nothing but the token is printed: TOKEN=$(python -m ops token --role office --division 512022000000)

    Exit status: 0 minted, 1 such a caller makes no sense, 2 no key to sign with, or not the local issuer.
    """
    if context.invoked_subcommand:
        return
    if not roles:
        refuse(f"请用 --role 写明身份。 Say which --role: {', '.join(Role)}", CANNOT)
    settings = read_settings(_NO_DATABASE)
    key = _signing_key(settings)
    said = _said(roles, division, posts or (), subject)
    until = datetime.now(UTC) + timedelta(days=days)
    signed = key.sign({**said, **_frame(settings, until)})
    if as_json:
        print_json({"token": signed, "expires_at": until.isoformat(timespec="seconds"), **said})
        return
    typer.echo(f"{said['sub']}: 有效至 until {until:%Y-%m-%d %H:%M} UTC", err=True)
    typer.echo(signed)


@token.command()
def keys(folder: Annotated[Path, typer.Argument(help="存放目录 where to keep them")]) -> None:
    """生成一对签名密钥,不覆盖已有的。 Make a pair of keys to sign with; one that is there stays as it is.

    Exit status: 0 made, 2 there is one already, or the folder cannot be written.
    """
    try:
        make_keys(folder)
    except FileExistsError as there:
        refuse(f"{there.filename} 已存在,未作改动。 It is there already; nothing was changed.", CANNOT)
    except OSError as trouble:
        refuse(f"{folder} 无法写入 cannot be written: {trouble.strerror}", CANNOT)
    for name, value in named(folder).items():
        typer.echo(f"{name}={value}")


def _signing_key(settings: Settings) -> SigningKey:
    if settings.token_issuer != LOCAL:
        refuse(
            f"RIVER_TOKEN_ISSUER={settings.token_issuer}:通行证由该平台签发,此命令仅用于单机版。"
            " Tokens come from that provider; this command is for the standalone service only.",
            CANNOT,
        )
    if settings.token_key is None:
        refuse(
            "缺少 RIVER_TOKEN_KEY:请复制 make up 打印的 export 行。"
            " RIVER_TOKEN_KEY is missing: copy the export line that make up prints.",
            CANNOT,
        )
    try:
        return read_signing_key(settings.token_key)
    except UnfitKey as unfit:
        refuse(f"RIVER_TOKEN_KEY: {unfit}", CANNOT)


def _said(
    roles: Sequence[Role], division: str | None, posts: Sequence[str], subject: str | None
) -> dict[str, Any]:
    """Return what a token says of its holder; ends the command if that makes no sense."""
    if not posts and division and Role.OFFICE in roles:
        posts = [f"{PostKind.OFFICE}:{division}"]
    said: dict[str, Any] = {
        "sub": f"{roles[0]}-{division or 1}" if subject is None else subject,
        "river_roles": list(dict.fromkeys(roles)),
        "river_posts": list(posts),
    }
    if division is not None:
        said["river_division"] = division
    try:
        caller_of(said)
    except SenselessClaims as senseless:
        refuse(f"未签发:{senseless.reason.zh}。 Not minted: {senseless.reason.en}.")
    return said


def _frame(settings: Settings, until: datetime) -> dict[str, Any]:
    """Return who mints it, for whom, and when it holds."""
    return {
        "iss": settings.token_issuer,
        "aud": settings.token_audience,
        "iat": datetime.now(UTC),
        "exp": until,
    }
