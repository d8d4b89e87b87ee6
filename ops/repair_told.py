"""修复之报告: previews and outcomes, for an operator to read or a script to take."""

from collections.abc import Iterator, Sequence

from domain.issue.fact_base import Event
from domain.issue.wording import fact_name, moment
from ops.desk import say
from ops.repair_plan import Plan, Told
from ops.repair_record import Outcome, as_json, named

WHAT = {
    "wake": "唤醒 wake",
    "reset": "重置 reset",
    "retry": "重试 retry",
    "redeliver": "重新投递 redeliver",
    "skip": "放弃投递 skip",
    "settle": "承继 settle",
}
STANDING = {"stuck": "可修复 to be repaired", "sound": "无须修复 sound", "refused": "不能修复 refused"}


def tell_plans(plans: Sequence[Plan]) -> None:
    """Print what would happen to each issue, Chinese first."""
    for plan in plans:
        for line in _lines(plan):
            say(line)


def _lines(plan: Plan) -> Iterator[str]:
    yield f"{plan.issue_id}  {WHAT[plan.wanted.what]}:{STANDING[plan.standing]}"
    if plan.why:
        yield f"  {plan.why.zh} {plan.why.en}"
    for act in plan.acts:
        yield f"  送达 act:{act.name}({act.state},已试 tried {act.attempts})"
    for each in plan.pending:
        yield f"  活动 activity:{each.kind} {each.id},第 {each.attempt} 次 attempt:{each.failure}"
    if plan.redone:
        yield from _redone(plan)


def _redone(plan: Plan) -> Iterator[str]:
    redone = plan.redone
    assert redone is not None
    begins = redone.begins
    yield (
        f"  从第 {redone.kept} 号事实之后接续 goes on after fact {redone.kept}"
        f"({begins.stage},责任河长 chief {begins.chief})"
    )
    for number, fact in enumerate(redone.again, start=redone.kept + 1):
        yield f"  再次裁断 decided again:{number} {_fact(fact)}"
    for number, fact in enumerate(
        redone.made[len(redone.again) :], start=redone.kept + len(redone.again) + 1
    ):
        yield f"  新增事实 new:{number} {_fact(fact)}"
    for word in redone.words:
        why = f":{word.why.zh} {word.why.en}" if word.why else ""
        yield f"  再说一遍 said again:{named(word.command)} {FATE[word.fate]}{why}"
    for unread in plan.unread:
        yield f"  原话无法读出 cannot be read:{unread.name} {unread.id}"
    for told in plan.told:
        yield f"  {_told(told)}"


FATE = {"heard": "照办 heard", "known": "已办 known", "refused": "现被拒绝 refused now"}


def _fact(fact: Event) -> str:
    kind = type(fact).__name__
    return f"{fact_name(kind)} {kind}({moment(fact.said_at)})"


def _told(told: Told) -> str:
    effect = told.effect
    is_new = told.state == "new"
    how = "将发出 will go out" if is_new else f"台账已有,不再发出 held by the ledger ({told.state})"
    return f"告知 {effect.kind} {effect.number} → {effect.addressee}:{how}"


def tell_outcome(plan: Plan, outcome: Outcome) -> None:
    """Print what came of a repair."""
    mended = "已修复 repaired" if outcome.is_mended else "未修复 not repaired"
    fact = f",记为第 {outcome.fact} 号事实 on record as fact {outcome.fact}" if outcome.fact else ""
    say(f"{plan.issue_id}  {mended}{fact}")
    if outcome.why:
        say(f"  {outcome.why.zh} {outcome.why.en}")
    for act in outcome.acts:
        say(f"  {act}")
    for word, answer in outcome.answers:
        if answer.result == "said":
            say(f"  已再说 said again:{word}")
        elif answer.reason:
            say(f"  未能保留 lost:{word}:{answer.reason.zh} {answer.reason.en}")


def plan_as_json(plan: Plan, outcome: Outcome | None = None) -> dict[str, object]:
    """Return a preview, with what came of it, for a script."""
    redone = plan.redone
    return {
        "issue_id": plan.issue_id,
        "what": plan.wanted.what,
        "standing": plan.standing,
        "why": plan.why._asdict() if plan.why else None,
        "run": plan.run,
        "acts": [act.name for act in plan.acts],
        "activities": [each._asdict() for each in plan.pending],
        "goes_on_after": redone.kept if redone else None,
        "decided_again": [type(fact).__name__ for fact in redone.again] if redone else [],
        "new": [type(fact).__name__ for fact in redone.made[len(redone.again) :]] if redone else [],
        "said_again": [
            {"word": named(word.command), "fate": word.fate, "why": word.why} for word in redone.words
        ]
        if redone
        else [],
        "unread": [f"{word.name} {word.id}" for word in plan.unread],
        "told": [
            [told.effect.kind, told.effect.number, told.effect.addressee, told.state] for told in plan.told
        ],
        "outcome": as_json(outcome) if outcome else None,
    }
