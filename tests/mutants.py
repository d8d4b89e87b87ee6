"""变异: `python -m tests.mutants` takes each guard away in turn and demands that its test sees it.

A mutant is one change of the text, made in a copy of what its test needs. A change whose place is gone is an
error, and so is an example that fails without any change; that the properties hold without one, `make test`
shows.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Literal, NamedTuple

from tests.mutant import Ground, Mutant
from tests.mutants_of_bulletins import OF_THE_BULLETINS
from tests.mutants_of_clocks import OF_THE_CLOCKS
from tests.mutants_of_operators import OF_THE_OPERATORS
from tests.mutants_of_roster import OF_THE_ROSTER

ROOT = Path(__file__).parents[1]
PROPERTIES = "test_properties.py"

Result = Literal["seen", "SURVIVED", "ERROR"]


def by_property(name: str) -> str:
    """Return the property of a name."""
    return f"{PROPERTIES}::test_{name}"


MUTANTS = (
    # ---------------------------------------------------------------- one at least for each property
    Mutant(
        "time speaks first",
        "issue/decide.py",
        "told = advance(issue, command.said_at, inclusive=False)",
        "told = []",
        by_property("an_outage_changes_nothing"),
    ),
    Mutant(
        "every mark passed is decided, not the first only",
        "issue/ladder.py",
        "            issue = evolve(issue, event)\n    return told",
        "            issue = evolve(issue, event)\n        break\n    return told",
        by_property("an_outage_changes_nothing"),
    ),
    Mutant(
        "a lapse heard too early is withdrawn",
        "issue/decide.py",
        "withdrawn = _withdraw_lapse(then, command)",
        "withdrawn = []",
        by_property("a_word_said_in_time_counts_though_heard_late"),
    ),
    Mutant(
        "with the lapse the escalation is withdrawn",
        "issue/decide.py",
        "before = _chief_before(issue, climbed[0].chief) if climbed else None",
        "before = None",
        by_property("a_word_said_in_time_counts_though_heard_late"),
    ),
    Mutant(
        "a clock starts when its fact was said",
        "issue/handling.py",
        "starts=(start(issue, Clock.VERIFY, command.said_at),)",
        "starts=(start(issue, Clock.VERIFY, max(command.said_at, issue.at)),)",
        by_property("a_word_said_in_time_counts_though_heard_late"),
    ),
    Mutant(
        "a refused word makes no fact",
        "issue/decide.py",
        "    permit(then, command)\n",
        "    try:\n        permit(then, command)\n    except Exception:\n        return told\n",
        by_property("a_refusal_moves_nothing"),
    ),
    Mutant(
        "what the stage does not know is refused",
        "issue/permit.py",
        "require(here and meant,",
        "require(meant,",
        by_property("a_refusal_moves_nothing"),
    ),
    Mutant(
        "the right post of the wrong county is the wrong post",
        "issue/permit.py",
        "    in_jurisdiction(issue.division, issue.reach, command.by, name_of(command))\n    _fits",
        "    _fits",
        by_property("a_refusal_moves_nothing"),
    ),
    Mutant(
        "the place of a word never precedes the last fact",
        "issue/grounds.py",
        '"at": max(command.said_at, last_at),',
        '"at": command.said_at,',
        by_property("facts_are_in_order_of_time"),
    ),
    Mutant(
        "the place of a mark never precedes the last fact",
        "issue/ladder.py",
        '"at": max(mark.at, issue.at), "said_at"',
        '"at": mark.at, "said_at"',
        by_property("facts_are_in_order_of_time"),
    ),
    Mutant(
        "a word heard is remembered",
        "issue/decide.py",
        "if command.id in issue.heard:",
        "if command.id in ():",
        by_property("the_same_word_twice_is_one_fact"),
    ),
    Mutant(
        "a vacant level is passed",
        "issue/who.py",
        "        if post in issue.vacant:\n",
        "        if post in ():\n",
        by_property("a_vacant_post_eats_no_time"),
    ),
    Mutant(
        "a chief whose post falls vacant is followed at once",
        "issue/beside.py",
        "if post == issue.chief:",
        "if post is issue.rules:",
        by_property("a_vacant_post_eats_no_time"),
    ),
    Mutant(
        "whoever fell vacant meanwhile is not restored",
        "issue/decide.py",
        "return max(before, asked_for, key=chain.index)",
        "return chief",
        "test_withdrawal.py::test_a_chief_who_fell_vacant_meanwhile_is_not_restored",
    ),
    Mutant(
        "the end of an issue drops its clocks",
        "issue/running.py",
        "        clocks.end(*Clock)\n",
        "        clocks.end(STAGE_CLOCK[issue.stage])\n",
        "test_life.py::test_what_is_over_has_no_clock_and_no_mark",
    ),
    Mutant(
        "each hash covers the one before",
        "chain.py",
        'f"{before}\\n{number}\\n{body}"',
        'f"{number}\\n{body}"',
        by_property("retelling_the_journal_gives_the_issue"),
    ),
    Mutant(
        "the journal keeps the clocks that a fact starts",
        "chain.py",
        "exclude_defaults=True)",
        'exclude_defaults=True, exclude={"starts"})',
        by_property("retelling_the_journal_gives_the_issue"),
    ),
    Mutant(
        "a bulletin is repeated until the issue is handled",
        "issue/clocks.py",
        "_again(issue, run, Rung.BULLETIN, ladder.bulletin)",
        "_once(issue, run, Rung.BULLETIN, ladder.bulletin)",
        by_property("an_open_issue_always_has_a_next_mark"),
    ),
    Mutant(
        "a stage starts its clock",
        "issue/handling.py",
        "    starts = (start(issue, Clock.CLOSE, command.said_at),)\n",
        "    starts = ()\n",
        by_property("an_open_issue_always_has_a_next_mark"),
    ),
    # ---------------------------------------------------------------- rules that an example guards
    Mutant(
        "a word at the very limit is in time",
        "issue/decide.py",
        "inclusive=False)",
        "inclusive=True)",
        "test_withdrawal.py::test_a_word_at_the_very_limit_is_in_time",
    ),
    Mutant(
        "a timer at the very limit finds the lapse",
        "issue/decide.py",
        "return advance(issue, now, inclusive=True)",
        "return advance(issue, now, inclusive=False)",
        "test_hearing.py::test_time_that_reaches_no_mark_tells_nothing",
    ),
    Mutant(
        "a lapse at the moment of the word is withdrawn",
        "issue/decide.py",
        "mark.at >= command.said_at",
        "mark.at > command.said_at",
        "test_withdrawal.py::test_a_word_said_at_the_limit_and_heard_a_second_late_withdraws_the_lapse",
    ),
    Mutant(
        "only the clocks that the word ends are withdrawn",
        "issue/decide.py",
        "if run.clock in ends(issue.stage, type(command)):",
        "if run.clock:",
        "test_withdrawal.py::test_only_the_clock_that_the_word_ends_is_withdrawn",
    ),
    Mutant(
        "early reminders are not withdrawn",
        "issue/decide.py",
        "mark.rung >= lowest and",
        "",
        "test_withdrawal.py::test_early_reminders_are_not_withdrawn",
    ),
    Mutant(
        "a word from the future is refused",
        "issue/grounds.py",
        "command.said_at <= now + AHEAD",
        "command.said_at",
        "test_hearing.py::test_a_word_five_seconds_ahead_is_heard_and_a_millisecond_more_is_not",
    ),
    Mutant(
        "a word about an earlier stage is refused",
        "issue/permit.py",
        "require(here and meant,",
        "require(here,",
        "test_refusals.py::test_a_word_about_a_stage_that_began_after_it_was_said_is_refused",
    ),
    Mutant(
        "the rule book says who",
        "issue/permit.py",
        "        allowed & _roles_for(issue, command),\n",
        "        True,\n",
        "test_jurisdiction.py::test_a_word_by_the_wrong_post_is_refused",
    ),
    Mutant(
        "a unit of the wrong county is not named",
        "issue/grounds.py",
        "    in_jurisdiction(issue.division, issue.reach, unit, name_of(command))\n",
        "",
        "test_jurisdiction.py::test_a_unit_of_the_wrong_county_is_not_assigned",
    ),
    Mutant(
        "as many photographs as the book asks for",
        "issue/permit.py",
        "brought >= wanted,",
        "brought >= 0,",
        "test_refusals.py::test_a_word_without_what_it_needs_is_refused",
    ),
    Mutant(
        "whoever rectifies never verifies",
        "issue/who.py",
        "if handler and _is_office_itself(handler) and",
        "if handler is issue and",
        "test_jurisdiction.py::test_whoever_rectifies_never_verifies",
    ),
    Mutant(
        "not after a reassignment either",
        "issue/who.py",
        "for handler in (issue.unit, issue.rectified_by):",
        "for handler in (issue.unit,):",
        "test_jurisdiction.py::test_a_reassignment_does_not_make_a_verifier_of_who_rectified",
    ),
    Mutant(
        "the lower rung comes first at equal moments",
        "issue/clocks.py",
        "for mark in _next_of(issue, run)), default=None)",
        "for mark in _next_of(issue, run)), default=None, key=lambda mark: (mark.at, -mark.rung))",
        "test_ladder.py::test_a_general_rectification_climbs_every_rung_at_its_true_moment",
    ),
    Mutant(
        "an escalation is repeated a level at a time",
        "issue/clocks.py",
        "    return _again(\n        issue, run, Rung.ESCALATION,",
        "    return _once(\n        issue, run, Rung.ESCALATION,",
        "test_ladder.py::test_one_level_at_a_time_up_to_the_general_chief_and_the_office_above",
    ),
    Mutant(
        "the stop clock climbs in hours",
        "issue/clocks.py",
        "return issue.rules.ladder.stop_order if run.clock is Clock.STOP else",
        "return",
        "test_ladder.py::test_the_stop_clock_climbs_in_hours",
    ),
    Mutant(
        "the clocks of a complaint climb no further than the order",
        "issue/clocks.py",
        "if run.is_overdue and run.clock not in WITHOUT_LADDER | BESIDE:",
        "if run.is_overdue and run.clock not in WITHOUT_LADDER:",
        "test_ladder.py::test_the_clocks_of_a_complaint_climb_no_further_than_the_order",
    ),
    Mutant(
        "a rejection leaves the time that was left",
        "issue/handling.py",
        "recount(issue, with_rest(issue.resting, rest))",
        "recount(issue, issue.resting)",
        "test_rejection.py",
    ),
    Mutant(
        "the time left rolls to the close of a working day",
        "limits.py",
        "rolls = limit.unit is Unit.WORKING_DAYS and",
        "rolls = limit.unit is Unit.MONTHLY and",
        "test_rejection.py::test_a_rejection_leaves_the_time_that_was_left_and_rolls_it_to_half_past_five",
    ),
    Mutant(
        "what had lapsed stays lapsed",
        "issue/clockwork.py",
        "lapsed = move.limit_at <= self.then.stands_at(run, event.said_at)",
        "lapsed = False",
        "test_rejection.py::test_what_had_lapsed_stays_lapsed_at_the_rung_reached",
    ),
    Mutant(
        "too many rejections bring the next level at once",
        "issue/handling.py",
        "if rejected.count <= issue.rules.rejections:",
        "if rejected.count:",
        "test_rejection.py::test_one_rejection_too_many_brings_the_next_level_at_once",
    ),
    Mutant(
        "a complaint closes only after the reply",
        "issue/handling.py",
        "    reporter_was_answered(issue, command)\n    if issue.severity",
        "    if issue.severity",
        "test_complaints.py::test_a_complaint_closes_only_after_the_reply",
    ),
    Mutant(
        "no complaint is dismissed before the reply",
        "issue/beside.py",
        "    reporter_was_answered(issue, command)\n    gives_a_reason",
        "    gives_a_reason",
        "test_complaints.py::test_no_complaint_ends_before_its_reporter_is_answered",
    ),
    Mutant(
        "stock starts its clock at registration",
        "issue/opening.py",
        "seen_at is None or command.origin is Origin.STOCK",
        "seen_at is None",
        "test_opening.py::test_the_first_clock_of_stock_starts_at_registration",
    ),
    Mutant(
        "another complaint wants an answer of its own",
        "issue/beside.py",
        "if wants_answer else ()",
        "if () else ()",
        "test_complaints.py::test_another_complaint_wants_an_answer_of_its_own",
    ),
    Mutant(
        "a plan ends within the table",
        "issue/handling.py",
        "issue.plan.done_on <= last_day,",
        "issue.plan.done_on,",
        "test_refusals.py::test_a_plan_ends_at_the_latest_on_the_last_day_of_the_table",
    ),
    Mutant(
        "what was seen long ago starts its clock at registration",
        "issue/opening.py",
        "seen_at if earliest <= seen_at < registered_at else registered_at",
        "seen_at",
        "test_opening.py::test_the_stop_clock_starts_when_the_thing_was_seen_at_most_two_days_before",
    ),
    Mutant(
        "what cannot be stopped raises the chief",
        "issue/handling.py",
        'return [failed, *chief_moves(issue, stands, "cannot_stop")]',
        "return [failed]",
        "test_life.py::test_what_cannot_be_stopped_raises_the_chief_and_starts_the_stop_clock_again",
    ),
    Mutant(
        "a former chief decides no more",
        "issue/permit.py",
        "Role.CHIEF: post == issue.chief,",
        "Role.CHIEF: post == issue.chief or post in issue.former_chiefs,",
        "test_jurisdiction.py::test_a_former_chief_may_still_report_and_decides_no_more",
    ),
    Mutant(
        "what is urgent wakes at its moment",
        "issue/clocks.py",
        "if urgent or not issue.rules.jitter:",
        "if not issue.rules.jitter:",
        "test_rungs.py::test_what_is_urgent_wakes_at_its_moment",
    ),
    Mutant(
        "nobody reads what a person wrote",
        "issue/effects.py",
        '"无效|经现场核实不属实,作无效处理。"',
        'f"无效|{event.reason}"',
        "test_notices.py::test_every_text_is_chinese_and_carries_no_reason_and_no_evidence",
    ),
    *OF_THE_CLOCKS,
    *OF_THE_ROSTER,
    *OF_THE_BULLETINS,
    *OF_THE_OPERATORS,
)


class Outcome(NamedTuple):
    """结果: whether the mutant was seen, survived or could not be made, with what pytest said."""

    result: Result
    said: str
    seconds: float


def copied(ground: Ground, to: Path) -> Path:
    """Copy what the tests of a ground need."""
    for pattern in ground.copied:
        for each in ROOT.glob(pattern):
            place = to / each.relative_to(ROOT)
            if each.is_dir():
                shutil.copytree(each, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(each, place)
    (to / "pytest.ini").write_text(ground.ini, encoding="utf-8")
    return to


def tested(ground: Ground, folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy; hypothesis stops at the first failure as it is found."""
    quiet = ("-q", "-x", "--no-header", "--tb=line", "-p", "no:cacheprovider")
    environment = {
        **os.environ,
        "RIVER_EXAMPLES": "mutants",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "",
    }
    plugins = [word for plugin in ground.plugins for word in ("-p", plugin)]
    command = [sys.executable, "-m", "pytest", *quiet, *plugins, *tests]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=240
    )


