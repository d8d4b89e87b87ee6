"""许可: who may say what to an issue, here and at this stage."""

from domain import posts
from domain.issue import commands as say
from domain.issue.commands import NAMES, UNDER_EVERY_EDITION, Command, name_of
from domain.issue.life import ABOUT_THE_ISSUE, AT_ANY_OPEN_STAGE, STAGE_CLOCK, leads_to
from domain.issue.state import Issue
from domain.issue.who import above, closing_office, decided_on, in_charge, reviewer, verifying_office
from domain.model import Label
from domain.posts import Post
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, NotYours, require
from domain.roles import Role
from domain.terms import ENDS, LABELS, Clock, Level, PostKind, Stage, en, zh

ROLE_NAMES: dict[Role, Label] = {
    Role.OFFICE: Label("有管辖权的河长办", "a chief office of the place"),
    Role.CHIEF: Label("现责任河长", "the responsible chief"),
    Role.FORMER_CHIEF: Label("原责任河长", "a former chief"),
    Role.FINDER: Label("发现人", "the finder"),
    Role.UNIT: Label("责任单位", "the responsible unit"),
    Role.VERIFIER: Label("核查单位", "the verifying office"),
    Role.CLOSER: Label("销号单位", "the closing office"),
    Role.ROSTER: Label("责任人名册", "the roster"),
    Role.IN_CHARGE: Label("该时限的承办者", "who must act before the limit ends"),
    Role.ABOVE: Label("承办者的上一级负责人", "the head one level above who must act"),
    Role.RULER: Label("争议裁定者", "the chief who rules on the dispute"),
    Role.SUPERIOR: Label("承办者的上级", "a superior of who must act"),
    Role.TOP: Label("本部署最高一级河长办", "the highest chief office of the deployment"),
}


def permit(issue: Issue, command: Command) -> None:
    """先管辖, 再阶段, 再身份, 再证据: refuse what may not be said here, now, by this post, so bare.

    Rule: R-PERMIT
    """
    in_jurisdiction(issue.division, issue.reach, command.by, name_of(command))
    _fits_the_stage(issue, command)
    has_the_role(issue, command)
    _brings_photos(issue, command)


def in_jurisdiction(division: posts.Division, reach: str, by: Post, command: str) -> None:
    """管辖: the right post of the wrong county is the wrong post. Rule: R-JURISDICTION."""
    require(
        posts.answers_for(by, division, reach),
        NotYours(
            by=by,
            command=NAMES[command],
            why=Label(f"{division} {reach} 不在其辖区", f"{division} {reach} is outside its jurisdiction"),
        ),
    )


def _fits_the_stage(issue: Issue, command: Command) -> None:
    """阶段: what the table of the life does not know cannot be said. Rule: R-LIFE."""
    name = NAMES[name_of(command)]
    if issue.stage in ENDS and type(command) in AT_ANY_OPEN_STAGE:
        raise AlreadyDone(
            command=name, what=Label(f"问题已{zh(issue.stage)}", f"the issue is {en(issue.stage)}")
        )
    here = leads_to(issue.stage, type(command)) is not None
    # A word about a stage, or an issue, that began after it was said is about another.
    since = issue.opened_at if type(command) in ABOUT_THE_ISSUE else issue.stage_since
    meant = command.said_at >= since
    require(here and meant, NotAtThisStage(command=name, stage=LABELS[issue.stage]))


def has_the_role(issue: Issue, command: Command) -> None:
    """身份: the rule book says who. Rule: R-WHO."""
    allowed = _roles_that_may(issue, command)
    wanted = [name for role, name in ROLE_NAMES.items() if role in allowed]
    zh_names, en_names = "、".join(name.zh for name in wanted), " or ".join(name.en for name in wanted)
    require(
        allowed & _roles_for(issue, command),
        NotYours(
            by=command.by,
            command=NAMES[name_of(command)],
            why=Label(f"须由{zh_names}办理", f"{en_names} must"),
        ),
    )


