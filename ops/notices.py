"""告警与减负: what only an operator can set right, and how often telephones rang."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from domain.issue.wording import moment
from domain.workdays import local_day
from ops.desk import DIFFERS, Json, ask, out, print_json, refuse, say, table
from reading.notices import read_notice_rules
from settings import read_settings
from store import alarms as alarm_book
from store import burdens


def alarms(
    settle: Annotated[
        int | None, typer.Option(help="处理完毕的告警编号 the id of an alarm that is settled")
    ] = None,
    by: Annotated[str | None, typer.Option(help="处理人代码 who settled it: a code, no name")] = None,
    *,
    as_json: Json = False,
) -> None:
    """送不到人的告警:列出或了结。 List what reached nobody, or settle one alarm.

    Exit status: 0 nothing is open (or it is settled now), 1 something is open (or there is no such alarm).
    """
    if settle is not None:
        _settle(settle, by)
        return
    found = ask(alarm_book.open_alarms)
    if as_json:
        print_json([each._asdict() for each in found])
    else:
        say(f"未了结的告警 open alarms: {len(found)}")
        rows = table("编号 id", "首次 raised", "最近 last", "次数 times", "类别 kind", "内容 text")
        for each in found:
            moments = (moment(each.raised_at), moment(each.last_at))
            rows.add_row(str(each.id), *moments, str(each.times), each.kind, each.text)
        if found:
            out.print(rows)
    raise typer.Exit(DIFFERS if found else 0)


def _settle(alarm: int, by: str | None) -> None:
    if not by:
        refuse("请写明处理人 --by 代码。 Say with --by who settled it.")
    if not ask(lambda pool: alarm_book.settle(pool, alarm, by)):
        refuse(f"没有未了结的告警 {alarm}。 There is no open alarm {alarm}.")
    say(f"已了结 settled: {alarm}")


def burden(
    person: Annotated[str | None, typer.Option(help="人员代码 e.g. H-1")] = None,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="日期,默认今天 today")] = None,
    *,
    as_json: Json = False,
) -> None:
    """减负账:一天里每个人被推送了几次。 How often each telephone rang on a day, and what waits."""
    on: date = day.date() if day else local_day(datetime.now(UTC))
    budget = read_notice_rules(read_settings().notices).budget.pushes
    found = ask(lambda pool: burdens.burden(pool, on, budget, person))
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    say(f"{on} 每人每日上限 budget: {budget}")
    rows = table(
        *("人员 person", "推送 pushes", "其中紧急 urgent", "汇总 digests", "件数 items", "在等 waiting"),
        "最近 last",
    )
    for each in found:
        counts = (each.pushes, each.urgent, each.digests, each.items, each.waiting)
        last = moment(each.last_at) if each.last_at else ""
        rows.add_row(each.person, *map(str, counts), last)
    out.print(rows)
