"""报送人: who may send what: the public what it saw, an office what it hears."""

from collections.abc import Container
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import Depends, Request

from domain.lead import Telling, Told
from domain.model import Label
from domain.place import Candidate
from domain.posts import Division, level_of, office, within
from domain.terms import Origin, Source, zh
from intake.access import ELSEWHERE, maybe, require_jurisdiction
from intake.problems import Problem, wrong
from reading.callers import Caller, Role

PUBLIC = "public"
UNKNOWN = "unknown"
A_HOUSEHOLD = 64
"""Bits of an IPv6 address that its owner cannot choose anew."""
MAY_SEND: dict[Role, frozenset[Source]] = {
    Role.REPORTER: frozenset({Source.PUBLIC, Source.CAMERA, Source.SATELLITE, Source.HOTLINE, Source.MEDIA}),
    Role.PATROLLER: frozenset({Source.PATROL}),
    Role.CHIEF: frozenset({Source.PATROL}),
    Role.UNIT: frozenset({Source.TRANSFER}),
    Role.OFFICE: frozenset(Source) - {Source.PATROL, Source.INSPECTION},
    Role.SUPERVISOR: frozenset({Source.INSPECTION, Source.ORDER}),
}
"""报送权限; who has no token sends as the public. A camera platform is a `reporter` with one."""

IMPORTED_ONLY = Label(
    "存量问题和整改期限由河长办录入", "stock issues and their plans are entered by the chief office"
)
OFFICIALS_ONLY = Label(
    "反弹由经办单位认定;没有改好的,请凭回执反映",
    "that something recurs is said by officials: whoever has a receipt says that it is not fixed",
)
NOT_YOURS = Label("finder 应是您自己的岗位", "finder must be a post of your own")
WHICH_POST = Label("请在 finder 写明发现岗位", "name the post that found it in finder")


def sender_of(caller: Caller | None) -> str:
    """Return whose keys are told apart: the public is one, as its addresses change between two tries."""
    return caller.subject if caller else PUBLIC


def address_of(request: Request) -> str:
    """Return what a caller without a token is counted by: an address, of IPv6 the network of a household."""
    host = request.client.host if request.client else UNKNOWN
    try:
        address = ip_address(host)
    except ValueError:
        return UNKNOWN  # whatever it says, it is one: what a caller may make up is no address to count by
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), A_HOUSEHOLD), strict=False).network_address)


Sender = Annotated[Caller | None, Depends(maybe)]


def admitted(telling: Telling, caller: Caller | None, believed: Container[Source]) -> Told:
    """Return a report as its sender may send it, with the post that found it; raises Problem 403 or 422.

    How grave it is, an official says; of anybody else it is taken only with a source that is believed.
    """
    told = Told(**{name: getattr(telling, name) for name in Telling.model_fields})
    _require_source(told.source, caller)
    if not _is_official(caller) and told.source not in believed:
        told = told.model_copy(update={"severity": None})
    if (told.origin is Origin.STOCK or told.plan_on) and not _is(caller, Role.OFFICE):
        raise Problem(403, "not-yours", IMPORTED_ONLY, [wrong("body.origin", IMPORTED_ONLY)])
    if told.recurrence_of and not _is_official(caller):
        # It is graded above what it repeats, and its answer would tell how any issue stands.
        raise Problem(403, "not-yours", OFFICIALS_ONLY, [wrong("body.recurrence_of", OFFICIALS_ONLY)])
    if told.source not in (Source.PATROL, Source.INSPECTION):
        if told.finder is not None and (caller is None or told.finder not in caller.posts):
            raise Problem(403, "not-yours", NOT_YOURS, [wrong("body.finder", NOT_YOURS)])
        return told
    assert caller is not None  # the public sends no patrols
    return told.model_copy(update={"finder": _finder(told, caller)})


def require_own_division(told: Told, caller: Caller | None) -> None:
    """Refuse a division, or what recurs, outside the jurisdiction of whoever sends by office."""
    if caller is None or caller.division is None:
        return
    if told.where.division is not None:
        require_jurisdiction(caller, told.where.division)
    if told.recurrence_of and not _meet(f"{told.recurrence_of[:6]}000000", caller.division):
        raise Problem(403, "elsewhere", ELSEWHERE, [wrong("body.recurrence_of", ELSEWHERE)])


def require_own_place(place: Candidate | None, own: Division | None) -> None:
    """Refuse with 403 what certainly lies elsewhere, however that was said, for whoever sends by office.

    Where it is not certain, a person decides, whose own jurisdiction bounds what he opens.
    """
    if own and place and not _meet(place.division, own):
        raise Problem(403, "elsewhere", ELSEWHERE, [wrong("body.where", ELSEWHERE)])


def own_division(caller: Caller | None) -> Division | None:
    """Return where a sender may report of; nothing for the public, who may everywhere."""
    return caller.division if caller else None


def _meet(one: Division, other: Division) -> bool:
    """Tell whether one lies in the other: a township answers for what its county's reach is on."""
    return within(one, other) or within(other, one)


def _require_source(source: Source, caller: Caller | None) -> None:
    roles = caller.roles if caller else frozenset[Role]()
    may = frozenset({Source.PUBLIC}).union(*(MAY_SEND.get(role, frozenset()) for role in roles))
    if source not in may:
        reason = Label(
            f"您的身份不能以“{zh(source)}”报送",
            f"your role may not send reports of source {source}",
        )
        errors = [wrong("body.source", reason)]
        if caller is None:
            raise Problem(401, "not-yours", reason, errors, headers={"WWW-Authenticate": "Bearer"})
        raise Problem(403, "not-yours", reason, errors)


def _finder(told: Told, caller: Caller) -> str:
    if told.finder is not None:
        if told.finder not in caller.posts and not _is(caller, Role.SUPERVISOR):
            raise Problem(403, "not-yours", NOT_YOURS, [wrong("body.finder", NOT_YOURS)])
        return told.finder
    if len(caller.posts) == 1:
        return caller.posts[0]
    if _is(caller, Role.SUPERVISOR) and caller.division:
        return office(caller.division, level_of(caller.division))
    raise Problem(422, "which-post", WHICH_POST, [wrong("body.finder", WHICH_POST)])


def _is_official(caller: Caller | None) -> bool:
    return caller is not None and bool(caller.roles - {Role.REPORTER})


def _is(caller: Caller | None, role: Role) -> bool:
    return caller is not None and role in caller.roles
