"""申诉: objecting to a bulletin, an interview or a referral, and deciding on it; the measure goes on."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import ValidationError

from domain.issue.wording import moment
from domain.limits import Limit
from domain.objection import Complaint, Decision
from domain.refusals import Refusal
from domain.terms import zh
from ops.desk import CANNOT, Json, ask, out, post_named, print_json, refuse, say, table
from reading.errors import Unreadable
from reading.rulebook import read_editions
from settings import read_settings
from store import objections
from store.objections import Filed, Objected
from store.pool import Pool

objection = typer.Typer(no_args_is_help=True, help="申诉及其决定。 Objections to rungs 4 to 6.")

Issue = Annotated[str, typer.Argument(help="问题编号 512022-2026-000123")]
Number = Annotated[int, typer.Argument(help="通报、约谈或移送的事实序号 the fact's number")]
By = Annotated[str, typer.Option(help="岗位 the post that speaks")]
Reason = Annotated[str, typer.Option(help="理由,不超过 2000 字 a reason")]


@objection.command("list")
def listed(
    issue: Annotated[str | None, typer.Argument(help="问题编号;省略则全部 one issue, or all")] = None,
    *,
    as_json: Json = False,
) -> None:
    """列出申诉及决定。 List objections and what was decided."""
    known = ask(lambda pool: objections.of_issue(pool, issue))
    if as_json:
        print_json([_plain(one) for one in known])
        return
    say(f"申诉 objections: {len(known)}")
    rows = table("问题 issue", "事实 fact", "措施 measure", "申诉人 by", "期限 decide by", "决定 decision")
    for one in known:
        told = one.objection
        decided = one.decision.outcome if one.decision else "未决 open"
        rows.add_row(
            *(told.issue_id, str(told.number), zh(told.rung), told.by),
            *(moment(told.decide_by), decided),
        )
    out.print(rows)


@objection.command("file")
def file_one(issue: Issue, number: Number, by: By, reason: Reason, *, as_json: Json = False) -> None:
    """提出申诉。 Object to a measure; it goes on meanwhile.

    Exit status: 0 recorded or known, 1 refused, 2 it is none or Postgres does not answer.
    """
    words = _words(by, reason)
    decided = _decided_within()
    filed = ask(lambda pool: _file(pool, issue, number, words, decided))
    kept, is_new = filed.on_record.objection, filed.is_new
    if as_json:
        print_json({**kept.model_dump(mode="json"), "is_new": is_new})
        return
    first = "已登记 recorded" if is_new else "此前已申诉,以先登记的为准 objected before: the first stands"
    say(f"{first}:请 {kept.asked} 于 {moment(kept.decide_by)} 前决定 is asked to decide")


@objection.command()
def decide(
    issue: Issue,
    number: Number,
    objector: Annotated[str, typer.Option("--of", help="申诉人岗位 the post that objected")],
    by: By,
    reason: Reason,
    *,
    upheld: Annotated[bool, typer.Option("--upheld/--stands", help="成立,或维持 upheld, or it stands")],
    as_json: Json = False,
) -> None:
    """对申诉作出决定。 Decide on an objection.

    Exit status: 0 recorded, 1 refused or unknown, 2 it is none or Postgres does not answer.
    """
    words, post = _words(by, reason), post_named(objector)
    outcome = "upheld" if upheld else "stands"
    decision = Decision.model_validate({**words.model_dump(), "outcome": outcome})
    decision = ask(lambda pool: _decide(pool, issue, number, post, decision))
    if as_json:
        print_json(decision.model_dump(mode="json"))
        return
    say("申诉成立,原措施应予撤销或更正 upheld: correct or withdraw it" if upheld else "维持原措施 it stands")


async def _file(pool: Pool, issue: str, number: int, words: Complaint, decided: Limit) -> Filed:
    try:
        return await objections.file_one(pool, issue, number, words, decided)
    except LookupError:
        refuse(f"没有问题 {issue} 的日志。 There is no journal of {issue}.")
    except Refusal as no:
        refuse(f"{no.zh}\n{no}")


async def _decide(pool: Pool, issue: str, number: int, objector: str, decision: Decision) -> Decision:
    try:
        return await objections.decide_on(pool, issue, number, objector, decision)
    except LookupError:
        refuse(f"{objector} 未对 {issue} 第 {number} 号事实提出申诉。 There is no such objection.")
    except Refusal as no:
        refuse(f"{no.zh}\n{no}")


def _words(by: str, reason: str) -> Complaint:
    try:
        return Complaint(by=post_named(by), reason=reason, said_at=datetime.now(UTC))
    except ValidationError:
        refuse("理由须为 1 至 2000 字,不含控制字符。 A reason of 1 to 2000 printable characters.", CANNOT)


def _decided_within() -> Limit:
    path = read_settings().rules
    try:
        return read_editions(path)[-1].objection.decided.limit
    except (Unreadable, OSError) as wrong:
        refuse(f"规则书无法读取。 The rule book cannot be read: {wrong}", CANNOT)


def _plain(one: Objected) -> dict[str, object]:
    decision = one.decision.model_dump(mode="json") if one.decision else None
    return {**one.objection.model_dump(mode="json"), "decision": decision}
