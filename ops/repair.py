"""修复: what an operator can do to a stuck issue; always a preview first, and every repair is on record."""

from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from domain.issue.fact_base import Code, Repair
from domain.issue.words import MAX_REASON
from ops.desk import CANNOT, Json, ask, out, post_named, print_json, refuse, say, table
from ops.repair_plan import Wanted
from ops.repair_round import Signed, repair_all
from ops.repair_told import WHAT
from reading.callers import names_a_person
from store import repairs as ledger

_CODE: TypeAdapter[str] = TypeAdapter(Code)

By = Annotated[str, typer.Option(help="办理人代号,不写姓名 your code, never a name")]
Apply = Annotated[
    bool, typer.Option("--apply", help="正式修复;否则只预演 do it; without this nothing changes")
]


def repair(  # noqa: PLR0913 - an operator's options, each by its name
    what: Annotated[
        Repair,
        typer.Argument(
            help="wake 唤醒失败的任务,reset 重置,retry 立即重试活动,redeliver 重新投递,skip 放弃投递,"
            "settle 由日志承继"
        ),
    ],
    issues: Annotated[list[str] | None, typer.Argument(help="问题编号 issue numbers")] = None,
    *,
    query: Annotated[str | None, typer.Option(help="Temporal 查询 issues by a visibility query")] = None,
    to_fact: Annotated[
        int | None, typer.Option(min=1, help="reset:回到裁断此事实之前 to before this fact")
    ] = None,
    before_bad_task: Annotated[
        bool, typer.Option("--before-bad-task", help="reset:回到第一个出错任务之前 before the first bad task")
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="settle:并无不符也换新流程 a new run also where nothing differs")
    ] = False,
    fact: Annotated[
        int | None, typer.Option(min=1, help="redeliver, skip:只此事实的告知 of this fact only")
    ] = None,
    to: Annotated[str | None, typer.Option(help="redeliver, skip:只此岗位 to this post only")] = None,
    effect: Annotated[
        str | None, typer.Option(help="redeliver, skip:只此种告知 this kind only: notice, order, bulletin")
    ] = None,
    reason: Annotated[str, typer.Option(help="理由 why; it stays in the journal")] = "",
    ticket: Annotated[str, typer.Option(help="工单号 the ticket's code")] = "",
    by: By = "",
    apply: Apply = False,
    as_json: Json = False,
) -> None:
    """修复卡滞的问题,先预演;多件须另一人批准(ops approve)。 Repair what is stuck; several need approval.

    Exit status: 0 previewed, asked for or repaired, 1 refused or a word was lost, 2 nothing could be done.
    """
    aim = {"to_fact": to_fact, "before_bad_task": before_bad_task or None}
    acts = {"fact": fact, "effect": effect, "to": post_named(to) if to else None}
    _fits(what, aim, acts)
    if anew and what != "settle":
        refuse("--anew 只用于 settle。 It is for settle.", CANNOT)
    if not issues and not query:
        refuse("请给出问题编号或 --query。 Name issues, or give --query.", CANNOT)
    given = {
        name: value for name, value in {**aim, **acts, "anew": anew or None}.items() if value is not None
    }
    signed = _signed(reason, ticket, by) if apply else None
    repair_all(Wanted(what, given), tuple(issues or ()), query, signed, as_json=as_json)


def _fits(what: Repair, aim: dict[str, int | bool | None], acts: dict[str, int | str | None]) -> None:
    aims = sum(value is not None for value in aim.values())
    if aims != (what == "reset"):
        refuse("reset 须在 --to-fact 与 --before-bad-task 中择一。 reset takes one of the two.", CANNOT)
    if any(value is not None for value in acts.values()) and what not in ("redeliver", "skip"):
        refuse("--fact --to --effect 只用于 redeliver 和 skip。 They are for redeliver and skip.", CANNOT)


def _signed(reason: str, ticket: str, by: str) -> Signed:
    if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
        refuse(f"请写明理由,不超过 {MAX_REASON} 字(--reason)。 Give a reason.", CANNOT)
    return Signed(reason.strip(), _code(ticket, "--ticket"), person_named(by))


def person_named(code: str) -> str:
    """Read the code of a person; ends the command with CANNOT when it is none, or tells who that is."""
    if names_a_person(_code(code, "--by")):
        refuse(
            "--by 须为含数字的代号,不写姓名、电话、身份证号。 "
            "--by takes a code with a digit, never a name, a telephone number or an identity card.",
            CANNOT,
        )
    return code


def _code(code: str, option: str) -> str:
    try:
        return _CODE.validate_python(code)
    except ValidationError:
        refuse(f"{option} 须为代号,不写姓名。 {option} takes a code, never a name.", CANNOT)


def repairs(*, as_json: Json = False) -> None:
    """列出修复及其进度。 List repairs, newest first; one that died half way stands as begun."""
    known = ask(ledger.latest)
    if as_json:
        print_json([filed.as_json(steps) for filed, steps in known])
        return
    say(f"修复 repairs: {len(known)}")
    rows = table("序号 id", "修复 what", "工单 ticket", "申请 asked", "批准 approved", "问题 issues")
    for filed, steps in known:
        far = {each.issue_id: each.step for each in steps}
        asked = filed.asked
        rows.add_row(
            *(str(filed.id), WHAT[asked.what], asked.ticket, asked.asked_by, filed.approved_by or "—"),
            ", ".join(f"{issue}: {far.get(issue, 'asked')}" for issue in asked.issues),
        )
    out.print(rows)
