"""核验与复述: prove that nothing was changed, and make the read model anew."""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex
from typing import Annotated, NamedTuple

import typer
from temporalio.service import RPCError

from ops.anchor import UnfitAnchor
from ops.desk import CANNOT, DIFFERS, Json, ask, bar, out, print_json, refuse, say, table
from ops.examine import CHECKS, Finding, Verdict, examine
from ops.export_keys import read_public_key
from ops.further import Further, further
from ops.signing import UnfitKey
from store.kept import sample
from store.pool import Pool
from store.retelling import AtWorkError, Retold, journals_counted, rebuild_read_model
from store.shelf import NoShelf


class Wanted(NamedTuple):
    """What an operator wants verified."""

    issues: Sequence[str]
    sample: int | None
    seed: str
    further: Further


def verify(
    issues: Annotated[list[str] | None, typer.Argument(help="问题编号;省略则全部 these, or all")] = None,
    *,
    sample: Annotated[int | None, typer.Option(min=1, help="抽查件数 look at so many, drawn by lot")] = None,
    seed: Annotated[str | None, typer.Option(help="抽签种子 the same seed draws the same issues")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="并与运行中的流程比对 also ask the running workflows")
    ] = False,
    photos: Annotated[bool, typer.Option("--photos", help="并重读照片 also read the photos again")] = False,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="外存凭据:导出清单或锚 manifests of exports, or anchors, kept outside"),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="外存凭据的公钥 the public key of what was kept outside")
    ] = None,
    as_json: Json = False,
) -> None:
    """逐项核验日志、编号、时限、告知、文书、通报、档案。 Prove that nothing was changed, lost or added.

    Exit status: 0 all holds, 1 something differs or an issue is unknown, 2 nothing could be asked.
    """
    try:
        known = read_public_key(key.read_bytes(), str(key)) if key else None
        more = Further(live=live, photos=photos, against=tuple(against or ()), key=known)
        wanted = Wanted(issues or (), sample, seed or token_hex(4), more)
        verdict = ask(lambda pool: _verified(pool, wanted))
    except typer.Exit:
        raise  # which is a RuntimeError as well
    except (UnfitAnchor, UnfitKey, RPCError, RuntimeError, NoShelf, OSError) as trouble:
        refuse(f"未能核验。 It could not be verified: {trouble}", CANNOT)
    if wanted.issues and verdict.issues < len(set(wanted.issues)) and verdict.holds:
        refuse(f"没有这些问题的日志。 There is no journal of some of {', '.join(wanted.issues)}.")
    seed_told = wanted.seed if wanted.sample else None
    if as_json:
        print_json(_as_json(verdict, seed_told))
    else:
        _tell(verdict, seed_told)
    raise typer.Exit(0 if verdict.holds else DIFFERS)


async def _verified(pool: Pool, wanted: Wanted) -> Verdict:
    some = list(dict.fromkeys(wanted.issues)) or None
    if wanted.sample and some is None:
        some = await sample(pool, wanted.sample, wanted.seed)
    total = len(some) if some is not None else await journals_counted(pool)
    with bar("核验 verify", total) as step:
        verdict = await examine(pool, some, step)
    return await further(pool, verdict, some, wanted.further)


def retell(
    issue: Annotated[str | None, typer.Option(help="问题编号;省略则全部 one issue, or all")] = None,
    *,
    as_json: Json = False,
) -> None:
    """由日志重建读模型,期间照常办理。 Make the read model anew out of the journal, while work goes on.

    Exit status: 0 retold, 1 a journal could not be retold, 2 Postgres does not answer, or it is being done.
    """
    retold: Retold = ask(lambda pool: _retell(pool, issue))
    if as_json:
        print_json({"issues": retold.issues, "refused": [broken._asdict() for broken in retold.refused]})
    else:
        out.print(f"已复述 retold: {retold.issues}")
        for broken in retold.refused:
            out.print(f"{broken.issue_id}: {broken.reason}", style="red")
    raise typer.Exit(DIFFERS if retold.refused else 0)


async def _retell(pool: Pool, issue: str | None) -> Retold:
    try:
        with bar("复述 retell", 1 if issue else await journals_counted(pool)) as step:
            return await rebuild_read_model(pool, issue, step)
    except AtWorkError:
        refuse("另一次复述正在进行。 Another retelling is at work: wait until it is done.", CANNOT)


def _as_json(verdict: Verdict, seed: str | None) -> dict[str, object]:
    return {
        "holds": verdict.holds,
        "issues": verdict.issues,
        "looked": dict(verdict.looked),
        "seed": seed,
        "findings": [each._asdict() for each in verdict.findings],
    }


def _tell(verdict: Verdict, seed: str | None) -> None:
    drawn = f" · 抽签种子 seed {seed}" if seed else ""
    say(f"问题 issues {verdict.issues}{drawn}")
    checks = table("核验项 check", "件数 looked at", "不符 differ", "内容 what")
    for name, label in CHECKS.items():
        if name in verdict.looked:
            wrong = sum(each.check == name for each in verdict.findings)
            checks.add_row(name, str(verdict.looked[name]), str(wrong), f"{label.zh} {label.en}")
    out.print(checks)
    if verdict.holds:
        say("全部一致。 Everything that was looked at holds.")
        return
    say("不一致 differences")
    rows = table("核验项 check", "对象 subject", "事实 fact", "所在 where", "所见 what")
    for each in verdict.findings:
        rows.add_row(each.check, each.subject, str(each.number), each.where, _said(each))
    out.print(rows)


def _said(finding: Finding) -> str:
    return f"{finding.kept} ≠ {finding.proved}" if finding.proved else finding.kept
