"""读名册: posts with their dates, absences, succession and channels of one folder; all of it or nothing."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from domain.roster import Absence, Capacity, Channel, PersonCode, Roster, Tenure
from domain.succession import Succession
from reading.errors import Fault, Unreadable
from reading.registry import Registry, read_registry
from reading.roster_consistency import Sheets, contradictions
from reading.roster_rows import ChannelRow, TenureRow


def read_roster(folder: Path) -> Roster:
    """Read who holds which post from a registry folder; raise Unreadable with the faults of all files."""
    faults: list[Fault] = []
    registry: Registry | None = None
    try:
        registry = read_registry(folder)
    except Unreadable as unreadable:
        faults += unreadable.faults
    sheets = Sheets.read(folder)
    for table in sheets:
        faults += table.faults
    faults += contradictions(sheets, registry)
    if faults or registry is None:
        raise Unreadable(faults)
    return Roster(
        posts={post: row.name_zh for post, row in registry.posts.items()},
        reaches={reach: row.division for reach, row in registry.reaches.items()},
        tenures=(*_standing(registry), *(_tenure(line.row) for line in sheets.tenures.lines)),
        absences=tuple(Absence(**dict(line.row)) for line in sheets.absences.lines),
        succession=tuple(Succession(**dict(line.row)) for line in sheets.succession.lines),
        channels=_channels(line.row for line in sheets.channels.lines),
    )


def _standing(registry: Registry) -> Iterator[Tenure]:
    """Yield what posts.csv says, without dates: since ever, until further notice."""
    for row in registry.posts.values():
        if row.holder:
            yield Tenure(post=row.post, person=row.holder, capacity=Capacity.HOLDER)
        if row.deputy:
            yield Tenure(post=row.post, person=row.deputy, capacity=Capacity.DEPUTY)


def _tenure(row: TenureRow) -> Tenure:
    return Tenure(**dict(row))


def _channels(rows: Iterable[ChannelRow]) -> dict[PersonCode, tuple[Channel, ...]]:
    by_person: dict[PersonCode, list[Channel]] = {}
    for row in rows:
        channel = Channel(kind=row.kind, address=row.address, works=row.works)
        by_person.setdefault(row.person, []).append(channel)
    return {person: tuple(channels) for person, channels in by_person.items()}