def tried(mutant: Mutant) -> Outcome:
    """Take a rule away in a copy and run the test that guards it."""
    begun = monotonic()
    with TemporaryDirectory(prefix="mutant-") as place:
        folder = copied(mutant.ground, Path(place))
        where = f"{mutant.ground.code}{mutant.module}"
        module = folder / where
        text = module.read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            places = f"the text stands at {text.count(mutant.old)} places of {where}"
            return Outcome("ERROR", places, monotonic() - begun)
        module.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        run = tested(mutant.ground, folder, mutant.test)
    said = (run.stdout + run.stderr).strip()
    # 1 is a test that failed; anything else is a test that never ran.
    results: dict[int, Result] = {0: "SURVIVED", 1: "seen"}
    return Outcome(results.get(run.returncode, "ERROR"), said, monotonic() - begun)


def main() -> int:
    """Try all mutants, print a table and one line; return 1 if any was not seen."""
    begun = monotonic()
    for ground in {mutant.ground: None for mutant in MUTANTS}:
        with TemporaryDirectory(prefix="unchanged-") as place:
            named = {mutant.test for mutant in MUTANTS if mutant.ground is ground}
            examples = sorted(test for test in named if PROPERTIES not in test)
            unchanged = tested(ground, copied(ground, Path(place)), *examples)
        if unchanged.returncode:
            print(f"the tests fail without any mutant:\n{unchanged.stdout}{unchanged.stderr}")
            return 1
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 4)) as pool:
        outcomes = list(pool.map(tried, MUTANTS))
    for mutant, outcome in zip(MUTANTS, outcomes, strict=True):
        test = mutant.seen_by.rpartition("::")[2].removeprefix("test_")
        print(f"{outcome.result:9}{outcome.seconds:5.1f}s  {mutant.rule:58} {test}")
        if outcome.result != "seen":
            print(outcome.said)
    failed = sum(outcome.result != "seen" for outcome in outcomes)
    print(f"{len(MUTANTS) - failed} passed, {failed} failed in {monotonic() - begun:.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
