"""地名: which names of a registry stand in a text, the longest first, and how far each is to be trusted.

A name is *sure* when it can only mean the place: a river's, a reach's or a division's own name, an alias of
the registry, a township under another of its suffixes (镇, 乡, 街道). Everything else is a hint: 莲花 is a
flower before it is a 街道, 九曲河路 is a street, 沱江支流 is not the 沱江.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from domain.model import Frozen
from domain.posts import Division
from domain.terms import Level
from reading.errors import Fault
from reading.registry import Registry
from reading.rows import Name
from reading.tables import Table

_BRACKETED = re.compile(r"[((][^))]*[))]")
_SKIPPED = re.compile(r"[\s·•・‧()()]+")
_SHORTEST = 2

_TOWNSHIPS = ("街道", "镇", "乡")
_VILLAGES = ("村", "社区", "居委会")
_ABOVE = ("特别行政区", "自治州", "自治县", "地区", "省", "市", "区", "县", "旗")
_REACH = "段"
_SUFFIXES = {Level.TOWNSHIP: _TOWNSHIPS, Level.VILLAGE: _VILLAGES}
_WATERS = ("水库", "河", "江", "溪", "湖", "库")

_NOT_THE_THING_ITSELF = re.compile(
    r"公司|学校|小学|中学|医院|新城|新区|片区|社区|镇|乡|村|流域|支流|水库"
    r"|[东南西北中上下新老大一二三四五六七八九十滨河江畔岸沿]{0,3}(?:路|街|巷|大道|小区|花园|花苑|酒店|宾馆)"
)
"""After a water's name, or a bare one, these make it the name of something else."""
_ANOTHER_WATER = "小大"
"""Before a water's name: 小濛溪河 is not the 濛溪河."""


class AliasRow(Frozen):
    """别名: one line of `aliases.csv`: another name of a river, a reach or a division, by its code."""

    alias: Annotated[Name, Field(min_length=_SHORTEST)]
    code: Annotated[str, Field(min_length=1)]
    basis: Name


class ElsewhereRow(Frozen):
    """市外地名: one line of `elsewhere.csv`: a place whose name speaks against this registry."""

    name: Annotated[Name, Field(min_length=_SHORTEST)]
    basis: Name


class Named(NamedTuple):
    """所指: what one name may mean: reaches of a water, divisions, or a place elsewhere."""

    sure: bool
    reaches: frozenset[str] = frozenset()
    divisions: frozenset[Division] = frozenset()
    is_water: bool = False
    is_elsewhere: bool = False


class Mention(NamedTuple):
    """提到: a name as it stands in the text, and what it may mean there."""

    text: str
    named: Named


class Names:
    """地名索引 of a registry; read once and then only asked."""

    def __init__(self, by_name: Mapping[str, Named]) -> None:
        self._by_name = by_name
        self._lengths = sorted({len(name) for name in by_name}, reverse=True)

    @classmethod
    def read(cls, folder: Path, registry: Registry, faults: list[Fault]) -> "Names":
        """Build the index; aliases and names elsewhere are taken from the folder if it has them."""
        index = _Index(registry)
        if (folder / "aliases.csv").exists():
            aliases = Table(folder / "aliases.csv", AliasRow, "alias")
            unknown = [row for row in aliases.rows.values() if not index.add_alias(row)]
            faults += aliases.faults
            faults += [
                aliases.fault(row.alias, "code", f"名录中没有 {row.code} (unknown)") for row in unknown
            ]
        if (folder / "elsewhere.csv").exists():
            elsewhere = Table(folder / "elsewhere.csv", ElsewhereRow, "name")
            index.elsewhere = {plain(name) for name in elsewhere.rows}
            faults += elsewhere.faults
        return cls(index.by_name())

    def mentioned_in(self, text: str) -> list[Mention]:
        """Return the names in a text in its order; of two that overlap only the longer counts."""
        text = plain(text)
        spans = [
            (start, start + length)
            for length in self._lengths
            for start in range(len(text) - length + 1)
            if text[start : start + length] in self._by_name
        ]
        taken: list[tuple[int, int]] = []
        for start, end in spans:  # longest first
            if all(end <= other[0] or start >= other[1] for other in taken):
                taken.append((start, end))
        return [self._mention(text, start, end) for start, end in sorted(taken)]

    def _mention(self, text: str, start: int, end: int) -> Mention:
        named = self._by_name[text[start:end]]
        if named.is_water or not named.sure:
            after = _NOT_THE_THING_ITSELF.match(text, end)
            if after and not text[start:end].endswith(after.group()):  # 民合水库水库 is the 水库 itself
                return Mention(text[start : after.end()], named._replace(sure=False))
            if named.is_water and start and text[start - 1] in _ANOTHER_WATER:
                return Mention(text[start - 1 : end], named._replace(sure=False))
        return Mention(text[start:end], named)


