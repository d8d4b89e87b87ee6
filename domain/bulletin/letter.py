"""通报的信: what leaves for the records: facts, whom they concern, and how the bulletin now stands."""

from collections.abc import Sequence
from datetime import date

from domain.bulletin.clock import next_mark
from domain.bulletin.facts import BulletinFact, Drafted
from domain.bulletin.messages import Told, title, told
from domain.bulletin.state import Bulletin, born, evolve
from domain.bulletin.terms import BulletinId, BulletinState
from domain.chain import GENESIS, canonical
from domain.issue.letter import Line
from domain.model import Frozen, Moment
from domain.posts import Division, Post


class Notice(Frozen):
    """告知 by one fact."""

    number: int
    told: Told


class BulletinHead(Frozen):
    """读模型一行: how a bulletin stands."""

    kind: str
    state: str
    title: str
    issuer: Post
    division: Division
    period_first: date
    period_last: date
    waits_for: Post | None = None
    next_mark_at: Moment | None = None
    document_number: str | None = None
    drafted_at: Moment
    issued_at: Moment | None = None


class BulletinLetter(Frozen):
    """信: facts in order, each chained to the one before."""

    bulletin_id: BulletinId
    before: str
    lines: tuple[Line, ...]
    notices: tuple[Notice, ...]
    struck: tuple[str, ...] = ()
    is_withdrawn: bool = False
    head: BulletinHead

    @property
    def tail(self) -> str:
        """The hash of its last fact."""
        return self.lines[-1].hash


def write(before: Bulletin | None, events: Sequence[BulletinFact]) -> tuple[BulletinLetter, Bulletin]:
    """Return a letter of all these facts, and the bulletin after them; there is at least one."""
    first, lines, notices, struck = before, [], list[Notice](), list[str]()
    bulletin = before
    for event in events:
        if bulletin is None:
            assert isinstance(event, Drafted)
            bulletin = born(event)
        else:
            named = {named.issue_id for named in bulletin.named}
            bulletin = evolve(bulletin, event)
            struck += sorted(named - {named.issue_id for named in bulletin.named})
        lines.append(_line(bulletin, event))
        notices += [Notice(number=bulletin.number, told=each) for each in told(bulletin, event)]
    assert bulletin is not None
    letter = BulletinLetter(
        bulletin_id=bulletin.bulletin_id,
        before=first.tail if first else GENESIS,
        lines=tuple(lines),
        notices=tuple(notices),
        struck=tuple(struck),
        is_withdrawn=bulletin.state is BulletinState.WITHDRAWN,
        head=head_of(bulletin),
    )
    return letter, bulletin


def head_of(bulletin: Bulletin) -> BulletinHead:
    """Return how a bulletin stands, for lists."""
    mark = next_mark(bulletin)
    return BulletinHead(
        kind=bulletin.kind,
        state=bulletin.state,
        title=title(bulletin),
        issuer=bulletin.issuer,
        division=bulletin.division,
        period_first=bulletin.period.first,
        period_last=bulletin.period.last,
        waits_for=bulletin.wait.post if bulletin.wait else None,
        next_mark_at=mark.at if mark else None,
        document_number=bulletin.document_number,
        drafted_at=bulletin.cut.at,
        issued_at=bulletin.issued_at,
    )


def _line(bulletin: Bulletin, event: BulletinFact) -> Line:
    return Line(
        number=bulletin.number,
        kind=type(event).__name__,
        at=event.at,
        said_at=event.said_at,
        body=canonical(event),
        hash=bulletin.tail,
    )
