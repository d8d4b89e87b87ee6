"""研判地点: which reach words, coordinates or codes may mean, and who would answer for it."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from domain.model import Label
from domain.place import Candidate, Located, Point, UnknownPlace, Where
from ops.desk import CANNOT, Json, print_json, refuse, say
from reading.complaints import complaint
from reading.errors import Unreadable
from reading.places import Gazetteer
from reading.registry import Registry, read_registry
from settings import read_settings

_NO_DATABASE = {"database_url": "postgresql://"}
"""A place is found without the records, so nobody need say where they are."""


def locate(
    words: Annotated[str | None, typer.Argument(help="地点的文字 what is said of the place")] = None,
    lon: Annotated[float | None, typer.Option(help="经度 WGS 84")] = None,
    lat: Annotated[float | None, typer.Option(help="纬度 WGS 84")] = None,
    reach: Annotated[str | None, typer.Option(help="河段编号 code of a reach")] = None,
    division: Annotated[str | None, typer.Option(help="区划代码 code of a division")] = None,
    *,
    as_json: Json = False,
) -> None:
    """研判地点:可能是哪一段、谁负责、为什么。 Which reach may be meant, who answers for it, and why.

    Exit status: 0 certain, 1 a person must decide, 2 the question or the registry has faults.
    """
    where = _where(reach, division, lon, lat, words)
    folder = read_settings(_NO_DATABASE).registry
    try:
        registry = read_registry(folder)
        gazetteer = Gazetteer.read(folder, registry)
        located = gazetteer.locate(where)
    except (OSError, Unreadable) as trouble:
        refuse(f"名录无法读取。 The registry cannot be read: {trouble}", CANNOT)
    except UnknownPlace as unknown:
        refuse(f"{unknown.field}: {unknown.reason.zh}。 {unknown.reason.en}", CANNOT)
    answer = _answer(registry, gazetteer, located)
    if as_json:
        print_json(answer)
    else:
        _tell(answer)
    if located.certain is None:
        raise typer.Exit(1)


def _where(
    reach: str | None, division: str | None, lon: float | None, lat: float | None, words: str | None
) -> Where:
    if (lon is None) != (lat is None):
        refuse("经度和纬度须一并给出。 Give both --lon and --lat.", CANNOT)
    if all(given is None for given in (reach, division, lon, words)):
        refuse("请给出文字、坐标或编号。 Give words, coordinates or a code.", CANNOT)
    try:
        point = None if lon is None or lat is None else Point(lon=lon, lat=lat)
        return Where(reach=reach, division=division, point=point, name=words)
    except ValidationError as wrong:
        reasons = [_reason(error) for error in wrong.errors()]
        refuse("\n".join(f"{said.zh}。 {said.en}" for said in reasons), CANNOT)


def _reason(error: Any) -> Label:
    if error["loc"]:
        return complaint(error)
    said = error["msg"].removeprefix("Value error, ")
    return Label("坐标有误", said)


def _answer(registry: Registry, gazetteer: Gazetteer, located: Located) -> dict[str, Any]:
    return {
        "certain": located.certain is not None,
        "outside": located.outside,
        "doubts": [doubt._asdict() for doubt in located.doubts],
        "candidates": [_told(registry, gazetteer, each) for each in located.candidates],
    }


def _told(registry: Registry, gazetteer: Gazetteer, candidate: Candidate) -> dict[str, Any]:
    posts = gazetteer.responsible(candidate)
    return {
        "reach": candidate.reach,
        "reach_name": None if candidate.reach is None else registry.reach_name(candidate.reach),
        "division": candidate.division,
        "division_name": registry.division_name(candidate.division),
        "why": candidate.why._asdict(),
        "posts": [{"post": post, "name": registry.post_name(post)} for post in posts],
    }


def _tell(answer: dict[str, Any]) -> None:
    if answer["certain"]:
        say("确定 certain")
    elif answer["candidates"]:
        say("待人工确定 a person must decide")
    else:
        say("没有认出名录中的地方 nothing of the registry was recognised")
    for doubt in answer["doubts"]:
        say(f"疑点 doubt: {doubt['zh']} ({doubt['en']})")
    for number, each in enumerate(answer["candidates"], 1):
        reach = f"{each['reach']} {each['reach_name']}" if each["reach"] else "河段未定 no reach"
        say(f"{number}. {reach}  {each['division']} {each['division_name']}")
        say(f"   因 why: {each['why']['zh']} ({each['why']['en']})")
        for post in each["posts"]:
            say(f"   {post['post']}  {post['name']}")
