"""逐项核验: everything that is kept of issues proved by their journals, each check by its name."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.model import Label
from ops.demanded import unlike
from ops.recompute import differences, limits_of, states_of
from store.kept import Kept, kept
from store.pool import Pool
from store.proof import Break, first_break, nobodys_numbers, other_head, told

_NO_STORY = (
    TypeError,
    AttributeError,
    AssertionError,
    LookupError,
    ValueError,
    ArithmeticError,
)
"""What comes of facts that were never decided by our rules."""

CHECKS: Mapping[str, Label] = {
    "facts": Label("日志链、编号、各列", "chain, numbering and columns of the journal"),
    "numbers": Label("问题编号连续", "every number that was drawn"),
    "heads": Label("读模型与日志一致", "the read model"),
    "limits": Label("时限复算", "limits recomputed"),
    "acts": Label("告知台账", "effects demanded and kept"),
    "documents": Label("文书", "documents demanded and kept"),
    "photos": Label("照片摘要", "photos read again"),
    "bulletins": Label("通报复算", "bulletins recomputed"),
    "archives": Label("流程档案", "archived histories read again"),
    "live": Label("运行中的流程与日志一致", "running workflows against their journals"),
    "outside": Label("与外存凭据一致", "what was exported or anchored outside"),
}
"""What can be looked at, in the order in which it is told."""


class Finding(NamedTuple):
    """不符: which check, of what, at which fact, in which column, as kept and as it should be."""

    check: str
    subject: str
    number: int
    where: str
    kept: str
    proved: str


class Verdict(NamedTuple):
    """核验结果: how many things each check looked at, and what does not hold."""

    issues: int
    looked: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that was looked at is as it was recorded."""
        return not self.findings

    def joined(self, looked: Mapping[str, int], findings: Iterable[Finding]) -> "Verdict":
        """Return the verdict with what another check came to."""
        return Verdict(self.issues, {**self.looked, **looked}, (*self.findings, *findings))


async def examine(
    pool: Pool, issues: Sequence[str] | None = None, step: Callable[[], None] = lambda: None
) -> Verdict:
    """Prove what is kept of some issues, or of all; one issue at a time is in memory. Raises Away.

    `step` is called after each issue.
    """
    looked: Counter[str] = Counter({"facts": 0, "heads": 0, "limits": 0, "acts": 0, "documents": 0})
    found: list[Finding] = []
    count = 0
    async for each in kept(pool, issues):
        count += bool(each.facts)
        looked.update({"facts": len(each.facts), "acts": len(each.acts), "documents": len(each.papers)})
        looked["heads"] += each.shown is not None
        found += prove(each, looked)
        step()
    if issues is None:
        nobodys = await nobodys_numbers(pool)
        looked["numbers"] = count + len(nobodys)
        found += [_of_break(broken, "numbers") for broken in nobodys]
    return Verdict(count, looked, tuple(found))


def prove(each: Kept, looked: "Counter[str]", *, outside: bool = False) -> list[Finding]:
    """Return what does not hold of one issue; where its chain is broken, nothing is built upon it.

    What was brought from `outside` has no read model.
    """
    if broken := first_break(each):
        return [_of_break(broken, "facts")]
    if not each.facts:
        return []
    facts = told(each.facts)
    try:
        states = states_of(facts)
        looked["limits"] += sum(map(limits_of, facts))
        head = None if outside else other_head(each, states[-1])
        return [
            *([_of_break(head, "heads")] if head else []),
            *(
                Finding("limits", one.issue_id, one.number, one.clock, one.recorded, one.recomputed)
                for one in differences(facts, states)
            ),
            *(
                Finding(
                    "documents" if one.what.startswith("document") else "acts",
                    *(one.issue_id, one.number, one.what, one.kept, one.demanded),
                )
                for one in unlike(each, facts, states)
            ),
        ]
    except _NO_STORY as error:
        # A forged chain may hold and tell no story all the same.
        return [Finding("facts", each.issue_id, 0, "body", "a chain that holds", type(error).__name__)]


def _of_break(broken: Break, check: str) -> Finding:
    return Finding(check, broken.issue_id, broken.number, broken.column, broken.reason, "")