def _roles_that_may(issue: Issue, command: Command) -> frozenset[Role]:
    """An excerpt taken before a command was known names nobody: a newer edition must be adopted first.

    Rule: R-ADOPT-FIRST
    """
    if type(command) in UNDER_EVERY_EDITION:
        return frozenset({Role.ROSTER})
    name = name_of(command)
    allowed = issue.rules.roles_of(name)
    if not allowed and type(command) in (say.AdoptEdition, say.AdoptCalendar):
        return frozenset({Role.TOP})
    require(
        allowed,
        NotYours(
            by=command.by,
            command=NAMES[name],
            why=Label(
                f"所依规则 {issue.rules.edition} 未载此项,须先适用新版规则",
                f"its edition {issue.rules.edition} does not know it: adopt a newer one first",
            ),
        ),
    )
    return allowed


def _clock_meant(issue: Issue, command: Command) -> Clock | None:
    """Return the clock that a command is about, by which it is told who is in charge and who above."""
    match command:
        case say.RequestExtension(clock=clock) if clock:
            return clock
        case say.GrantExtension(clock=clock) | say.DenyExtension(clock=clock):
            return decided_on(issue, clock)
        case _:
            return STAGE_CLOCK.get(issue.stage)


def _roles_for(issue: Issue, command: Command) -> frozenset[Role]:
    """Who was asked may answer, though another is above by now. Rule: R-ABOVE."""
    clock = _clock_meant(issue, command)
    roles = roles_of(issue, command.by, clock)
    asked = issue.asked_for(clock) if clock else None
    match command:
        case say.UpholdSuspension() | say.ResumeClock() if issue.suspended:
            heads = {reviewer(issue, count) for count in range(issue.suspended.asked)}
        case say.GrantExtension() | say.DenyExtension() if asked:
            heads = {asked.head}
        case _:
            heads = set()
    return roles | {Role.ABOVE} if command.by in heads else roles


def roles_of(issue: Issue, post: Post, clock: Clock | None = None) -> frozenset[Role]:
    """Return what a post is to this issue, and to a clock of it."""
    kind, level = posts.kind_of(post), posts.post_level(post)
    is_office = kind is PostKind.OFFICE and Level.TOWNSHIP <= level <= issue.rules.top
    held = {
        Role.OFFICE: is_office,
        Role.CHIEF: post == issue.chief,
        Role.FORMER_CHIEF: post in issue.former_chiefs,
        Role.FINDER: post == issue.finder,
        Role.UNIT: post == issue.unit,
        Role.VERIFIER: issue.stage is Stage.VERIFYING and post == verifying_office(issue),
        Role.CLOSER: post == closing_office(issue),
        Role.ROSTER: post == posts.roster(issue.division),
        Role.RULER: post in [ruler.post for ruler in issue.rulers],
        Role.TOP: post == posts.office(issue.division, issue.rules.top),
    }
    if clock:
        held[Role.IN_CHARGE] = post == in_charge(issue, clock)
        # At the very top nobody is above; nobody decides for himself.
        held[Role.ABOVE] = post == above(issue, clock) != in_charge(issue, clock)
        held[Role.SUPERIOR] = _is_superior(post, in_charge(issue, clock))
    return frozenset(role for role, holds in held.items() if holds)


def _is_superior(post: Post, owner: Post) -> bool:
    """上级: a chief, an office or a government above, or the 总河长 of the same level. Rule: R-SUPERIOR."""
    level, own = posts.post_level(post), posts.post_level(owner)
    kind = posts.kind_of(post)
    return (kind in _COMMANDING and level > own) or (kind is PostKind.GENERAL_CHIEF and level == own)


_COMMANDING = frozenset({PostKind.CHIEF, PostKind.GENERAL_CHIEF, PostKind.OFFICE, PostKind.GOVERNMENT})


def _brings_photos(issue: Issue, command: Command) -> None:
    """证据: as many photographs as the rule book asks for. Rule: R-EVIDENCE."""
    for name, wanted in issue.rules.photos.items():
        brought = getattr(command, name, None)
        if isinstance(brought, int):
            require(
                brought >= wanted,
                Incomplete(
                    command=NAMES[name_of(command)],
                    what=Label(
                        f"{PHOTOS[name].zh}至少 {wanted} 张(现有 {brought} 张)",
                        f"{wanted} {PHOTOS[name].en} at least (it has {brought})",
                    ),
                ),
            )


PHOTOS = {
    "photos": Label("现场照片", "photographs of the site"),
    "before": Label("整改前照片", "photographs from before"),
    "after": Label("整改后照片", "photographs from after"),
}
