"""强制执行: from when force may be used, by the book in force and the State Council's calendar."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from domain.execution import lawful_from
from domain.issue.wording import moment
from domain.rulebook import in_force
from domain.workdays import CHINA, local_day
from ops.desk import CANNOT, Json, print_json, refuse, say
from reading.errors import Unreadable
from reading.rulebook import read_editions
from settings import read_settings

_NO_DATABASE = {"database_url": "postgresql://"}


def execution(
    at: Annotated[
        datetime | None,
        typer.Argument(
            formats=["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"],
            help='拟执行时刻(北京时间),如 "2026-12-05 19:00";省略则为现在 now, if left out',
        ),
    ] = None,
    *,
    urgent: Annotated[bool, typer.Option(help="情况紧急 it is urgent")] = False,
    as_json: Json = False,
) -> None:
    """最早可于何时强制执行:夜间和法定节假日不执行,紧急的除外。 From when something may be enforced by force.

    Exit status: 0 told, 2 the rule book cannot be read.
    """
    asked = at.replace(tzinfo=CHINA) if at else datetime.now(UTC)
    try:
        editions = read_editions(read_settings(_NO_DATABASE).rules)
    except (Unreadable, OSError) as wrong:
        refuse(f"规则书无法读取。 The rule book cannot be read: {wrong}", CANNOT)
    book = in_force(editions, local_day(asked)) or editions[-1]
    lawful = lawful_from(asked, book.execution, book.calendar, is_urgent=urgent)
    is_sure = book.calendar.is_published(local_day(lawful))
    if as_json:
        print_json(
            {"asked": asked, "from": lawful, "provisional": not is_sure, "source": book.execution.source}
        )
        return
    mark = "" if is_sure else "(暂定:放假安排尚未公布)"
    say(f"最早可于 {moment(lawful)} 强制执行{mark};依据 source {book.execution.source}")
