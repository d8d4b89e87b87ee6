"""争议: whose issue it is, when units hand it back: who rules, and what happens if nobody does."""

from datetime import datetime
from typing import Any, Literal

from domain.issue import events as fact
from domain.issue.fact_base import Event
from domain.issue.reckon import start
from domain.issue.state import Issue
from domain.issue.who import rulers
from domain.terms import Clock


def open_dispute(issue: Issue, stands: dict[str, Any], said_at: datetime) -> list[Event]:
    """提请裁定: by the lowest chief above all units concerned who is there. Rule: R-RULER."""
    units = tuple(dict.fromkeys((*issue.handed_back, *([issue.unit] if issue.unit else []))))
    chain = rulers(issue, units)
    ruler = next((post for post in chain if post not in issue.vacant), chain[-1])
    ruling = start(issue, Clock.RULING, said_at)
    return [fact.DisputeOpened(**stands, units=units, ruler=ruler, starts=(ruling,))]


def raise_ruling(issue: Issue, said_at: datetime, why: Literal["lapsed", "vacant"]) -> list[Event]:
    """裁定上提: no ruling in time goes up one level, and its clock begins anew.

    When the 总河长 was silent too, the last unit keeps the issue: a dispute ends.
    Rule: R-RULE-UP, R-RULE-SILENT
    """
    dispute = issue.dispute
    assert dispute is not None  # RULING runs while there is one
    # A vacancy that is learnt late takes no time from who follows: nobody ruled before there was a dispute.
    run = issue.run(Clock.RULING)
    said_at = max(said_at, run.started_at) if run else said_at
    stands: dict[str, Any] = {"at": max(said_at, issue.at), "said_at": said_at}
    chain = rulers(issue, dispute.units)
    above = chain[chain.index(dispute.ruler) + 1 :] if dispute.ruler in chain else []
    ruler = next((post for post in above if post not in issue.vacant), None)
    if ruler is None:
        assert issue.unit is not None  # it was the last to hand it back
        return [fact.DisputeRuled(**stands, rule="R-RULE-SILENT", unit=issue.unit)]
    ruling = start(issue, Clock.RULING, said_at)
    return [fact.RulingRaised(**stands, rule="R-RULE-UP", ruler=ruler, why=why, starts=(ruling,))]
