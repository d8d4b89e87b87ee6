"""重放之报告: where today's code would live otherwise, for an operator to read or a script to take."""

import json
from collections import Counter
from collections.abc import Iterator

from domain.issue.difference import Difference
from domain.issue.wording import FACTS
from domain.model import Label
from ops.desk import out, say, table
from ops.replay_lives import Broken, Standing, Verdict

_SHOWN = 50
"""Issues of which the terminal tells what differs; a script gets a thousand."""
_KEPT = 1_000
_FIELDS = 8
"""Fields that are shown of one issue."""
_LONGEST = 120

STANDINGS: dict[Standing, Label] = {
    "same": Label("一致", "the same"),
    "differs": Label("不一致", "differs"),
    "diverged": Label("日志未收之信不一致", "what the journal has not taken differs"),
    "not_replayed": Label("未能重放", "not replayed"),
}
_WHATS = {
    "fact": Label("事实", "fact"),
    "effect": Label("告知", "effect"),
    "row": Label("读模型", "row"),
    "carried": Label("接续", "carried"),
}


class Tally:
    """合计: the sums over all lives, and what was found; what is as it was is only counted."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._standings: Counter[Standing] = Counter()
        self._sums: Counter[str] = Counter()
        self.found: list[Verdict] = []
        self.remarks: dict[Label, int] = {}

    def add(self, verdict: Verdict) -> None:
        """Count one verdict; keep it if it must be told."""
        self._standings[verdict.standing] += 1
        self._sums.update(
            runs=verdict.runs,
            letters=verdict.letters,
            facts=verdict.facts,
            commands_only=int(verdict.runs > 0 and not verdict.has_record),
        )
        if verdict.standing != "same" and len(self.found) < _KEPT:
            self.found.append(verdict)
        if verdict.standing == "same" and verdict.remark:
            self.remarks[verdict.remark] = self.remarks.get(verdict.remark, 0) + 1

    @property
    def total(self) -> int:
        """How many lives there were."""
        return self._standings.total()

    def count(self, standing: Standing) -> int:
        """How many stand so."""
        return self._standings[standing]

    def as_json(self) -> dict[str, object]:
        """Return all of it for a script."""
        totals = {"issues": self.total}
        totals |= {str(standing): self.count(standing) for standing in STANDINGS}
        totals |= {name: self._sums[name] for name in ("runs", "letters", "facts", "commands_only")}
        return {
            "totals": totals,
            "found": [_as_json(verdict) for verdict in self.found],
        }


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "issue_id": verdict.issue_id,
        "standing": verdict.standing,
        "compared": "contents" if verdict.has_record else "commands",
        "differences": [each._asdict() for each in verdict.differences],
        "broken": [each._asdict() for each in verdict.broken],
        "remark": verdict.remark._asdict() if verdict.remark else None,
    }


def tell(tally: Tally) -> None:
    """Print what was found, and the sums, Chinese first."""
    if any(verdict.differences for verdict in tally.found):
        rows = table("问题 issue", "事件 event", "信 letter", "字段:所载 → 今 field: recorded → today")
        for verdict in tally.found[:_SHOWN]:
            for each in verdict.differences[:_FIELDS]:
                rows.add_row(*_row(verdict.issue_id, each))
        out.print(rows)
    for line in _lines(tally):
        say(line)


def _row(issue_id: str, each: Difference) -> tuple[str, ...]:
    where = f"{_WHATS[each.what].zh} {_WHATS[each.what].en} {each.fact} {_name(each)}"
    sides = f"{_written(each.recorded)} → {_written(each.today)}"
    return (
        issue_id,
        f"{each.run}/{each.event}",
        str(each.letter or "—"),
        f"{where} {each.field or '(整条 all of it)'}: {sides}",
    )


def _name(each: Difference) -> str:
    return f"{FACTS.get(each.kind, '')}{each.kind}"


def _written(side: object) -> str:
    if side is None:
        return "(无 none)"
    text = side if isinstance(side, str) else json.dumps(side, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _lines(tally: Tally) -> Iterator[str]:
    for verdict in tally.found[:_SHOWN]:
        more = len(verdict.differences) - _FIELDS
        if more > 0:
            yield f"{verdict.issue_id} 另有 and {more} 处不同 more differences (--json)"
        yield from (_broken(verdict.issue_id, each) for each in verdict.broken)
        if verdict.standing == "diverged":
            yield f"{verdict.issue_id} {_DIVERGED}"
        if verdict.remark:
            yield f"{verdict.issue_id} {verdict.remark.zh}。 {verdict.remark.en}."
    for remark, count in tally.remarks.items():
        yield f"{count} 件:{remark.zh}。 {remark.en}."
    if len(tally.found) > _SHOWN:
        yield f"另有 and {len(tally.found) - _SHOWN} 件未列 more issues (--json)"
    counts = " · ".join(f"{name.zh} {name.en} {tally.count(each)}" for each, name in STANDINGS.items())
    yield f"重放 replayed {tally.total}:{counts}"


_DIVERGED = (
    "工作流与日志各执一词,信仍待寄,请用 repair settle。"
    " Workflow and journal disagree and the letter waits: see repair settle."
)


def _broken(issue_id: str, each: Broken) -> str:
    left = "(该运行已被取代,不计 of a run that was replaced: not counted)" if each.is_left else ""
    reason = each.reason.splitlines()[0] if each.reason else ""
    where = f"{issue_id} 运行 run {each.run} 事件 event {each.event}(事实 fact {each.fact} 之后 after)"
    return f"{where} 不能照旧 cannot be lived on{left}: {reason}"
