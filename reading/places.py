"""地点研判: from what a report says of its place to the reaches that may be meant, and who answers for them.

A wrongly certain place sends a report to the wrong chief; an uncertain one costs a person a look. So:

- 编号: a reach code of the registry is certain, unless the coordinates contradict it; a finer division inside
  the reach is kept; an unknown code, or a division elsewhere, raises UnknownPlace. Words beside the code of a
  reach are not read.
- 坐标: the county in which a point lies, and every other whose boundary is within MARGIN; farther than that
  from all of them it is outside. Within BESIDE of a river's line its reaches there may be meant. Coordinates
  alone are never certain: they name no water.
- 地名: a water and a place that have one reach in common are certain, and so is a water that has only one
  reach; a township is not, even with one reach: the ditch that somebody means may be in no registry. A hint,
  such as 莲花 for 莲花街道, puts its reach first and removes none.
- 相合: whatever is named must be accounted for: codes, coordinates and words that contradict each other leave
  several candidates; a name of another city leaves a doubt. Either leaves the decision to a person.
"""

from pathlib import Path

from domain.model import Label
from domain.place import STEEPEST, Candidate, Located, Point, UnknownPlace, Where
from domain.posts import Post, level_of, office
from domain.terms import Level
from reading.clues import Clue, Clues, Spot, meeting, speaking_against, speaking_for, spots
from reading.errors import Fault, Unreadable
from reading.names import Mention, Names
from reading.registry import Registry
from reading.shapes import Near, Shapes, read_shapes

MARGIN = 500.0
"""Metres. Phones in China give GCJ-02, here 370 to 460 m off WGS 84; boundaries are simplified to 100 m."""
BESIDE = 1_000.0
"""Metres: the one river line there is was drawn for maps of 1 to 10 million."""

_OUTSIDE = Label("坐标在名录范围之外", "the coordinates lie outside the registry")
_NOWHERE = Label("坐标 0,0 多半表示没有定位", "0,0 mostly means that there was no position")
_SWAPPED = Label("坐标在范围之外;经度和纬度似乎写反了", "outside; lon and lat seem to be swapped")
_NO_WATER = Label("没有说到哪处水体", "no water is named")
_NO_REACH = Label("没有确定是哪一段", "no reach is told")
_NO_SPOT = Label("没有说到在哪一段", "it is not said which reach")
_ONLY_REACH = Label("名录中只登记了这一段", "the registry has only this reach of it")


