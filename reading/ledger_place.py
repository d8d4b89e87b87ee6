"""台账的地点: which reach and division a row means, by exact code or name; anything else is asked back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property

from domain.posts import Division, level_of, within
from domain.terms import Level
from reading.cell_words import Misread, shown, word
from reading.columns import Column
from reading.registry import Registry
from reading.rows import ReachRow


class Misplaced(Misread):
    """A place that is none, or more than one; carries the column to look at."""

    def __init__(self, column: Column, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.column = column


class Atlas:
    """地名册: the names of a registry, each with everything that it may mean."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def locate(self, said: Mapping[Column, str]) -> tuple[str, Division]:
        """Return the reach and the division of a row, whose cells are codes and names; raise Misplaced."""
        meant = list(self._registry.reaches.values())
        for column, called in ((Column.REACH, self._reaches), (Column.RIVER, self._rivers)):
            if name := said.get(column):
                of_name = called.get(name) or called.get(name.upper())
                if not of_name:
                    raise _unknown(column, name, called)
                meant = [reach for reach in meant if reach.reach_id in of_name]
        if not said.get(Column.REACH) and not said.get(Column.RIVER):
            raise Misplaced(Column.REACH, "缺少河段或河湖名称", "the reach or the river is missing")
        if not meant:
            column, reach, river = Column.REACH, said[Column.REACH], said[Column.RIVER]
            raise Misplaced(
                column, f"河段「{shown(reach)}」不在「{shown(river)}」上", f"{reach!r} is not on {river!r}"
            )
        return self._narrowed(meant, said)

    def _narrowed(self, meant: list[ReachRow], said: Mapping[Column, str]) -> tuple[str, Division]:
        column, divisions = self._divisions(said)
        found = {
            (reach.reach_id, division if within(division, reach.division) else reach.division)
            for reach in meant
            for division in divisions or [reach.division]
            if within(division, reach.division) or within(reach.division, division)
        }
        if len(found) == 1:
            return found.pop()
        names = "、".join(f"{reach.reach_id} {reach.name}" for reach in meant[:_MOST_NAMED])
        if found:
            raise Misplaced(
                Column.REACH, f"有几个河段都符合,请填其一:{names}", f"several reaches fit, name one: {names}"
            )
        raise Misplaced(
            column, f"「{shown(said[column])}」没有这个河段;有:{names}", f"the reach lies elsewhere: {names}"
        )

    def _divisions(self, said: Mapping[Column, str]) -> tuple[Column, list[Division]]:
        """Return the narrowest divisions that the cells may mean, and the column that says so."""
        column, meant = Column.REACH, list[Division]()
        for at in (Column.DIVISION, Column.COUNTY, Column.TOWNSHIP, Column.VILLAGE):
            if not (name := said.get(at)):
                continue
            known = self._by_level(at)
            of_name = known.get(name, [])
            if not of_name:
                raise _unknown(at, name, known)
            inside = [one for one in of_name if not meant or any(within(one, outer) for outer in meant)]
            if not inside:
                outer = said[column]
                raise Misplaced(
                    at, f"「{shown(name)}」不在「{shown(outer)}」", f"{name!r} does not lie in {outer!r}"
                )
            column, meant = at, inside
        return column, meant

    def _by_level(self, column: Column) -> Mapping[str, list[Division]]:
        match column:
            case Column.DIVISION:
                return {code: [code] for code in self._registry.divisions}
            case Column.COUNTY:
                return {**self._named[Level.CITY], **self._named[Level.COUNTY]}
            case Column.TOWNSHIP:
                return self._named[Level.TOWNSHIP]
            case _:
                return self._named[Level.VILLAGE]

    @cached_property
    def _named(self) -> dict[Level, dict[str, list[Division]]]:
        named: dict[Level, dict[str, list[Division]]] = defaultdict(dict)
        for row in self._registry.divisions.values():
            level = level_of(row.code)
            for name in (word(row.name), row.code):
                named[level].setdefault(name, []).append(row.code)
        return named

    @cached_property
    def _reaches(self) -> dict[str, set[str]]:
        return _each_name(
            (reach.reach_id, name)
            for reach in self._registry.reaches.values()
            for name in (reach.reach_id, reach.name, reach.name.rpartition("·")[2])
        )

    @cached_property
    def _rivers(self) -> dict[str, set[str]]:
        rivers = self._registry.rivers
        return _each_name(
            (reach.reach_id, name)
            for reach in self._registry.reaches.values()
            for name in (reach.river_id, *_names(rivers[reach.river_id].name))
        )


_MOST_NAMED = 5


def _each_name(pairs: Iterator[tuple[str, str]]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = defaultdict(set)
    for reach, name in pairs:
        named[word(name)].add(reach)
    return dict(named)


def _names(name: str) -> Iterator[str]:
    """Yield the names in `小阳化河(花溪河段)` and `清流河/大清流河`."""
    yield name
    for part in word(name).split("/"):
        yield part
        yield part.partition("(")[0]


def _unknown(column: Column, name: str, known: Mapping[str, object]) -> Misplaced:
    near = get_close_matches(name[:60], [one for one in known if one], n=3, cutoff=0.4)
    hint_zh = f",相近的有:{'、'.join(near)}" if near else ""
    hint_en = f"; near it: {', '.join(near)}" if near else ""
    return Misplaced(
        column,
        f"名录中没有{column}「{shown(name)}」{hint_zh}",
        f"the registry has no {column.name.lower()} {shown(name)!r}{hint_en}",
    )
