"""通报的状态: a bulletin as its facts have made it, and evolve(), which lets one more happen."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from domain.bulletin import facts as fact
from domain.bulletin.facts import BulletinFact, Cut, Drafted, Finding, Named
from domain.bulletin.rules import BulletinRules, chain
from domain.bulletin.terms import Awaited, BulletinId, BulletinKind, BulletinState
from domain.chain import GENESIS, canonical, link
from domain.indicators import Period
from domain.limits import Counting
from domain.model import Frozen, IssueId, Moment
from domain.posts import Division, Post, division_of
from domain.terms import Level, Severity

REMEMBERED = 200
"""How many command ids travel with the bulletin; Temporal forgets update ids at continue-as-new."""


class Wait(Frozen):
    """等候: what is waited for, of whom in turn, since when, and when he was last reminded."""

    awaited: Awaited
    chain: tuple[Post, ...]
    turn: int = 0
    since: Moment
    reminded_at: Moment | None = None

    @property
    def post(self) -> Post:
        """Whose turn it is."""
        return self.chain[self.turn]

    @property
    def is_last(self) -> bool:
        """Whether nobody comes after him."""
        return self.turn == len(self.chain) - 1


class Reply(Frozen):
    """意见: by whom and when."""

    by: Post
    at: Moment
    text: str


class Receipt(Frozen):
    """签收: which person, for which post."""

    post: Post
    person: str
    at: Moment


class Entry(Frozen):
    """更正: a later entry beside what was issued."""

    count: int
    text: str
    at: Moment
    by: Post | None


class Bulletin(Frozen):
    """通报: everything that a rule may ask of a bulletin."""

    bulletin_id: BulletinId
    kind: BulletinKind
    issuer: Post
    severity: Severity | None = None
    period: Period
    cut: Cut
    named: tuple[Named, ...]
    recipients: tuple[Post, ...]
    copies: tuple[Post, ...] = ()
    top: Level
    rules: BulletinRules
    counting: Counting
    state: BulletinState
    revision: int = 1
    remarks: tuple[str, ...] = ()
    checked: int = 0
    findings: tuple[Finding, ...] = ()
    until: Moment | None = None
    replies: tuple[Reply, ...] = ()
    wait: Wait | None = None
    approved_by: Post | None = None
    approved_at: Moment | None = None
    document_number: str | None = None
    issued_at: Moment | None = None
    withdrawn_for: str | None = None
    proposed: str | None = None
    corrections_due: tuple[IssueId, ...] = ()
    corrections: tuple[Entry, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    number: int
    at: Moment
    tail: str
    heard: tuple[str, ...] = ()

    @property
    def division(self) -> Division:
        """Whose bulletin it is."""
        return division_of(self.issuer)

    @property
    def named_posts(self) -> tuple[Post, ...]:
        """被通报的岗位: the unit that did not act, or the chief where there was no unit yet."""
        return tuple(dict.fromkeys(named.unit or named.chief for named in self.named))

    @property
    def receivers(self) -> tuple[Post, ...]:
        """Whoever gets it when it is issued."""
        return tuple(dict.fromkeys((*self.recipients, *self.named_posts, *self.copies)))

    @property
    def needs_a_look(self) -> bool:
        """Whether there is a text that nobody has looked through yet."""
        ended = self.state in (BulletinState.APPROVED, BulletinState.WITHDRAWN)
        return self.checked < self.revision and not ended

    @property
    def is_issued(self) -> bool:
        """Whether it has its number."""
        return self.state is BulletinState.ISSUED


def born(drafted: Drafted) -> Bulletin:
    """Make the bulletin out of its first fact."""
    carried = ("bulletin_id", "issuer", "severity", "period", "cut", "recipients", "copies", "top", "rules")
    bulletin = Bulletin(
        **{name: getattr(drafted, name) for name in carried},
        counting=drafted.counting,
        kind=drafted.bulletin,
        named=drafted.cut.named,
        state=BulletinState.PREPARING,
        number=0,
        at=drafted.at,
        tail=GENESIS,
    )
    wait = _waiting(bulletin, Awaited.SUBMISSION, drafted)
    return bulletin.model_copy(update={"wait": wait, **_recorded(bulletin, drafted)})


def evolve(bulletin: Bulletin, event: BulletinFact) -> Bulletin:
    """Let one fact happen. Total: what was decided can always happen."""
    return bulletin.model_copy(update={**_changes(bulletin, event), **_recorded(bulletin, event)})


def _changes(bulletin: Bulletin, event: BulletinFact) -> dict[str, Any]:
    match event:
        case fact.HearingOpened(until=until):
            return {"state": BulletinState.HEARING, "until": until, "wait": None}
        case fact.Replied(by=by, said_at=said_at, text=text) if by:
            return {"replies": (*bulletin.replies, Reply(by=by, at=said_at, text=text))}
        case fact.HearingClosed():
            return _prepares(bulletin, event)
        case fact.Revised(remarks=remarks, struck=struck):
            return {"remarks": remarks, **_without(bulletin, struck)}
        case fact.Checked(revision=revision, findings=findings):
            back = findings and bulletin.state in (BulletinState.APPROVED, BulletinState.SUBMITTED)
            again = _prepares(bulletin, event) if back else {}
            dropped = {"proposed": None, "wait": None} if findings and bulletin.proposed else {}
            return {"checked": revision, "findings": findings, **again, **dropped}
        case fact.Submitted():
            return {"state": BulletinState.SUBMITTED, "wait": _waiting(bulletin, Awaited.APPROVAL, event)}
        case fact.Returned():
            return _prepares(bulletin, event)
        case fact.Reminded(said_at=said_at) if bulletin.wait:
            return {"wait": bulletin.wait.model_copy(update={"reminded_at": said_at})}
        case fact.PassedOn(said_at=said_at) if bulletin.wait:
            turn = {"turn": bulletin.wait.turn + 1, "since": said_at, "reminded_at": None}
            return {"wait": bulletin.wait.model_copy(update=turn)}
        case fact.Approved(by=by, said_at=said_at):
            return {"state": BulletinState.APPROVED, "wait": None, "approved_by": by, "approved_at": said_at}
        case fact.Issued(document_number=document_number, said_at=said_at):
            number = {"document_number": document_number, "issued_at": said_at}
            return {"state": BulletinState.ISSUED, **number}
        case fact.Withdrawn(reason=reason):
            return {"state": BulletinState.WITHDRAWN, "wait": None, "withdrawn_for": reason}
        case fact.Struck(issue_id=issue_id):
            return _without(bulletin, (issue_id,))
        case fact.Received(by=by, person=person, said_at=said_at) if by:
            return {"receipts": (*bulletin.receipts, Receipt(post=by, person=person, at=said_at))}
        case _:
            return _corrected(bulletin, event)


def _corrected(bulletin: Bulletin, event: BulletinFact) -> dict[str, Any]:
    match event:
        case fact.CorrectionDue(issue_id=issue_id):
            return {"corrections_due": tuple(dict.fromkeys((*bulletin.corrections_due, issue_id)))}
        case fact.CorrectionProposed(text=text):
            wait = _waiting(bulletin, Awaited.CORRECTION, event)
            return {"proposed": text, "wait": wait, "revision": bulletin.revision + 1}
        case fact.CorrectionReturned():
            return {"proposed": None, "wait": None}
        case fact.Corrected(count=count, text=text, said_at=said_at, by=by):
            entry = Entry(count=count, text=text, at=said_at, by=by)
            entries = (*bulletin.corrections, entry)
            return {"proposed": None, "wait": None, "corrections_due": (), "corrections": entries}
        case _:  # the others change nothing but the record
            return {}


def _without(bulletin: Bulletin, struck: Sequence[IssueId]) -> dict[str, Any]:
    """Another text, which nobody has looked through; who was struck is not named in it."""
    named = tuple(named for named in bulletin.named if named.issue_id not in struck)
    return {"named": named, "revision": bulletin.revision + 1}


def _prepares(bulletin: Bulletin, event: BulletinFact) -> dict[str, Any]:
    approval = {"approved_by": None, "approved_at": None}
    wait = _waiting(bulletin, Awaited.SUBMISSION, event)
    return {"state": BulletinState.PREPARING, "wait": wait, **approval}


def _waiting(bulletin: Bulletin, awaited: Awaited, event: BulletinFact) -> Wait:
    first = bulletin.rules.approver(bulletin.kind, bulletin.severity)
    return Wait(
        awaited=awaited, chain=chain(bulletin.division, first, awaited, bulletin.top), since=event.said_at
    )


def _recorded(bulletin: Bulletin, event: BulletinFact) -> dict[str, Any]:
    number, heard = bulletin.number + 1, bulletin.heard
    if event.command and event.command not in heard:
        heard = (*heard, event.command)[-REMEMBERED:]
    tail = link(bulletin.tail, number, canonical(event))
    return {"number": number, "at": event.at, "heard": heard, "tail": tail}


def after(bulletin: Bulletin, events: Sequence[BulletinFact]) -> Bulletin:
    """Let several facts happen, in order."""
    return reduce(evolve, events, bulletin)


def retell(events: Sequence[BulletinFact]) -> Bulletin:
    """复述: make the bulletin anew out of its journal; the first fact must be Drafted."""
    drafted, *rest = events
    if not isinstance(drafted, Drafted):
        raise TypeError(f"a bulletin begins with Drafted, not with {type(drafted).__name__}")
    return after(born(drafted), rest)
