"""核验与复述: prove that nothing was changed, and make the read model anew."""

from typing import Annotated, NamedTuple

import typer
from pydantic import ValidationError

from domain.issue.events import read_fact
from ops.desk import DIFFERS, Json, ask, out, print_json, refuse, say, table
from ops.recompute import Difference, differences, limits_of
from store import proof
from store.pool import Pool
from store.proof import Proof, Retold


class Verdict(NamedTuple):
    """What was recomputed: the chain of every journal, and every limit."""

    chain: Proof
    limits: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.chain.breaks and not self.differences


def verify(
    issue: Annotated[str | None, typer.Argument(help="问题编号;省略则全部 one issue, or all")] = None,
    *,
    as_json: Json = False,
) -> None:
    """重算每条日志链和每个时限。 Recompute the chain of every journal and every limit.

    Exit status: 0 all holds, 1 something differs or the issue is unknown, 2 Postgres does not answer.
    """
    verdict = ask(lambda pool: examine(pool, issue))
    if issue and not verdict.chain.issues and verdict.holds:
        refuse(f"没有问题 {issue} 的日志。 There is no journal of {issue}.")
    if as_json:
        print_json(_as_json(verdict))
    else:
        _tell(verdict)
    raise typer.Exit(0 if verdict.holds else DIFFERS)


async def examine(pool: Pool, issue_id: str | None = None) -> Verdict:
    """Recompute the chain and the limits of one issue, or of all. Raises Away."""
    chain = await proof.verify_chain(pool, issue_id)
    broken = {each.issue_id for each in chain.breaks}
    limits, found = 0, list[Difference]()
    async for each, rows in proof.journals(pool, issue_id):
        try:
            facts = [read_fact(row["body"]) for row in rows]
            limits += sum(map(limits_of, facts))
            found += differences(facts)
        except (ValidationError, TypeError, AssertionError) as error:
            # A broken journal often tells no story any more; that it is broken has been said.
            if each not in broken:
                found.append(Difference(each, 0, "", "a life", f"{type(error).__name__}"))
    return Verdict(chain, limits, tuple(found))


def retell(
    issue: Annotated[str | None, typer.Option(help="问题编号;省略则全部 one issue, or all")] = None,
    *,
    as_json: Json = False,
) -> None:
    """由日志重建读模型。 Make the read model anew out of the journal.

    Exit status: 0 retold, 1 a journal could not be retold, 2 Postgres does not answer.
    """
    retold: Retold = ask(lambda pool: proof.rebuild_read_model(pool, issue))
    if as_json:
        print_json({"issues": retold.issues, "refused": [broken._asdict() for broken in retold.refused]})
    else:
        out.print(f"已复述 retold: {retold.issues}", markup=False)
        for broken in retold.refused:
            out.print(f"{broken.issue_id}: {broken.reason}", style="red", markup=False)
    raise typer.Exit(DIFFERS if retold.refused else 0)


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "holds": verdict.holds,
        "issues": verdict.chain.issues,
        "facts": verdict.chain.facts,
        "limits": verdict.limits,
        "breaks": [broken._asdict() for broken in verdict.chain.breaks],
        "differences": [each._asdict() for each in verdict.differences],
    }


def _tell(verdict: Verdict) -> None:
    chain = verdict.chain
    out.print(
        f"问题 issues {chain.issues} · 事实 facts {chain.facts} · 时限 limits {verdict.limits}", markup=False
    )
    if verdict.holds:
        out.print("日志链完整,时限一致。 Every chain holds, every limit is what its rules make of it.")
        return
    say("不一致 differences")
    rows = table("问题 issue", "事实 fact", "所见 what")
    for broken in chain.breaks:
        rows.add_row(broken.issue_id, str(broken.number), broken.reason)
    for each in verdict.differences:
        what = f"{each.clock}: {each.recorded} ≠ {each.recomputed}"
        rows.add_row(each.issue_id, str(each.number), what)
    out.print(rows)
