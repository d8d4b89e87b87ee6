"""聚合措施: what has added up to an interview, a listing or a special dispatch; what an office observed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from activities import rounds
from domain.issue.wording import moment
from domain.measures import told
from domain.triggers import KINDS, Due, Observation, TriggerRules
from ops.desk import CANNOT, Json, ask, out, post_named, print_json, refuse, say, table
from reading.errors import Unreadable
from reading.triggers import read_trigger_rules
from settings import read_settings
from store import triggers


def measures(
    subject: Annotated[str | None, typer.Argument(help="岗位;省略则全部 one post, or all")] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只看现在应采取哪些 show what is due now, record nothing")
    ] = False,
    as_json: Json = False,
) -> None:
    """已积到约谈、挂牌督办、专项调度或移送的。 List the measures that were due, and look for new ones.

    Exit status: 0 listed, 2 the rules cannot be read or Postgres does not answer.
    """
    post = post_named(subject) if subject else None
    rules = _rules()
    if dry_run:
        _tell(
            [(one, None) for one in ask(lambda pool: rounds.due_now(pool, rules, datetime.now(UTC)))], as_json
        )
        return
    ask(lambda pool: rounds.take_all(pool, rules, datetime.now(UTC)))
    _tell([(one.due, one.at) for one in ask(lambda pool: triggers.measures(pool, post))], as_json)


def observe(
    kind: Annotated[
        str, typer.Argument(help=" | ".join(f"{kind} {label.zh}" for kind, label in KINDS.items()))
    ],
    subject: Annotated[str, typer.Argument(help="对象岗位,如 government:512022000000")],
    period: Annotated[str, typer.Argument(help="2026-11,或年度 2026")],
    source: Annotated[str, typer.Option(help="依据的文件 the paper that says so")],
    by: Annotated[str, typer.Option(help="登记的河长办 the office that puts it on record")],
    *,
    as_json: Json = False,
) -> None:
    """登记一项观察:排名末位、断面不达标、泄露举报人、考核不合格。 Put an observation on record, once.

    Exit status: 0 recorded or known, 2 it is none or Postgres does not answer.
    """
    try:
        observation = Observation.model_validate(
            {"kind": kind, "subject": post_named(subject), "period": period, "source": source}
        )
    except ValidationError as wrong:
        where = "、".join(str(error["loc"][0]) for error in wrong.errors())
        known = "、".join(f"{kind} {label.zh}" for kind, label in KINDS.items())
        refuse(
            f"有误 wrong: {where}。种类须为 kinds: {known};时期写作 2026-11 或 2026 (a month or a year);"
            "依据不超过 200 字 (source: at most 200 characters)。",
            CANNOT,
        )
    office = post_named(by)
    is_new = ask(lambda pool: triggers.observe(pool, observation, office))
    if as_json:
        print_json({**observation.model_dump(), "is_new": is_new})
        return
    say("已登记 recorded" if is_new else "此前已登记,以先登记的为准 on record already: the first stands")


def _rules() -> TriggerRules:
    path = Path(read_settings().trigger_rules)
    try:
        return read_trigger_rules(path)
    except (Unreadable, OSError) as wrong:
        refuse(f"触发规则无法读取。 The trigger rules cannot be read: {wrong}", CANNOT)


def _tell(listed: list[tuple[Due, datetime | None]], as_json: bool) -> None:  # noqa: FBT001 - a command's own flag
    if as_json:
        print_json([{**due.model_dump(mode="json"), "at": at} for due, at in listed])
        return
    say(f"措施 measures: {len(listed)}")
    rows = table("时间 at", "依据 source", "内容 text")
    for due, at in listed:
        rows.add_row(moment(at) if at else "尚未登记 not yet", due.source, told(due))
    out.print(rows)
