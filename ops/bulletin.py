"""通报: list them, show one, open the list behind a figure, count everything anew."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from domain.bulletin.facts import read_fact
from domain.bulletin.messages import title
from domain.bulletin.state import Bulletin, retell
from domain.bulletin.terms import BulletinKind, BulletinState, zh
from domain.indicators import INDICATORS, Figure, Indicator
from domain.issue.letter import Line
from domain.issue.wording import moment
from domain.paper import Paper
from ops.bulletin_schedule import schedule
from ops.bulletin_words import WORDS
from ops.desk import DIFFERS, Json, ask, out, print_json, refuse, say, table
from ops.papers import PRINTED, Form
from ops.printed import write_file
from store import bulletins
from store.bulletin_papers import bulletin_paper
from store.bulletin_proof import Recomputed
from store.bulletin_proof import recompute as recomputed
from store.bulletins import Head, body_of
from store.pool import Pool

bulletin = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

Name = Annotated[
    str, typer.Argument(help="通报编号或文号 e.g. 512022000000-2026-monthly-11, 乐河办通〔2026〕1号")
]


@bulletin.callback()
def about_bulletins() -> None:
    """通报:查阅、核数、办理。 Bulletins: read them, open their figures, speak to them."""


@bulletin.command("list")
def listed(
    state: Annotated[BulletinState | None, typer.Option(help="只看一种状态 of one state only")] = None,
    *,
    as_json: Json = False,
) -> None:
    """列出通报,新的在前。 List bulletins, the newest first."""
    heads = ask(lambda pool: bulletins.heads(pool, None, state))
    if as_json:
        print_json([head._asdict() for head in heads])
        return
    say(f"通报 bulletins: {len(heads)}")
    rows = table("编号 id", "状态 state", "文号 number", "等谁 waits for", "名称 title")
    for head in heads:
        rows.add_row(*_row(head))
    out.print(rows)


def _row(head: Head) -> tuple[str, ...]:
    state = zh(BulletinState(head.state))
    return (head.bulletin_id, state, head.document_number or "", head.waits_for or "", head.title)


@bulletin.command()
def show(name: Name, *, as_json: Json = False) -> None:
    """一份通报的经过。 Show what happened to a bulletin, and how it stands.

    Exit status: 0 shown, 1 no such bulletin, 2 Postgres does not answer.
    """
    lines = ask(lambda pool: _lines(pool, name))
    if not lines:
        _unknown(name)
    one = retell([read_fact(line.body) for line in lines])
    if as_json:
        shown = {"facts": [body_of(line) for line in lines], "bulletin": one.model_dump(mode="json")}
        print_json(shown)
        return
    _tell(one)
    rows = table("序号 fact", "何时 at", "事实 kind", "何人 by")
    for line in lines:
        rows.add_row(str(line.number), moment(line.said_at), line.kind, str(body_of(line).get("by", "")))
    out.print(rows)


async def _lines(pool: Pool, name: str) -> list[Line]:
    return await bulletins.facts_of(pool, await bulletins.named_so(pool, name))


def _tell(one: Bulletin) -> None:
    kind = zh(BulletinKind(one.kind))
    say(f"{title(one)} · {one.bulletin_id} · {kind} · {zh(one.state)}")
    say(f"文号 number: {one.document_number or '-'} · 期间 period: {one.period.first} — {one.period.last}")
    say(f"截面 cut: {moment(one.cut.at)} · {one.cut.issues} · {one.cut.digest[:12]}")
    say(f"点名 named: {', '.join(named.issue_id for named in one.named) or '-'}")
    for finding in one.findings:
        say(f"核稿 found: {finding.where} · {finding.what}")
    if one.wait:
        say(f"等候 waits for: {zh(one.wait.awaited)} · {one.wait.post}")
    for entry in one.corrections:
        say(f"更正 correction {entry.count}: {entry.text}")


@bulletin.command()
def figure(
    name: Name,
    key: Annotated[str | None, typer.Argument(help="统计数;省略则全部 e.g. overdue, on_time.DUMPING")] = None,
    *,
    as_json: Json = False,
) -> None:
    """一个统计数所列的问题。 Open the list behind a figure.

    Exit status: 0 listed, 1 no such bulletin or figure, 2 Postgres does not answer.
    """
    made = ask(lambda pool: _figures(pool, name, key))
    if not made:
        refuse(f"通报 {name} 没有统计数 {key or ''}。 There is no such bulletin or figure.")
    if as_json:
        print_json([{**each.model_dump(mode="json"), "count": each.count, "of": each.of} for each in made])
        return
    for each in made:
        of = "" if each.of is None else f"/{each.of}"
        say(f"{_named(each)} {each.key}: {each.count}{of}")
        if key:
            say("\n".join(each.issues) or "-")
            if each.among is not None:
                say(f"分母 of these: {', '.join(each.among) or '-'}")


async def _figures(pool: Pool, name: str, key: str | None) -> list[Figure]:
    return await bulletins.figures_of(pool, await bulletins.named_so(pool, name), key)


def _named(of: Figure) -> str:
    return INDICATORS[Indicator(of.key.partition(".")[0])].zh


@bulletin.command()
def recompute(name: Name, *, as_json: Json = False) -> None:
    """由日志重算每个统计数。 Count every figure anew from the journals, as far as the cut knew them.

    Exit status: 0 all as it was, 1 something differs or no such bulletin, 2 Postgres does not answer.
    """
    result = ask(lambda pool: _recomputed(pool, name))
    if result is None:
        _unknown(name)
    if as_json:
        answer = {**result._asdict(), "holds": result.holds}
        answer["broken"] = [each._asdict() for each in result.broken]
        answer["differing"] = [each._asdict() for each in result.differing]
        print_json(answer)
    else:
        _tell_recomputed(result)
    raise typer.Exit(0 if result.holds else DIFFERS)


async def _recomputed(pool: Pool, name: str) -> Recomputed | None:
    return await recomputed(pool, await bulletins.named_so(pool, name))


def _tell_recomputed(result: Recomputed) -> None:
    say(f"{result.bulletin_id}: 问题 issues {result.issues} · 统计数 figures {result.figures}")
    if result.holds:
        say("每个统计数与冻结时一致。 Every figure is what it was when it was frozen.")
    for broken in result.broken:
        say(f"断裂 broken: {broken.what}: {broken.reason}")
    for each in result.differing:
        apart = ", ".join(each.issues) or "-"
        say(f"不符 differs: {each.figure}: 存 kept {each.kept} ≠ 算 recomputed {each.recomputed} · {apart}")


@bulletin.command("paper")
def printed(
    name: Name,
    form: Annotated[Form, typer.Option("--as", help="格式 form")] = Form.PDF,
    into: Annotated[
        Path | None, typer.Option("-o", "--output", help="写入文件,- 为标准输出 file, - for standard output")
    ] = None,
) -> None:
    """按公文格式排印一份通报。 Print a bulletin in the form of GB/T 9704-2012.

    Exit status: 0 printed, 1 no such bulletin, 2 Postgres does not answer, or it cannot be printed.
    """
    try:
        told = ask(lambda pool: _paper(pool, name))
    except LookupError:
        _unknown(name)
    write_file(PRINTED[form], told, into or Path(f"{told.number or told.draft}.{form}"))


async def _paper(pool: Pool, name: str) -> Paper:
    return await bulletin_paper(pool, await bulletins.named_so(pool, name))


def _unknown(name: str) -> NoReturn:
    refuse(f"没有通报 {name}。 There is no bulletin {name}.")


for word in WORDS:
    bulletin.command()(word)
bulletin.command()(schedule)
