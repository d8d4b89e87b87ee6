"""名册命令: load who holds which post, say who acts for one, and examine the chain of responsibility."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from domain.posts import Post
from domain.roster import Roster, line, why_nobody
from domain.roster_change import Changed, changed, empties_most
from domain.roster_check import Checked, check
from domain.workdays import CHINA, local_day
from ops.desk import CANNOT, DIFFERS, Json, ask, post_named, print_json, refuse, say
from ops.roster_told import tell_changed, tell_checked, tell_line
from reading.errors import Unreadable
from reading.roster import read_roster
from reading.rulebook import rule_in_force
from settings import Settings, read_settings
from store import turns
from store.pool import Pool
from store.roster import RosterIsEmpty, keep_roster, roster_and_time, roster_at

MOST_DAYS = 366

roster = typer.Typer(
    invoke_without_command=True,
    subcommand_metavar="[load | check | who]",
    pretty_exceptions_enable=False,
)

Folder = Annotated[Path | None, typer.Argument(help="名录目录 the registry's folder [RIVER_REGISTRY]")]
Force = Annotated[bool, typer.Option("--force", help="多数岗位将空缺也载入 also if most posts fall vacant")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只预演,不载入 show the difference, load nothing")]


@roster.callback()
def loading(context: typer.Context) -> None:
    """载入岗位名册(同 roster load)。 Load who holds which post; the same as roster load."""
    if context.invoked_subcommand is None:
        load()


@roster.command()
def load(
    folder: Folder = None, *, dry_run: DryRun = False, force: Force = False, as_json: Json = False
) -> None:
    """载入岗位名册:有一行错误就一行也不载入。 Load the roster: with one wrong row nothing is loaded.

    Exit status: 0 loaded or previewed, 1 most posts would fall vacant (--force loads it all the same),
    2 files with faults, or Postgres does not answer.
    """
    where = folder or read_settings().registry
    wanted = _read(where)
    loaded = ask(lambda pool: _load(pool, wanted, where.name, dry_run=dry_run, force=force))
    if as_json:
        print_json(
            {
                "version": loaded.version,
                "dry_run": dry_run,
                **loaded.changed.model_dump(mode="json"),
                "issues": dict(loaded.issues),
            }
        )
        return
    if not loaded.is_first:
        tell_changed(loaded.changed, loaded.issues, wanted)
    count = len(wanted.posts)
    if dry_run:
        say(f"预演:未载入。 Previewed, nothing was loaded. 岗位 posts: {count}")
    else:
        say(f"已载入岗位 posts loaded: {count} (第 {loaded.version} 版 version {loaded.version})")


@roster.command("check")
def examine(
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="检查今后多少天 how far to look")] = 30,
    *,
    as_json: Json = False,
) -> None:
    """责任链体检:今后若干天内哪个岗位找不到人。 List whatever would reach nobody in the days to come.

    Exit status: 0 the chain is whole, 1 something was found, 2 it cannot be asked.
    """
    settings = read_settings()
    known, now = ask(roster_and_time)
    if not known.posts:
        refuse(str(RosterIsEmpty.__doc__), CANNOT)
    checked = _check(settings, known, now, days)
    if as_json:
        print_json({"whole": checked.is_whole, **checked.model_dump(mode="json")})
    else:
        tell_checked(checked, known)
    raise typer.Exit(0 if checked.is_whole else DIFFERS)


@roster.command()
def who(
    post: Annotated[str, typer.Argument(help="岗位,如 chief:512022113000:R03-01")],
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%d %H:%M"], help="何时,北京时间;省略即现在 when; now"),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """某岗位某时由谁履职,依当时所知的名册。 Say who acted for a post then, by the roster known then.

    Exit status: 0 somebody, 1 nobody, 2 it cannot be asked.
    """
    named = post_named(post)
    moment = at.replace(tzinfo=CHINA).astimezone(UTC) if at else None
    known, when = ask(lambda pool: _known(pool, moment))
    acting, passed = line(known, named, when), why_nobody(known, named, when)
    if as_json:
        people = [one.model_dump(mode="json", exclude={"passed"}) for one in acting]
        skipped = [one.model_dump(mode="json") for one in passed]
        print_json({"post": named, "at": when.isoformat(), "line": people, "passed": skipped})
    else:
        tell_line(named, when, acting, passed)
    raise typer.Exit(0 if acting else DIFFERS)


_MOST_VACANT = (
    "{count} 个岗位将无人履职,超过现有的一半,没有载入:请核对文件(--dry-run 预演);确要载入请加 --force。\n"
    "Most posts would fall vacant and their issues climb; nothing was loaded: look at it with --dry-run."
)


class Loaded(NamedTuple):
    """What a load came to; `issues` are the open ones below posts that fall vacant or are held again."""

    version: int
    is_first: bool
    changed: Changed
    issues: Mapping[Post, Sequence[str]]


async def _load(pool: Pool, wanted: Roster, source: str, *, dry_run: bool, force: bool) -> Loaded:
    known, now = await roster_and_time(pool)
    difference = changed(known, wanted, now)
    if empties_most(known, difference, now) and not (dry_run or force):
        refuse(_MOST_VACANT.format(count=len(difference.fall_vacant)))
    touched = [*difference.fall_vacant, *difference.held_again] if known.posts else []
    issues = await turns.open_issues_below(pool, touched)
    version = 0 if dry_run else (await keep_roster(pool, wanted, source)).version
    return Loaded(version, not known.posts, difference, issues)


async def _known(pool: Pool, at: datetime | None) -> tuple[Roster, datetime]:
    newest, now = await roster_and_time(pool)
    return (newest, now) if at is None or at >= now else (await roster_at(pool, at), at)


def _read(folder: Path) -> Roster:
    try:
        return read_roster(folder)
    except Unreadable as unreadable:
        refuse(f"名册有误,没有载入。 The roster has faults; nothing was loaded:\n{unreadable}", CANNOT)


def _check(settings: Settings, known: Roster, now: datetime, days: int) -> Checked:
    try:
        book = rule_in_force(settings.rules, local_day(now))
    except (OSError, Unreadable) as unreadable:
        refuse(f"规则文件无法读取。 The rule file cannot be read:\n{unreadable}", CANNOT)
    return check(known, now, now + timedelta(days=days), book.calendar, book.day_ends.value)
