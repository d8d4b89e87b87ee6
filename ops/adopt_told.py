"""适用之报告: what an adoption would move or has moved, for an operator to read or a script to take."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from domain.issue.wording import fact_name, moment
from domain.rulebook import RuleBook
from domain.terms import zh
from domain.written import written
from ops.desk import say
from ops.foresee import AtOnce, Change, Foreseen
from ops.saying import Answer


class Report(NamedTuple):
    """报告 of one run; without answers it was a preview."""

    what: Literal["edition", "calendar"]
    book: RuleBook
    foreseen: Sequence[Foreseen]
    answers: Sequence[Answer] | None

    def count(self, standing: str) -> int:
        """Return how many issues stand so on paper."""
        return sum(each.standing == standing for each in self.foreseen)

    @property
    def totals(self) -> dict[str, int]:
        """The sums over all issues."""
        return {
            "issues": len(self.foreseen),
            **{standing: self.count(standing) for standing in ("moves", "unmoved", "current", "refused")},
            "limits_moved": sum(len(each.changes) for each in self.foreseen),
            "at_once": sum(len(each.at_once) for each in self.foreseen),
            "notices": sum(each.notices for each in self.foreseen),
        }

    @property
    def said(self) -> dict[str, int]:
        """How many issues heard the word, refused it, or were not reached."""
        results = [answer.result for answer in self.answers or ()]
        return {result: results.count(result) for result in ("said", "refused", "not_reached")}

    def as_json(self) -> dict[str, object]:
        """Return all of it for a script."""
        calendar = self.book.calendar
        return {
            "adopt": self.what,
            "edition": self.book.edition,
            "digest": self.book.digest,
            "calendar": {"version": calendar.version, "years": list(calendar.published)},
            "totals": self.totals,
            "preview": [_as_json(each) for each in self.foreseen if each.standing != "current"],
            "applied": None if self.answers is None else self.said,
            "answers": None if self.answers is None else [_answer(each) for each in self.answers],
        }


def tell(report: Report) -> None:
    """Print the report, Chinese first."""
    for line in _lines(report):
        say(line)


def _lines(report: Report) -> Iterator[str]:
    yield _title(report)
    for each in report.foreseen:
        if each.standing in {"moves", "refused"}:
            yield from _issue(each)
    totals = report.totals
    yield (
        f"未办结 issues {totals['issues']}:改期 moving {totals['moves']} · 不变 unmoved {totals['unmoved']}"
        f" · 已适用 up to date {totals['current']} · 不能适用 refused {totals['refused']}"
    )
    yield (
        f"合计 totals:时限改期 limits {totals['limits_moved']} · 随即发生 at once {totals['at_once']}"
        f" · 告知 notices {totals['notices']}"
    )
    yield from _outcome(report)


def _title(report: Report) -> str:
    book, calendar = report.book, report.book.calendar
    first, last = calendar.published
    how = "预演 preview" if report.answers is None else "办理 said"
    if report.what == "edition":
        return f"适用新版规则 adopt edition {book.edition}(校验码 digest {book.digest})· {how}"
    return f"适用新日历 adopt calendar {calendar.name} {calendar.version}({first}—{last})· {how}"


def _issue(each: Foreseen) -> Iterator[str]:
    if each.reason:
        yield f"{each.issue_id}  不能适用 refused:{each.reason.zh} {each.reason.en}"
        return
    yield f"{each.issue_id}  告知 notices {each.notices}"
    yield from (_change(change) for change in each.changes)
    yield from (_at_once(mark) for mark in each.at_once)


def _change(change: Change) -> str:
    limit = " + 延 ".join(map(written, (change.limit_after, *change.granted)))
    if change.limit_before != change.limit_after:
        limit = f"{written(change.limit_before)} → {limit}"
    before = moment(change.ends_before) + _PROVISIONAL * change.provisional_before
    after = moment(change.ends_after) + _PROVISIONAL * change.provisional_after
    if change.ends_before == change.ends_after:
        is_certain_now = change.provisional_before and not change.provisional_after
        after = (
            "确定 certain" if is_certain_now else "不变 as before" + _PROVISIONAL * change.provisional_after
        )
    earlier = " 提前 earlier" if change.ends_after < change.ends_before else ""
    return f"  {zh(change.clock)} {change.clock}({limit}) {before} → {after}{earlier}"


_PROVISIONAL = "(暂定 provisional)"


def _at_once(mark: AtOnce) -> str:
    clock = f" {zh(mark.clock)}" if mark.clock else ""
    to = f" → {', '.join(mark.to)}" if mark.to else ""
    return f"  随即 at once{clock}:{fact_name(mark.kind)} {mark.kind}{to}"


def _outcome(report: Report) -> Iterator[str]:
    if report.answers is None:
        if report.totals["moves"] + report.totals["unmoved"]:
            yield "以上未办理;核对后加 --apply 正式办理。 Nothing was said; look, then add --apply."
        return
    said = report.said
    heard, refused = f"已办理 said {said['said']}", f"被拒绝 refused {said['refused']}"
    yield f"{heard} · {refused} · 未送达 not reached {said['not_reached']}"
    for answer in report.answers:
        if answer.reason:
            yield f"{answer.issue_id}  {answer.reason.zh} {answer.reason.en}"
    if said["not_reached"]:
        yield "未送达的,恢复后重新运行同一命令,不会重复办理。 Run the same again; nothing is heard twice."


def _as_json(each: Foreseen) -> dict[str, object]:
    return {
        "issue_id": each.issue_id,
        "standing": each.standing,
        "command": each.command.id if each.command else None,
        "changes": [_change_as_json(change) for change in each.changes],
        "at_once": [mark._asdict() for mark in each.at_once],
        "notices": each.notices,
        "reason": each.reason._asdict() if each.reason else None,
    }


def _change_as_json(change: Change) -> dict[str, object]:
    ends = {name: getattr(change, name).isoformat() for name in ("ends_before", "ends_after")}
    return {**change._asdict(), **ends}


def _answer(answer: Answer) -> dict[str, object]:
    return {
        "issue_id": answer.issue_id,
        "result": answer.result,
        "reason": answer.reason._asdict() if answer.reason else None,
    }
