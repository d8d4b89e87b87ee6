"""地图: boundaries and river lines of a registry folder, as far as it has them, measured in metres."""

import json
from collections.abc import Iterable, Iterator, Mapping
from math import cos, radians
from pathlib import Path
from typing import Any, Literal, NamedTuple

import shapely
from pydantic import Field, ValidationError
from shapely.geometry.base import BaseGeometry

from domain.model import Frozen
from domain.place import Point
from domain.posts import within
from reading.complaints import complaint
from reading.errors import Fault

_METRES_A_DEGREE = 111_195.0
"""On a sphere; a city is small, and what is measured here is known to a tenth at best."""
_SLIVER = 0.05
"""The share of a division that may overlap another: boundaries are simplified, each for itself."""

_AREAS, _LINES = ("Polygon", "MultiPolygon"), ("LineString", "MultiLineString")


class _Properties(Frozen, extra="allow"):
    code: str = Field(min_length=1)


class _Feature(Frozen, extra="ignore"):
    type: Literal["Feature"]
    properties: _Properties
    geometry: dict[str, Any]


class _Collection(Frozen, extra="ignore"):
    type: Literal["FeatureCollection"]
    features: tuple[_Feature, ...]


class Near(NamedTuple):
    """附近: what lies how many metres away; 0 if the point lies inside."""

    code: str
    metres: float


class Shapes:
    """一层图形: shapes by code, asked for those within so many metres of a point."""

    def __init__(self, by_code: Mapping[str, BaseGeometry]) -> None:
        self._codes = tuple(by_code)
        latitudes = [shape.bounds[1::2] for shape in by_code.values()]
        middle = sum(map(sum, latitudes)) / (2 * len(latitudes)) if latitudes else 0.0
        self._metres = (_METRES_A_DEGREE * cos(radians(middle)), _METRES_A_DEGREE)
        self._flat = [
            shapely.transform(shape, lambda degrees: degrees * self._metres) for shape in by_code.values()
        ]
        self._tree = shapely.STRtree(self._flat)

    def __len__(self) -> int:
        return len(self._codes)

    def around(self, point: Point, metres: float) -> list[Near]:
        """Return what lies within so many metres of a point, the nearest first."""
        spot = shapely.Point(point.lon * self._metres[0], point.lat * self._metres[1])
        found = self._tree.query(spot, predicate="dwithin", distance=metres)
        near = (Near(self._codes[n], float(self._flat[n].distance(spot))) for n in found)
        return sorted(near, key=lambda each: (each.metres, each.code))


def read_shapes(path: Path, known: Iterable[str], *, areas: bool, faults: list[Fault]) -> Shapes:
    """Return the shapes of a GeoJSON file, if there is one; adds what is wrong with it to the faults."""
    layer = _Layer(path.name, frozenset(known), _AREAS if areas else _LINES)
    if path.exists():
        layer.read(path)
    if areas and not layer.faults:
        layer.faults += layer.overlaps()
    faults += layer.faults
    return Shapes({} if layer.faults else layer.shapes)


class _Layer:
    """One file on its way from text to shapes."""

    def __init__(self, file: str, known: frozenset[str], kinds: tuple[str, ...]) -> None:
        self.file, self.known, self.kinds = file, known, kinds
        self.shapes: dict[str, BaseGeometry] = {}
        self.faults: list[Fault] = []

    def read(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8-sig")
            collection = _Collection.model_validate(json.loads(text, parse_constant=_no_number))
        except OSError as error:
            self._refuse("the file", f"无法读取 (cannot be read): {error.strerror}")
        except UnicodeDecodeError as error:
            self._refuse(f"byte {error.start}", "不是 UTF-8 (not UTF-8)")
        except RecursionError:
            self._refuse("the file", "JSON 嵌套过深 (nested too deeply)")
        except ValidationError as error:
            for problem in error.errors():
                said = complaint(problem)
                self._refuse(".".join(map(str, problem["loc"])) or "the file", f"{said.zh} ({said.en})")
        except ValueError as error:
            self._refuse("the file", f"不是合法的 JSON (not JSON): {error}")
        else:
            for number, feature in enumerate(collection.features, 1):
                self._take(number, feature)

    def overlaps(self) -> Iterator[Fault]:
        """Yield a fault for two divisions of which neither lies in the other, but which share ground."""
        codes = list(self.shapes)
        for n, one in enumerate(codes):
            for other in codes[n + 1 :]:
                first, second = self.shapes[one], self.shapes[other]
                if within(one, other) or within(other, one):
                    continue
                shared = first.intersection(second).area / min(first.area, second.area)
                if shared > _SLIVER:
                    yield self._fault(f"{one}, {other}", f"两地重叠 (they overlap): {shared:.0%}")

    def _take(self, number: int, feature: _Feature) -> None:
        code, geometry = feature.properties.code, feature.geometry
        where = f"feature {number}, {code}"
        if code not in self.known:
            self._refuse(where, f"名录中没有 {code} (not in the registry)")
        if code in self.shapes:
            self._refuse(where, f"{code} 重复 (comes twice); write one Multi… shape")
        if geometry.get("type") not in self.kinds:
            self._refuse(where, f"图形须为 (must be) {' / '.join(self.kinds)}, 不是 {geometry.get('type')}")
            return
        try:
            shape = shapely.from_geojson(json.dumps(geometry))
        except shapely.errors.GEOSException as error:
            self._refuse(where, f"图形有误 (no such shape): {error}")
            return
        for reason in _wrong_with(shape):
            self._refuse(where, reason)
        self.shapes[code] = shape

    def _refuse(self, where: str, reason: str) -> None:
        self.faults.append(self._fault(where, reason))

    def _fault(self, where: str, reason: str) -> Fault:
        return Fault(file=self.file, where=where, reason=reason)


def _wrong_with(shape: BaseGeometry) -> Iterator[str]:
    if shape.is_empty:
        yield "图形是空的 (an empty shape)"
        return
    if not shape.is_valid:
        yield f"图形不合规,如自相交 (not valid): {shapely.is_valid_reason(shape)}"
    west, south, east, north = shape.bounds
    try:
        Point(lon=west, lat=south)
        Point(lon=east, lat=north)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        yield f"坐标须为经纬度 (degrees are wanted): {said}"


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")