class Gazetteer:
    """地名录: a registry with its names and its map."""

    def __init__(self, registry: Registry, names: Names, boundaries: Shapes, lines: Shapes) -> None:
        self._registry, self._names = registry, names
        self._boundaries, self._lines = boundaries, lines

    @classmethod
    def read(cls, folder: Path, registry: Registry) -> "Gazetteer":
        """Read map, aliases and names elsewhere, each if it is there; raise Unreadable with every fault."""
        faults: list[Fault] = []
        boundaries = read_shapes(folder / "boundaries.geojson", registry.divisions, areas=True, faults=faults)
        lines = read_shapes(folder / "rivers.geojson", registry.rivers, areas=False, faults=faults)
        names = Names.read(folder, registry, faults)
        if faults:
            raise Unreadable(faults)
        return cls(registry, names, boundaries, lines)

    def locate(self, where: Where) -> Located:
        """研判: return where it may be, the likeliest first; raises UnknownPlace for a code that is wrong."""
        self._check_codes(where)
        sure, hints, doubts = self._in_words(where.name) if where.name and not where.reach else _NOTHING
        near = self._near(where.point)
        waters, places = list(sure.waters), list(sure.places)
        if where.reach:
            waters.append(Clue({where.reach: Label(f"编号 {where.reach}", f"the code {where.reach}")}))
        if where.division:
            name = self._registry.division_name(where.division)
            said = Label(f"区划 {where.division} {name}", f"the division {where.division} {name}")
            places.append(Clue({where.division: said}))
        if near:
            places.append(Clue({each.code: self._said_of_county(each) for each in near}))
        known = Clues(tuple(waters), tuple(places))
        if not known and hints:
            doubts = (*doubts, *map(_only_a_hint, _all_said(hints)))
            known, hints = hints, Clues()
        hints = hints._replace(waters=(*hints.waters, *self._beside(where.point)))
        found = spots(self._registry, known, hints) or self._no_reach_of(known)
        outside = self._outside(where.point, near)
        return Located(
            candidates=tuple(self._candidate(spot, found, known, hints) for spot in found),
            outside=outside is not None,
            doubts=(*doubts, outside) if outside else doubts,
        )

    def responsible(self, candidate: Candidate) -> tuple[Post, ...]:
        """责任岗位: return the chiefs of a reach, or the chief offices of a division, lowest first."""
        if candidate.reach is not None:
            return self._registry.chain(candidate.division, candidate.reach)
        levels = (level for level in Level if level_of(candidate.division) <= level <= Level.CITY)
        offices = (office(candidate.division, level) for level in levels)
        return tuple(post for post in offices if post in self._registry.posts)

    def _check_codes(self, where: Where) -> None:
        registry = self._registry
        if where.reach is not None and where.reach not in registry.reaches:
            zh, en = f"名录中没有河段 {where.reach}", f"the registry has no reach {where.reach}"
            raise UnknownPlace("reach", Label(zh, en))
        if where.division is None:
            return
        if where.division not in registry.divisions:
            zh = f"名录中没有行政区划 {where.division}"
            raise UnknownPlace("division", Label(zh, f"the registry has no division {where.division}"))
        if where.reach is not None:
            own = registry.reach(where.reach).division
            if meeting(own, where.division) is None:
                zh = f"河段 {where.reach} 在 {own},不在 {where.division}"
                en = f"reach {where.reach} lies in {own}, not in {where.division}"
                raise UnknownPlace("division", Label(zh, en))

    def _in_words(self, text: str) -> tuple[Clues, Clues, tuple[Label, ...]]:
        """Return the sure clues of a text, the hints, and what makes it doubtful."""
        mentions = self._names.mentioned_in(text)
        sure = _clues([mention for mention in mentions if mention.named.sure])
        hints = _clues([mention for mention in mentions if not mention.named.sure])
        doubts = [_is_elsewhere(each.text) for each in mentions if each.named.is_elsewhere]
        doubts += [
            _has_no_reach(each.text)
            for each in mentions
            if each.named.sure and each.named.is_water and not each.named.reaches
        ]
        return sure, hints, tuple(dict.fromkeys(doubts))

    def _near(self, point: Point | None) -> list[Near]:
        """Return the finest divisions around a point: of a county, the city says nothing more."""
        if point is None:
            return []
        around = self._boundaries.around(point, MARGIN)
        return [
            each
            for each in around
            if not any(other != each and meeting(other.code, each.code) == other.code for other in around)
        ]

    def _beside(self, point: Point | None) -> tuple[Clue, ...]:
        if point is None:
            return ()
        reaches = self._registry.reaches.values()
        return tuple(
            Clue({row.reach_id: self._said_of_line(each) for row in reaches if row.river_id == each.code})
            for each in self._lines.around(point, BESIDE)
        )

    def _outside(self, point: Point | None, near: list[Near]) -> Label | None:
        if point is None or near or not self._boundaries:
            return None
        if point == Point(lon=0, lat=0):
            return _NOWHERE
        swapped = abs(point.lon) <= STEEPEST and self._near(Point(lon=point.lat, lat=point.lon))
        return _SWAPPED if swapped else _OUTSIDE

    def _no_reach_of(self, clues: Clues) -> list[Spot]:
        """A water of the registry without a reach: a person of the city must say where it is."""
        cities = [code for code in self._registry.divisions if level_of(code) is Level.CITY]
        return [Spot(None, city) for city in cities] if clues.waters else []

    def _candidate(self, spot: Spot, found: list[Spot], clues: Clues, hints: Clues) -> Candidate:
        why = [*speaking_for(spot, clues), *speaking_for(spot, hints)]
        if spot.reach is None:
            why.append(_NO_REACH)
        elif not any(spot.reach in clue.told for clue in clues.waters):
            why.append(_NO_WATER)
        elif sum(other.reach is not None for other in found) > 1:
            why.append(_NO_SPOT)
        elif not clues.places:
            why.append(_ONLY_REACH)
        why += [Label(f"不合:{no.zh}", f"against it: {no.en}") for no in speaking_against(spot, clues)]
        said = Label(";".join(label.zh for label in why), "; ".join(label.en for label in why))
        return Candidate(division=spot.division, reach=spot.reach, why=said)

    def _said_of_county(self, near: Near) -> Label:
        name = self._registry.division_name(near.code)
        if near.metres == 0:
            return Label(f"坐标在{name}", f"the coordinates lie in {name}")
        metres = _about(near.metres)
        return Label(
            f"坐标在{name}边界外约 {metres} 米", f"the coordinates lie about {metres} m outside {name}"
        )

    def _said_of_line(self, near: Near) -> Label:
        name, metres = self._registry.rivers[near.code].name, _about(near.metres)
        return Label(f"距{name}概化线约 {metres} 米", f"about {metres} m from the generalised line of {name}")


def _about(metres: float) -> str:
    return f"{round(metres, -1):.0f}"


_NOTHING: tuple[Clues, Clues, tuple[Label, ...]] = (Clues(), Clues(), ())


def _clues(mentions: list[Mention]) -> Clues:
    waters = (
        Clue(dict.fromkeys(sorted(each.named.reaches), _named(each.text)))
        for each in mentions
        if each.named.is_water
    )
    places = (
        Clue(dict.fromkeys(sorted(each.named.divisions), _named(each.text)))
        for each in mentions
        if each.named.divisions
    )
    return Clues(tuple(waters), tuple(places))


def _all_said(clues: Clues) -> list[Label]:
    told = (said for clue in (*clues.waters, *clues.places) for said in clue.told.values())
    return list(dict.fromkeys(told))


def _named(text: str) -> Label:
    return Label(f"提到“{text}”", f"it names “{text}”")


def _only_a_hint(said: Label) -> Label:
    return Label(f"只是{said.zh},未必指名录中的地方", f"only: {said.en}, which may be something else")


def _is_elsewhere(text: str) -> Label:
    return Label(f"提到市外的“{text}”,或为跨界、或不属本市", f"it names “{text}”, which lies elsewhere")


def _has_no_reach(text: str) -> Label:
    return Label(f"名录中“{text}”没有登记河段", f"the registry has no reach of “{text}”")
