"""线索相合: what several clues to a place come to together; each clue is a set of places that it may mean.

Every named place must be accounted for. A clue that fits another narrows it; one that fits none stands beside
the others as a place of its own, so that a contradiction leaves several places and never one.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from domain.model import Label
from domain.posts import Division, level_of, within
from domain.terms import Level
from reading.registry import Registry


class Clue(NamedTuple):
    """一条线索: the reaches, or the divisions, that it may mean, each with what a person reads of it."""

    told: Mapping[str, Label]


class Spot(NamedTuple):
    """一处: a reach in a division, or a division of which no reach is told."""

    reach: str | None
    division: Division


class Clues(NamedTuple):
    """线索 of one kind of certainty: to waters, by reach; to places, by division."""

    waters: tuple[Clue, ...] = ()
    places: tuple[Clue, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.waters or self.places)


def spots(registry: Registry, sure: Clues, hints: Clues) -> list[Spot]:
    """Return every spot that the sure clues allow; a hint puts its own first and removes none."""
    waters = _reconciled([clue for clue in sure.waters if clue.told], lambda one, other: one == other)
    places = _reconciled(sure.places, within)
    if waters and places:
        found = _both(registry, waters, places)
    elif waters:
        found = [_spot(registry, reach) for clue in waters for reach in clue.told]
    elif sure.waters:  # named, but no reach of it is known
        found = [Spot(None, code) for clue in places for code in clue.told]
    else:
        found = _only_places(registry, places, hints.waters)
    once = list(dict.fromkeys(found))
    return sorted(once, key=lambda spot: -len(speaking_for(spot, hints)))


def speaking_for(spot: Spot, clues: Clues) -> list[Label]:
    """Return what the clues say that speaks for a spot; the city is named only if nothing nearer is."""
    reach = spot.reach
    waters = [clue.told[reach] for clue in clues.waters if reach is not None and reach in clue.told]
    fitting = [(code, clue) for clue in clues.places for code in _fitting(clue, spot.division)]
    nearer = [(code, clue) for code, clue in fitting if level_of(code) < Level.CITY]
    return [*waters, *(clue.told[code] for code, clue in nearer or fitting)]


def speaking_against(spot: Spot, clues: Clues) -> list[Label]:
    """Return what the clues say that does not fit a spot."""
    waters = (clue for clue in clues.waters if clue.told and spot.reach not in clue.told)
    places = (clue for clue in clues.places if not _fitting(clue, spot.division))
    return [next(iter(clue.told.values())) for clue in chain(waters, places)]


def meeting(one: Division, other: Division) -> Division | None:
    """Return the finer of two divisions if it lies in the other."""
    if within(one, other):
        return one
    return other if within(other, one) else None


def _both(registry: Registry, waters: Sequence[Clue], places: Sequence[Clue]) -> list[Spot]:
    """Return the spots in common, and after them those of every clue that has none in common with another."""
    common = [
        (Spot(reach, division), water, place)
        for water in waters
        for place in places
        for reach in water.told
        for code in place.told
        if (division := meeting(registry.reach(reach).division, code)) is not None
    ]
    lone_waters = [water for water in waters if not any(met is water for _, met, _ in common)]
    lone_places = [place for place in places if not any(met is place for _, _, met in common)]
    alone = [[_spot(registry, reach) for reach in water.told] for water in lone_waters]
    alone += [[Spot(None, code) for code in place.told] for place in lone_places]
    # One reach says more than a whole township, a whole river says less.
    alone.sort(key=len)
    return [*(spot for spot, _, _ in common), *chain.from_iterable(alone)]


def _only_places(registry: Registry, places: Sequence[Clue], hinted: Sequence[Clue]) -> list[Spot]:
    """Of a township all reaches may be meant, of a county those only that something hints at."""
    found: list[Spot] = []
    for code in (code for place in places for code in place.told):
        likely = [reach for clue in hinted for reach in clue.told]
        if level_of(code) <= Level.TOWNSHIP:
            likely += [
                row.reach_id for row in registry.reaches.values() if level_of(row.division) <= Level.TOWNSHIP
            ]
        meets = ((reach, meeting(registry.reach(reach).division, code)) for reach in likely)
        found += [Spot(reach, division) for reach, division in meets if division is not None]
    return [*found, *(Spot(None, code) for place in places for code in place.told)]


def _reconciled(clues: Sequence[Clue], lies_in: Callable[[str, str], bool]) -> list[Clue]:
    """Narrow each clue by the others, then leave out those that only say more coarsely what another says."""
    narrowed = [_narrowed(clue, _without(clues, n), lies_in) for n, clue in enumerate(clues)]
    kept: list[Clue] = []
    for n, clue in enumerate(narrowed):
        others = [*kept, *narrowed[n + 1 :]]
        if not any(_says_more(other, clue, lies_in) for other in others):
            kept.append(clue)
    return kept


def _narrowed(clue: Clue, others: Sequence[Clue], lies_in: Callable[[str, str], bool]) -> Clue:
    elsewhere = [code for other in others for code in other.told]
    fitting = {
        code: said
        for code, said in clue.told.items()
        if any(lies_in(code, other) or lies_in(other, code) for other in elsewhere)
    }
    return Clue(fitting) if fitting else clue


def _says_more(finer: Clue, coarser: Clue, lies_in: Callable[[str, str], bool]) -> bool:
    return all(any(lies_in(code, outer) for code in finer.told) for outer in coarser.told)


def _without(clues: Sequence[Clue], n: int) -> list[Clue]:
    return [*clues[:n], *clues[n + 1 :]]


def _spot(registry: Registry, reach: str) -> Spot:
    return Spot(reach, registry.reach(reach).division)


def _fitting(clue: Clue, division: Division) -> list[Division]:
    """Return the division of a clue that fits best: the first, for the nearest stands first."""
    return [code for code in clue.told if meeting(code, division) is not None][:1]
