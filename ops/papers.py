"""文书与收件: what waits for a signature, signing it, and what a post has received."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from domain.issue.wording import moment
from domain.paper import Paper
from ops.desk import UNTOLD, Json, ask, out, post_named, print_json, refuse, say, table
from ops.printed import write_file
from printing.html import html
from printing.pdf import pdf
from printing.word import docx
from store import documents
from store import inbox as inboxes
from store.documents import NotSignable
from store.papers import paper_of

_KINDS = {"order": "督办单 order", "bulletin": "通报 bulletin"}


def drafts(*, as_json: Json = False) -> None:
    """待签发的督办单和通报。 List the orders and bulletins that wait for a signature."""
    waiting = ask(documents.drafts)
    if as_json:
        print_json([draft.model_dump(mode="json") for draft in waiting])
        return
    say(f"待签发 drafts: {len(waiting)}")
    for draft in waiting:
        say(f"\n{_KINDS[draft.kind]} · {moment(draft.drafted_at)} · → {', '.join(draft.addressees)}")
        say(draft.text)
        if draft.kind == "bulletin":
            say(f"列入通报办理 entered in a bulletin: {_python()} -m ops bulletin list")
            continue
        say(f"{_python()} -m ops sign {draft.issue_id} {draft.number} --by {draft.issuer}")


def sign(
    issue: Annotated[str, typer.Argument(help="问题编号 512022-2026-000123")],
    number: Annotated[int, typer.Argument(help="事实序号 the fact's number, see drafts")],
    by: Annotated[str, typer.Option(help="签发岗位 the post that signs, e.g. office:512022000000")],
    *,
    as_json: Json = False,
) -> None:
    """签发一份督办单,取得文号,随即送达。 Sign an order; it then goes out.

    Exit status: 0 signed, 1 not signable, 2 Postgres does not answer.
    """
    post = post_named(by)
    try:
        signed = ask(lambda pool: documents.sign(pool, issue, number, post, datetime.now(UTC)))
    except NotSignable as no:
        if as_json:
            print_json({"error": no.code, "zh": no.label.zh, "en": no.label.en})
        refuse(f"{no.label.zh}\n{no.label.en}")
    if as_json:
        print_json(signed.model_dump(mode="json"))
        return
    say(f"已签发 signed: {signed.document_number} → {', '.join(signed.addressees)}")


class Form(StrEnum):
    """格式."""

    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"


def paper(
    issue: Annotated[str, typer.Argument(help="问题编号 512022-2026-000123")],
    number: Annotated[int, typer.Argument(help="事实序号 the fact's number, see drafts")],
    form: Annotated[Form, typer.Option("--as", help="格式 form")] = Form.PDF,
    into: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="写入文件,- 为标准输出 file to write, - for standard output"),
    ] = None,
) -> None:
    """按公文格式排印一份督办单或通报。 Print an order or a bulletin in the form of GB/T 9704-2012.

    Without -o the file is named after the document. Exit status: 0 printed, 1 no such document, 2 Postgres
    does not answer, or a font or a library is missing, or the file cannot be written.
    """
    try:
        told = ask(lambda pool: paper_of(pool, issue, number))
    except LookupError:
        refuse(f"问题 {issue} 的第 {number} 号事实没有文书。 Fact {number} of {issue} made no document.")
    except (ValidationError, TypeError):
        refuse(f"{issue} {UNTOLD.zh}。 {issue}: {UNTOLD.en}.")
    write_file(PRINTED[form], told, into or Path(f"{told.number or told.draft}-{issue}-{number}.{form}"))


PRINTED: dict[Form, Callable[[Paper], bytes]] = {
    Form.PDF: pdf,
    Form.DOCX: docx,
    Form.HTML: lambda paper: html(paper).encode(),
}


def inbox(
    post: Annotated[str, typer.Argument(help="岗位 e.g. chief:512022000000:R03-01")], *, as_json: Json = False
) -> None:
    """一个岗位收到的告知。 List what a post has received."""
    known = post_named(post)
    received = ask(lambda pool: inboxes.inbox_of(pool, known))
    if as_json:
        print_json([line._asdict() for line in received])
        return
    say(f"收件 {post}: {len(received)}")
    rows = table("收到 at", "问题 issue", "事实 fact", "内容、送达、签收 text, reached, signed for")
    for line in received:
        told = [line.text]
        told += [f"送达 reached: {', '.join(line.reached)}"] if line.reached else []
        told += [f"签收 signed for: {', '.join(line.signed_by)}"] if line.signed_by else []
        rows.add_row(moment(line.received_at), line.issue_id, str(line.number), "\n".join(told))
    out.print(rows)


def _python() -> str:
    """Return the interpreter as one would type it here: `.venv/bin/python`."""
    python = Path(sys.executable)
    return os.path.relpath(python) if python.is_relative_to(Path.cwd()) else str(python)
