"""对通报说话: each word as a command line; the bulletin answers, or says why not."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import typer
from pydantic import ValidationError
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from connection import connect
from domain.bulletin import commands as b
from domain.bulletin.order import BulletinReceipt
from domain.bulletin.terms import zh
from domain.issue.words import Command
from ops.desk import CANNOT, Json, ask, post_named, print_json, refuse, say
from ops.saying import PATIENCE
from settings import read_settings
from store import bulletins
from workflows.names import bulletin_workflow_id, update_name

Name = Annotated[str, typer.Argument(help="通报编号或文号 the bulletin's number")]
By = Annotated[str, typer.Option(help="办理岗位 the post that speaks, e.g. office:512022000000")]
Text = Annotated[str, typer.Option(help="内容 the words")]
Reason = Annotated[str, typer.Option(help="理由 the reason")]


def reply(name: Name, by: By, text: Text, *, as_json: Json = False) -> None:
    """被通报单位陈述意见。 Reply, as one who is named."""
    _say(name, b.ReplyToBulletin, by, as_json=as_json, text=text)


def revise(
    name: Name,
    by: By,
    remark: Annotated[
        list[str] | None, typer.Option(help="工作要求,可多段 one paragraph, again for more")
    ] = None,
    strike: Annotated[list[str] | None, typer.Option(help="除名的问题编号 an issue no longer named")] = None,
    *,
    as_json: Json = False,
) -> None:
    """改稿:写明工作要求,除名。 Write what is demanded; strike who is no longer named."""
    _say(name, b.ReviseBulletin, by, as_json=as_json, remarks=remark or [], strike=strike or [])


def submit(name: Name, by: By, *, as_json: Json = False) -> None:
    """核稿后报批。 Submit for approval."""
    _say(name, b.SubmitBulletin, by, as_json=as_json)


def approve(name: Name, by: By, *, as_json: Json = False) -> None:
    """签发,随即编号印发。 Approve: its number is drawn and it goes out."""
    _say(name, b.ApproveBulletin, by, as_json=as_json)


def send_back(name: Name, by: By, reason: Reason, *, as_json: Json = False) -> None:
    """退回修改。 Return it to the office."""
    _say(name, b.ReturnBulletin, by, as_json=as_json, reason=reason)


def withdraw(name: Name, by: By, reason: Reason, *, as_json: Json = False) -> None:
    """签发前撤回。 Withdraw it before it is approved."""
    _say(name, b.WithdrawBulletin, by, as_json=as_json, reason=reason)


def correct(name: Name, by: By, text: Text, *, as_json: Json = False) -> None:
    """拟更正,另行签发。 Propose a correction of what was issued; it is approved by itself."""
    _say(name, b.ProposeCorrection, by, as_json=as_json, text=text)


def approve_correction(name: Name, by: By, *, as_json: Json = False) -> None:
    """签发更正。 Approve the correction."""
    _say(name, b.ApproveCorrection, by, as_json=as_json)


def return_correction(name: Name, by: By, reason: Reason, *, as_json: Json = False) -> None:
    """退回更正。 Return the correction."""
    _say(name, b.ReturnCorrection, by, as_json=as_json, reason=reason)


def receive(
    name: Name, by: By, person: Annotated[str, typer.Option(help="签收人代码 code")], *, as_json: Json = False
) -> None:
    """签收。 Sign for it, as a person, for a post."""
    _say(name, b.SignForBulletin, by, as_json=as_json, person=person)


WORDS = (
    *(reply, revise, submit, approve, send_back, withdraw),
    *(correct, approve_correction, return_correction, receive),
)


def _say(name: str, kind: type[Command], by: str, *, as_json: bool, **words: Any) -> None:
    post = post_named(by)
    bulletin_id = ask(lambda pool: bulletins.named_so(pool, name))
    fields = {"id": f"ops:{uuid4()}", "by": post, "said_at": datetime.now(UTC), **words}
    try:
        command = kind.model_validate(fields)
        receipt = asyncio.run(_said(bulletin_id, command))
    except ValidationError as wrong:
        refuse(f"内容写法有误。 Not well formed: {_which(wrong.errors())}", CANNOT)
    except WorkflowUpdateFailedError as refused:
        zh_words, en_words = _reason(refused.cause)
        if as_json:
            print_json({"error": getattr(refused.cause, "type", "refused"), "zh": zh_words, "en": en_words})
        refuse(f"{zh_words}\n{en_words}")
    except RPCError as trouble:
        if trouble.status is RPCStatusCode.NOT_FOUND:
            refuse(f"没有通报 {name} 的流程。 No workflow of this bulletin runs.")
        refuse(f"Temporal 没有应答,请稍后重试。 Temporal does not answer; try again later: {trouble}", CANNOT)
    except (WorkflowUpdateRPCTimeoutOrCancelledError, RuntimeError, OSError) as trouble:
        refuse(f"没有应答,请稍后重试。 Nobody answers; try again later: {trouble}", CANNOT)
    if as_json:
        print_json(receipt.model_dump(mode="json"))
        return
    say(f"已办理 done: {bulletin_id} · {zh(receipt.state)} · 第 {receipt.fact} 号事实")


async def _said(bulletin_id: str, command: Command) -> BulletinReceipt:
    client = await connect(read_settings(), "ops")
    handle = client.get_workflow_handle(bulletin_workflow_id(bulletin_id))
    receipt: BulletinReceipt = await handle.execute_update(
        update_name(type(command)), command, id=command.id, result_type=BulletinReceipt, rpc_timeout=PATIENCE
    )
    return receipt


def _reason(cause: BaseException | None) -> tuple[str, str]:
    english = getattr(cause, "message", None) or str(cause)
    particulars = cause.details if isinstance(cause, ApplicationError) else ()
    said = particulars[0].get("zh") if particulars and isinstance(particulars[0], dict) else None
    return said or english, english


def _which(errors: Sequence[Any]) -> str:
    """Name the fields and never what was written into them."""
    return ", ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors)