def plain(text: str) -> str:
    """Return a text without spaces, dots and brackets, in one width: 沱江 · 松涛镇 is 沱江松涛镇."""
    return _SKIPPED.sub("", unicodedata.normalize("NFKC", text))


class _Index:
    """What each name means, gathered from the surest to the least sure."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.elsewhere: set[str] = set()
        self._waters: dict[str, set[str]] = defaultdict(set)
        self._divisions: dict[str, set[Division]] = defaultdict(set)
        self._of_river: dict[str, set[str]] = defaultdict(set)
        for reach in registry.reaches.values():
            self._of_river[reach.river_id].add(reach.reach_id)
        for river in registry.rivers.values():
            for name in _names_of(river.name):
                self._waters[name] |= self._of_river[river.id]
        for reach in registry.reaches.values():
            self._waters[plain(reach.name)].add(reach.reach_id)
        for division in registry.divisions.values():
            if division.level < Level.PROVINCE:  # which says nothing of where in the city
                self._divisions[plain(division.name)].add(division.code)

    def add_alias(self, row: AliasRow) -> bool:
        """Take an alias; False if its code is unknown."""
        if row.code in self.registry.divisions:
            self._divisions[plain(row.alias)].add(row.code)
        elif row.code in self.registry.rivers:
            self._waters[plain(row.alias)] |= self._of_river[row.code]
        elif row.code in self.registry.reaches:
            self._waters[plain(row.alias)].add(row.code)
        else:
            return False
        return True

    def by_name(self) -> dict[str, Named]:
        """Return what each name means; what is surer is found first and stays."""
        own = {
            name: Named(
                sure=True,
                reaches=frozenset(self._waters.get(name, ())),
                divisions=frozenset(self._divisions.get(name, ())),
                is_water=name in self._waters,
                is_elsewhere=name in self.elsewhere,
            )
            for name in {*self._waters, *self._divisions, *self.elsewhere}
        }
        townships, above = self._bare(_TOWNSHIPS), self._bare(_ABOVE)
        renamed = {stem + suffix: codes for stem, codes in townships.items() for suffix in _TOWNSHIPS}
        # 沱江松涛段 is the reach in 松涛镇; 沱江雁江段 may be all of 雁江区.
        renamed |= {stem + _REACH: codes for stem, codes in townships.items() if stem not in above}
        unmistakable = {stem: codes for stem, codes in above.items() if stem not in townships}
        sure = {
            name: Named(sure=True, divisions=frozenset(codes))
            for name, codes in {**renamed, **unmistakable}.items()
        }
        return {name: named for name, named in {**self._hints(), **sure, **own}.items() if name}

    def _hints(self) -> dict[str, Named]:
        divisions: dict[str, set[Division]] = defaultdict(set)
        for bare in (self._bare(_TOWNSHIPS), self._bare(_ABOVE)):
            for stem, codes in bare.items():
                divisions[stem] |= codes
        # A village without its suffix is an ordinary word more often than not: 幸福, 和平, 团结.
        for stem, codes in self._bare(_VILLAGES).items():
            for suffix in _VILLAGES:
                divisions[stem + suffix] |= codes
        reaches: dict[str, set[str]] = defaultdict(set)
        for name, of_water in self._waters.items():
            if short := _stem(name, _WATERS):
                for other in (short, *(short + suffix for suffix in _WATERS)):
                    reaches[other] |= of_water
        return {
            name: Named(
                sure=False,
                reaches=frozenset(reaches.get(name, ())),
                divisions=frozenset(divisions.get(name, ())),
                is_water=name in reaches,
            )
            for name in {*divisions, *reaches}
        }

    def _bare(self, suffixes: tuple[str, ...]) -> dict[str, set[Division]]:
        """Return the divisions of a level by their names without its suffixes."""
        bare: dict[str, set[Division]] = defaultdict(set)
        for name, codes in self._divisions.items():
            for code in codes:
                own = _SUFFIXES.get(self.registry.divisions[code].level, _ABOVE)
                if own is suffixes and (stem := _stem(name, suffixes)):
                    bare[stem].add(code)
        return bare


def _names_of(river: str) -> list[str]:
    """小阳化河(花溪河段) and 清流河/大清流河 are written so in a registry, and nowhere else."""
    return [plain(name) for name in re.split(r"[//]", _BRACKETED.sub("", river)) if plain(name)]


def _stem(name: str, suffixes: tuple[str, ...]) -> str | None:
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) - len(suffix) >= _SHORTEST:
            return name.removesuffix(suffix)
    return None
