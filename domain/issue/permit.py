"""许可: who may say what to an issue, here and at this stage."""

from domain import posts
from domain.excerpt import Role
from domain.issue.commands import NAMES, Command, name_of
from domain.issue.ladder import closing_office, verifying_office
from domain.issue.life import AT_ANY_OPEN_STAGE, leads_to
from domain.issue.state import Issue
from domain.model import Label
from domain.posts import Post
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, NotYours, require
from domain.terms import ENDS, LABELS, Level, PostKind, Stage, en, zh

ROLE_NAMES: dict[Role, Label] = {
    Role.OFFICE: Label("有管辖权的河长办", "a chief office of the place"),
    Role.CHIEF: Label("现责任河长", "the responsible chief"),
    Role.FORMER_CHIEF: Label("原责任河长", "a former chief"),
    Role.FINDER: Label("发现人", "the finder"),
    Role.UNIT: Label("责任单位", "the responsible unit"),
    Role.VERIFIER: Label("核查单位", "the verifying office"),
    Role.CLOSER: Label("销号单位", "the closing office"),
    Role.ROSTER: Label("责任人名册", "the roster"),
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
    since = issue.opened_at if type(command) in AT_ANY_OPEN_STAGE else issue.stage_since
    meant = command.said_at >= since
    require(here and meant, NotAtThisStage(command=name, stage=LABELS[issue.stage]))


def has_the_role(issue: Issue, command: Command) -> None:
    """身份: the rule book says who. Rule: R-WHO."""
    allowed = issue.rules.roles_of(name_of(command))
    wanted = [name for role, name in ROLE_NAMES.items() if role in allowed]
    zh_names, en_names = "、".join(name.zh for name in wanted), " or ".join(name.en for name in wanted)
    require(
        allowed & roles_of(issue, command.by),
        NotYours(
            by=command.by,
            command=NAMES[name_of(command)],
            why=Label(f"须由{zh_names}办理", f"{en_names} must"),
        ),
    )


def roles_of(issue: Issue, post: Post) -> frozenset[Role]:
    """Return what a post is to this issue."""
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
    }
    return frozenset(role for role, holds in held.items() if holds)


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
