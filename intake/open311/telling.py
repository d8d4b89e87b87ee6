"""转写: makes of a client's form what the front door keeps, and sets apart who reports."""

import re
from typing import NamedTuple

from pydantic import ValidationError

from domain.lead import MOST_LETTERS, Told
from domain.model import PRINTABLE, Label
from domain.place import Point
from domain.terms import zh
from intake.open311.fields import TWICE, Fields
from intake.open311.services import CIRCUMSTANCES, CODES, REACH, SEEN_AT, SEVERITY, category_of
from intake.problems import Problem, Wrong, wrong
from reading.complaints import complaint

MOST_LETTERS_OF_NAME, MOST_DIGITS, MOST_LETTERS_OF_CONTACT = 64, 32, 200

NO_CODE = Label("没有填 service_code", "service_code was not provided")
NO_PLACE = Label(
    "请填地点:lat 和 long,或 address_string,或 address_id",
    "give a place: lat and long, or address_string, or address_id",
)
HALF_A_POINT = Label("lat 和 long 要一起填", "lat and long go together")
NOT_A_NUMBER = Label("经纬度须为十进制度数,如 29.98", "coordinates are decimal degrees, such as 29.98")
UNPRINTABLE = Label("含控制字符", "it has control characters")
INVALID = Label("填写有误", "a field is not valid")
NO_SUCH_ATTRIBUTE = Label("服务定义中没有这一项", "the service definition has no such attribute")
TOO_LONG = Label(f"描述最多 {MOST_LETTERS} 字", f"a description has at most {MOST_LETTERS} characters")
NOT_A_REPORTER = Label("过长或含控制字符", "too long, or with control characters")

MEDIA_KEPT = "附件链接(报送方提供,未经核实,系统不打开)"
"""Before a link in the text: the service opens none, and whoever does should know."""

FIELDS = {"where.point.lat": "lat", "where.point.lon": "long", "where.name": "address_string"}
FIELDS |= {"where.reach": "address_id", "text": "description"}
"""What a client calls the parts of a report."""


_FREE_WORDS = ("description", "address_string", "media_url")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{0,30})?")


class Reporter(NamedTuple):
    """报送人 as a client names him; empty words are unsaid. Never logged, never part of a digest."""

    name: str
    phone: str
    contact: str

    def __repr__(self) -> str:
        """Show nothing."""
        return "Reporter()"


def told_of(fields: Fields) -> Told:
    """Return the report; Problem 404 for an unknown service, 400 with every field that is wrong."""
    plain = fields.plain
    if unprintable := [name for name in _FREE_WORDS if not re.search(PRINTABLE, plain.get(name, ""))]:
        errors = [wrong(name, UNPRINTABLE) for name in unprintable]
        raise Problem(400, "unprintable", UNPRINTABLE, errors)
    if "service_code" not in plain:
        raise Problem(400, "no-service-code", NO_CODE)
    category = category_of(plain["service_code"])
    if strange := fields.attributes.keys() - set(CODES):
        raise _wrong("attribute", NO_SUCH_ATTRIBUTE, strange)
    point, reach = _point(plain.get("lat"), plain.get("long")), _reach(fields)
    if point is None and reach is None and "address_string" not in plain:
        raise Problem(400, "no-place", NO_PLACE)
    media = plain.get("media_url")
    parts = [plain.get("description") or f"(未附文字){zh(category)}"]
    parts += [f"{MEDIA_KEPT}:{media}"] if media else []
    text = "\n".join(parts)
    if len(text) > MOST_LETTERS:
        raise Problem(400, "too-long", TOO_LONG, [wrong("description", TOO_LONG)])
    said = {
        "text": text,
        "category": category,
        "where": {"point": point, "reach": reach, "name": plain.get("address_string")},
        "severity": fields.one_of(SEVERITY),
        "circumstances": fields.attributes.get(CIRCUMSTANCES, ()),
        "seen_at": fields.one_of(SEEN_AT),
    }
    try:
        return Told.model_validate(said)
    except ValidationError as invalid:
        errors = [_fault(".".join(map(str, one["loc"])), complaint(one)) for one in invalid.errors()]
        raise Problem(400, "invalid", INVALID, errors) from None


def reporter_of(fields: Fields) -> Reporter | None:
    """Return who reports, or nothing for somebody unnamed; Problem 400 names a field, never its value."""
    plain = fields.plain
    # 姓前名后, as names are said here.
    name = "".join(plain.get(part, "") for part in ("last_name", "first_name"))
    contact = plain.get("email", "")
    for part in ("account_id", "device_id"):
        more = f"{contact} {part}={plain[part]}".strip() if part in plain else contact
        # They tell a clerk less than an address does, and some devices' are endless.
        contact = more if len(more) <= MOST_LETTERS_OF_CONTACT else contact
    reporter = Reporter(name, plain.get("phone", ""), contact)
    bounds = (MOST_LETTERS_OF_NAME, MOST_DIGITS, MOST_LETTERS_OF_CONTACT)
    names = ("first_name/last_name", "phone", "email")
    faults = [
        wrong(field, NOT_A_REPORTER)
        for field, word, most in zip(names, reporter, bounds, strict=True)
        if len(word) > most or not word.isprintable()
    ]
    if faults:
        raise Problem(400, "not-a-reporter", NOT_A_REPORTER, faults)
    return reporter if any(reporter) else None


def _point(lat: str | None, long: str | None) -> Point | None:
    if lat is None and long is None:
        return None
    if lat is None or long is None:
        raise Problem(400, "half-a-point", HALF_A_POINT)
    if faults := [name for name, said in (("lat", lat), ("long", long)) if not _DEGREES.fullmatch(said)]:
        raise Problem(400, "not-a-number", NOT_A_NUMBER, [wrong(name, NOT_A_NUMBER) for name in faults])
    try:
        return Point(lon=float(long), lat=float(lat))
    except ValidationError as invalid:
        named = {"lon": "long", "lat": "lat"}
        errors = [wrong(named[str(one["loc"][0])], complaint(one)) for one in invalid.errors()]
        raise Problem(400, "invalid", NOT_A_NUMBER, errors) from None


def _reach(fields: Fields) -> str | None:
    by_attribute, by_id = fields.one_of(REACH), fields.plain.get("address_id")
    if by_attribute and by_id and by_attribute != by_id:
        raise Problem(400, "twice", TWICE, [wrong("address_id", TWICE)])
    return by_attribute or by_id


def _wrong(where: str, reason: Label, codes: set[str]) -> Problem:
    shown = sorted("".join(letter for letter in code if letter.isprintable())[:40] for code in codes)
    return Problem(400, "invalid", reason, [wrong(f"{where}[{code}]", reason) for code in shown])


def _fault(where: str, reason: Label) -> Wrong:
    first = where.partition(".")[0]
    return wrong(FIELDS.get(where, f"attribute[{first}]" if first in CODES else where), reason)
