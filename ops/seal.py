"""封存: the keys that reporters are sealed with: how many lie under which, and from one to the next."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, NamedTuple, TypeVar

import typer

from ops.desk import CANNOT, DIFFERS, Json, ask, bar, out, print_json, refuse, say, table
from settings import Settings, read_settings
from store import sealed
from store.pool import Pool
from store.seal import BadKeys, Keys, NotConfigured, fresh_key
from store.sealed import NotLetIn, Resealed

T = TypeVar("T")

seal = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

_NO_ROLE = (
    "未设置 RIVER_SEAL_DATABASE_URL(数据库角色 river_seal)。 "
    "RIVER_SEAL_DATABASE_URL is missing: it names the database role river_seal."
)


@seal.callback()
def sealing() -> None:
    """举报人封存:密钥与轮换;不开封。 Keys of sealed reporters and their rotation; opens nobody."""


class _Standing(NamedTuple):
    """How many reporters lie under which key, and how often any was opened."""

    by_key: dict[str, int]
    openings: int


@seal.command()
def status(*, as_json: Json = False) -> None:
    """各密钥下的封存数。 How many reporters lie under which key.

    Exit status: 0 every key is known, 1 one is missing, 2 nothing could be done.
    """
    settings = read_settings()
    keys, standing = _keys(settings), _ask(settings, _standing)
    missing = sorted(standing.by_key.keys() - set(keys.ids))
    ids = [*keys.ids, *missing]
    if as_json:
        counts = {key_id: standing.by_key.get(key_id, 0) for key_id in ids}
        print_json({"reporters": counts, "missing": missing, "openings": standing.openings})
    else:
        rows = table("密钥 key", "举报人 reporters", "状态 state")
        for place, key_id in enumerate(ids):
            state = "缺失 missing" if key_id in missing else "封存用 seals" if place == 0 else "仅开封 opens"
            rows.add_row(key_id, str(standing.by_key.get(key_id, 0)), state)
        out.print(rows)
        say(f"开封次数 openings: {standing.openings}")
    raise typer.Exit(DIFFERS if missing else 0)


@seal.command()
def reseal(*, as_json: Json = False) -> None:
    """全部改用第一个密钥封存,可中断后重来。 Seal everything under the first key; may be interrupted.

    Exit status: 0 all lies under it, 1 some could not be opened, 2 nothing could be done.
    """
    settings = read_settings()
    keys = _keys(settings)
    try:
        done, refused = _ask(settings, lambda pool: _reseal(pool, keys))
    except NotConfigured as missing:
        refuse(str(missing), CANNOT)
    if as_json:
        left = [{"token": each.token, "key": each.key_id, "why": type(each).__name__} for each in refused]
        print_json({"resealed": done, "key": keys.newest, "refused": left})
    else:
        say(f"已改封 resealed: {done} → {keys.newest}")
        for each in refused:
            say(str(each))
    raise typer.Exit(DIFFERS if refused else 0)


@seal.command()
def new_key(
    key_id: Annotated[
        str | None, typer.Option("--id", help="密钥编号 the key's id [date and four digits]")
    ] = None,
) -> None:
    """生成一个密钥;写在 RIVER_SEAL_KEYS 最前。 Make a key; put it first in RIVER_SEAL_KEYS."""
    today = datetime.now(UTC).strftime("%Y%m%d")
    try:
        # Never through a table or a log: this line is the key.
        typer.echo(fresh_key(key_id or f"{today}-{secrets.token_hex(2)}"))
    except BadKeys:
        refuse("编号限 1 至 32 个字母、数字、_ . - 。 An id has 1 to 32 letters, digits, _ . -", CANNOT)


def _keys(settings: Settings) -> Keys:
    try:
        return Keys.read(settings.seal_keys.get_secret_value() if settings.seal_keys else None)
    except BadKeys as wrong:
        refuse(str(wrong), CANNOT)


def _ask(settings: Settings, question: Callable[[Pool], Awaitable[T]]) -> T:
    if settings.seal_database_url is None:
        refuse(_NO_ROLE, CANNOT)
    try:
        return ask(question, settings.seal_database_url)
    except NotLetIn as closed:
        refuse(str(closed), CANNOT)


async def _standing(pool: Pool) -> _Standing:
    return _Standing(await sealed.by_key(pool), await sealed.count_openings(pool))


async def _reseal(pool: Pool, keys: Keys) -> Resealed:
    newest = keys.newest
    lying = await sealed.by_key(pool)
    with bar("改封 resealing", sum(lying.values()) - lying.get(newest, 0)) as step:
        return await sealed.reseal(pool, keys, step)
