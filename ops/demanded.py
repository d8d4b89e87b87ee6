"""应告知: what a retold life demands outside, held against the ledger and the documents that there are."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from domain.canary import CANARY_COUNTY
from domain.issue.effects import Effect, effects_of
from domain.issue.events import LapseWithdrawn
from domain.issue.fact_base import Event
from domain.issue.message import Kind
from domain.issue.state import Issue
from store.kept import Act, Kept, Paper

_ON_PAPER = (Kind.ORDER, Kind.BULLETIN)
_GOES_OUT = frozenset({"queued", "delivered", "undeliverable", "skipped"})


class Unlike(NamedTuple):
    """不符: at which fact, what of it, as it is kept and as the facts demand it."""

    issue_id: str
    number: int
    what: str
    kept: str
    demanded: str


def demanded(facts: Sequence[Event], states: Sequence[Issue]) -> list[Effect]:
    """Return what a life demands outside; `states` are the issue after each of its facts."""
    return [effect for event, state in zip(facts, states, strict=True) for effect in effects_of(state, event)]


def unlike(each: Kept, facts: Sequence[Event], states: Sequence[Issue]) -> list[Unlike]:
    """Name every act and document that is missing, surplus or another one than the facts demand."""
    effects = demanded(facts, states)
    papers = {paper.number: paper for paper in each.papers}
    taken_back = {number for fact in facts if isinstance(fact, LapseWithdrawn) for number in fact.facts}
    if each.issue_id.startswith(CANARY_COUNTY):  # it takes its own drafts back when it has walked
        taken_back |= {paper.number for paper in each.papers if paper.state == "withdrawn"}
    found = [*_acts(each, effects, papers, taken_back), *_papers(each, effects, facts, taken_back)]
    return [Unlike(each.issue_id, *one) for one in found]


Found = tuple[int, str, str, str]


def _acts(
    each: Kept, effects: Sequence[Effect], papers: Mapping[int, Paper], taken_back: set[int]
) -> Iterator[Found]:
    wanted = {(effect.number, str(effect.kind), effect.addressee): effect for effect in effects}
    there = {(act.number, act.effect, act.addressee): act for act in each.acts}
    for key in sorted(wanted.keys() | there.keys()):
        number, kind, addressee = key
        what, act, effect = f"{kind} → {addressee}", there.get(key), wanted.get(key)
        if act is None:
            yield number, what, "missing", "demanded"
        elif effect is None:
            yield number, what, act.state, "not demanded"
        else:
            yield from _act(what, act, effect, papers.get(number), is_back=number in taken_back)


def _act(what: str, act: Act, effect: Effect, paper: Paper | None, *, is_back: bool) -> Iterator[Found]:
    on_paper = effect.kind in _ON_PAPER
    under = _number_of(paper) if paper and on_paper else None
    texts = {effect.text, f"{under} {effect.text}"} if under else {effect.text}
    if act.state == "delivered":  # nothing goes out before it has its number
        texts = {f"{under} {effect.text}"} if under else {effect.text}
    if act.text not in texts:
        yield act.number, f"{what}: text", act.text, effect.text
    if act.issuer != effect.issuer:
        yield act.number, f"{what}: issuer", str(act.issuer), str(effect.issuer)
    states = _states(paper if on_paper else None, on_paper=on_paper, is_back=is_back)
    if act.state not in states:
        yield act.number, f"{what}: state", act.state, " / ".join(sorted(states))
    if act.is_received != (act.state == "delivered"):
        lies = "in an inbox" if act.is_received else "in no inbox"
        yield (
            act.number,
            f"{what}: inbox",
            f"{act.state}, {lies}",
            "delivered is in an inbox, nothing else is",
        )


def _states(paper: Paper | None, *, on_paper: bool, is_back: bool) -> frozenset[str]:
    """In which states an act may be: unsigned or taken back, it goes to nobody."""
    if is_back:
        return frozenset({"countermanded", "delivered"})
    if on_paper and (paper is None or paper.state == "draft"):
        return frozenset({"unsigned"})
    return _GOES_OUT


def _number_of(paper: Paper) -> str | None:
    return {"signed": paper.document_number, "entered": paper.entered_under}.get(paper.state)


def _papers(
    each: Kept, effects: Sequence[Effect], facts: Sequence[Event], taken_back: set[int]
) -> Iterator[Found]:
    there = {paper.number: paper for paper in each.papers}
    on_paper = [effect for effect in effects if effect.kind in _ON_PAPER]
    wanted = {number: list(some) for number, some in groupby(on_paper, key=lambda effect: effect.number)}
    for number in sorted(there.keys() | wanted.keys()):
        paper, some = there.get(number), wanted.get(number)
        if paper is None:
            yield number, "document", "missing", "demanded"
        elif some is None:
            yield number, "document", paper.state, "not demanded"
        else:
            yield from _paper(paper, some, facts[number - 1], is_back=number in taken_back)


def _paper(paper: Paper, some: Sequence[Effect], fact: Event, *, is_back: bool) -> Iterator[Found]:
    first = some[0]
    fields = (
        ("kind", paper.kind, str(first.kind)),
        ("issuer", paper.issuer, str(first.issuer)),
        ("addressees", ", ".join(paper.addressees), ", ".join(effect.addressee for effect in some)),
        ("text", paper.text, first.text),
        ("drafted_at", paper.drafted_at.isoformat(), fact.at.isoformat()),
    )
    for name, kept, wanted in fields:
        if kept != wanted:
            yield paper.number, f"document: {name}", kept, wanted
    if is_back and paper.state == "draft":
        yield paper.number, "document: state", paper.state, "withdrawn"
    if not is_back and paper.state == "withdrawn":
        yield paper.number, "document: state", paper.state, "draft / signed / entered"
    if paper.state == "entered" and paper.entered_under is None:
        yield paper.number, "document: state", "entered in no bulletin", "the number of its bulletin"
