"""LIFE, 问题的一生: one table of stage x command -> stage, and the clock that runs in each stage."""

from collections.abc import Mapping

from domain.issue import commands as say
from domain.issue.commands import Command
from domain.terms import ENDS, Clock, Stage

LIFE: Mapping[Stage, Mapping[type[Command], Stage]] = {
    Stage.DISCOVERED: {
        say.RecordStop: Stage.STOPPED,
        say.NothingToStop: Stage.STOPPED,
        say.ReportCannotStop: Stage.DISCOVERED,
        say.Dismiss: Stage.DISMISSED,
        say.MergeInto: Stage.MERGED,
    },
    Stage.STOPPED: {
        say.Assign: Stage.PLANNING,
        say.TransferToEnforcement: Stage.TRANSFERRED,
        say.Dismiss: Stage.DISMISSED,
        say.MergeInto: Stage.MERGED,
    },
    Stage.PLANNING: {
        say.SubmitPlan: Stage.PLANNING,
        say.AcceptPlan: Stage.RECTIFYING,
        say.Reassign: Stage.PLANNING,
        say.HandBack: Stage.PLANNING,
        say.RuleOnDispute: Stage.PLANNING,
        say.TransferToEnforcement: Stage.TRANSFERRED,
        say.Dismiss: Stage.DISMISSED,
        say.MergeInto: Stage.MERGED,
    },
    Stage.RECTIFYING: {
        say.ReportRectified: Stage.VERIFYING,
        say.Reassign: Stage.RECTIFYING,
        say.HandBack: Stage.RECTIFYING,
        say.RuleOnDispute: Stage.RECTIFYING,
        say.TransferToEnforcement: Stage.TRANSFERRED,
        say.Dismiss: Stage.DISMISSED,
        say.MergeInto: Stage.MERGED,
    },
    Stage.TRANSFERRED: {
        say.ReportRectified: Stage.VERIFYING,
        say.Reassign: Stage.TRANSFERRED,
        say.Dismiss: Stage.DISMISSED,
        say.MergeInto: Stage.MERGED,
    },
    Stage.VERIFYING: {
        say.AcceptRectification: Stage.ACCEPTED,
        say.RejectRectification: Stage.RECTIFYING,
        say.Reassign: Stage.VERIFYING,
    },
    Stage.ACCEPTED: {
        say.Close: Stage.CLOSED,
    },
}
"""What may be said where, and where it leads. Rule: R-LIFE."""

AT_ANY_OPEN_STAGE: frozenset[type[Command]] = frozenset(
    {
        *(say.AttachReport, say.ReplyToReporter, say.AnnounceVacancy, say.AnnounceHolder),
        *(say.RequestExtension, say.GrantExtension, say.DenyExtension),
        *(say.SuspendClock, say.UpholdSuspension, say.ResumeClock),
        *(say.Regrade, say.SetDate, say.RecordInterview, say.ReportUndeliverable, say.RecordRepair),
        *(say.AdoptEdition, say.AdoptCalendar),
    }
)
"""What leaves the stage as it is, wherever the issue stands."""

ABOUT_THE_ISSUE: frozenset[type[Command]] = AT_ANY_OPEN_STAGE - {
    *(say.RequestExtension, say.GrantExtension, say.DenyExtension, say.SetDate),
    *(say.SuspendClock, say.UpholdSuspension, say.ResumeClock),
}
"""What is said about the whole issue, not about the stage at which it stands."""

STAGE_CLOCK: Mapping[Stage, Clock] = {
    Stage.DISCOVERED: Clock.STOP,
    Stage.STOPPED: Clock.ASSIGN,
    Stage.PLANNING: Clock.PLAN,
    Stage.RECTIFYING: Clock.RECTIFY,
    Stage.TRANSFERRED: Clock.ENFORCEMENT,
    Stage.VERIFYING: Clock.VERIFY,
    Stage.ACCEPTED: Clock.CLOSE,
}
"""The clock that runs in a stage. A stage whose clock the excerpt does not hold is passed over."""

BESIDE: frozenset[Clock] = frozenset({Clock.REPLY, Clock.WHOLE})
"""Clocks of a complaint that run beside the stages and climb rungs 0 to 2 only. Rule: R-LADDER-BESIDE."""


def leads_to(stage: Stage, command: type[Command]) -> Stage | None:
    """Return the stage a command leads to, or nothing where it cannot be said."""
    if stage in ENDS:
        return None
    if command in AT_ANY_OPEN_STAGE:
        return stage
    return LIFE.get(stage, {}).get(command)


def ends(stage: Stage, command: type[Command]) -> frozenset[Clock]:
    """Return the clocks that a command said at a stage brings to their end.

    A word said in time but heard late can undo the lapse of these clocks only.
    """
    if command is say.ReplyToReporter:
        return frozenset({Clock.REPLY})
    if command is say.RuleOnDispute:
        return frozenset({Clock.RULING})
    onward = leads_to(stage, command)
    if onward in ENDS:
        return frozenset(Clock)
    if onward is not None and (onward is not stage or command is say.ReportCannotStop):
        return frozenset({STAGE_CLOCK[stage]})
    return frozenset()
