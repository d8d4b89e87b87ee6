"""监测 files: rules and panels parse and name what is shown; alerts fire when they should, and have recipes.

The rules are tried on made-up scrapes by Prometheus' own promtool, which `make setup` unpacks from
Debian's package; where there is none, that they parse and name what is shown is all that is tested.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser
import pytest
import yaml

from tests.shape.shown import NOT_OURS, SHOWN

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
BOARD = json.loads((ROOT / "deploy" / "grafana" / "dashboards" / "river.json").read_text("utf-8"))
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
ASKED = [target["expr"] for panel in PANELS for target in panel["targets"]]
EXPRESSIONS = [*(rule["expr"] for rule in RULES.values()), *ASKED]
NAME = re.compile(r"\b(?:river|temporal)_[a-z_]+\b|\bup\b")
RUNBOOK = (ROOT / "docs" / "operating.md").read_text("utf-8")
PROMTOOL = shutil.which("promtool", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


class Case(NamedTuple):
    """Made-up scrapes, a minute apart, and by which labels the alert then fires; none: it is quiet."""

    alert: str
    series: Mapping[str, str]
    minutes: int
    fires: Sequence[Mapping[str, str]] = ()


ENDED = "river_canary_ended_timestamp_seconds"
WORKER_A, WORKER_B = (f'up{{job="river-worker",instance="{name}"}}' for name in "ab")
INTAKE = 'up{job="river-intake"}'
LATE = 'river_canary_lateness_seconds{step="inbox"}'
COURIER, ROUNDS = (f'river_loop_beat_timestamp_seconds{{loop="{name}"}}' for name in ("courier", "rounds"))
POSTGRES = 'river_reached{server="postgres"}'
ONE, OTHER = (f'river_reached{{server="temporal",instance="{name}"}}' for name in "ab")
MINUTE, FIVE, ALL = (f'river_mark_lateness_seconds_bucket{{le="{le}"}}' for le in ("60.0", "300.0", "+Inf"))
FACTS = "river_journal_facts_total"
DIVERGED = 'river_workflows_troubled{trouble="diverged"}'
LETTERS = 'river_workflows_troubled{trouble="letter_waiting"}'
PASSED = 'river_stuck{kind="mark_passed"}'
GIVEN_UP = 'river_effects{state="undeliverable"}'
LEADS = 'river_leads{state="waiting"}'
OLDEST, OPEN = "river_commands_oldest_seconds", "river_alarms_open"
YES = ({},)
CASES = (
    Case("RiverCanaryAbsent", {ENDED: "0x200"}, 124, YES),
    # The worker died with the canary: nobody tells anything any more, and it fires all the same.
    Case("RiverCanaryAbsent", {ENDED: "0x10 _x200"}, 150, YES),
    Case("RiverCanaryAbsent", {ENDED: "0x60 3600x60 7200x60"}, 170),
    Case("RiverCanaryNeverSeen", {INTAKE: "1x200"}, 65, YES),
    Case("RiverCanaryNeverSeen", {INTAKE: "1x200", ENDED: "0x200"}, 65),
    Case("RiverCanaryFailed", {"river_canary_well": "1 1 0x10"}, 5, YES),
    Case("RiverCanaryFailed", {"river_canary_well": "1x10"}, 5),
    Case("RiverCanarySlow", {LATE: "12x5"}, 4, ({"step": "inbox"},)),
    Case("RiverCanarySlow", {LATE: "1x5"}, 4),
    Case("RiverWorkerDown", {WORKER_A: "1 0x10"}, 5, YES),
    Case("RiverWorkerDown", {INTAKE: "1x10"}, 5, YES),
    Case("RiverWorkerDown", {WORKER_A: "1x10", WORKER_B: "0x10"}, 5),
    Case("RiverIntakeDown", {INTAKE: "0x10"}, 5, YES),
    Case("RiverIntakeDown", {INTAKE: "1x10"}, 5),
    Case("RiverLoopHangs", {COURIER: "60x20"}, 10, ({"loop": "courier"},)),
    Case("RiverLoopHangs", {COURIER: "0+60x20"}, 10),
    Case("RiverLoopHangs", {ROUNDS: "0x20"}, 20),
    Case("RiverRoundsHang", {ROUNDS: "0x40"}, 35, ({"loop": "rounds"},)),
    Case("RiverRoundsHang", {ROUNDS: "0x10 600x10 1200x20"}, 35),
    Case("RiverServerAway", {POSTGRES: "0x5"}, 4, ({"server": "postgres"},)),
    Case("RiverServerAway", {ONE: "0x5", OTHER: "1x5"}, 4),
    Case("RiverMarksLate", {MINUTE: "0x30", FIVE: "0+1x30", ALL: "0+1x30"}, 25, YES),
    Case("RiverMarksLate", {MINUTE: "0+1x30", FIVE: "0+1x30", ALL: "0+1x30"}, 25),
    Case("RiverMarksLate", {MINUTE: "0x30", FIVE: "4x30", ALL: "4x30"}, 25),
    Case("RiverNothingRecorded", {FACTS: "7x300"}, 200, YES),
    Case("RiverNothingRecorded", {FACTS: "0x60 9x60 18x90"}, 200),
    Case("RiverWorkflowTroubled", {DIVERGED: "1x10"}, 8, ({"trouble": "diverged"},)),
    Case("RiverWorkflowTroubled", {LETTERS: "0 3 0 0 3 0 0 0 0"}, 8),
    Case("RiverStuck", {PASSED: "2x20"}, 15, ({"kind": "mark_passed"},)),
    Case("RiverStuck", {PASSED: "0x20"}, 15),
    Case("RiverEffectsUndeliverable", {GIVEN_UP: "4x30 5x30"}, 50, YES),
    Case("RiverEffectsUndeliverable", {GIVEN_UP: "4x200"}, 150),
    Case("RiverCommandsWaiting", {OLDEST: "0+60x10"}, 6, YES),
    Case("RiverCommandsWaiting", {OLDEST: "0 70 0 0 0 0 0"}, 6),
    Case("RiverLeadsWaiting", {LEADS: "150x20"}, 12, ({"state": "waiting"},)),
    Case("RiverLeadsWaiting", {LEADS: "150x5 0 150x20"}, 12),
    Case("RiverAlarmsOpen", {OPEN: "1x10"}, 7, YES),
    Case("RiverAlarmsOpen", {OPEN: "0x10"}, 7),
)


def names_in(expression: str) -> set[str]:
    found = {name for name in NAME.findall(re.sub(r'"[^"]*"', "", expression)) if name != "up"}
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in found}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_parses(expression: str) -> None:
    assert promql_parser.parse(expression) is not None


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_names_what_is_shown(expression: str) -> None:
    assert names_in(expression) <= SHOWN | NOT_OURS


def test_every_metric_of_ours_is_used() -> None:
    used = set[str]().union(*map(names_in, EXPRESSIONS))

    assert used >= SHOWN


@pytest.mark.parametrize("name", RULES)
def test_every_alert_says_what_why_and_where_its_recipe_is(name: str) -> None:
    said = RULES[name]["annotations"]

    assert RULES[name]["labels"]["severity"] in ("critical", "warning")
    assert re.match(r"[^A-Za-z]*[\u4e00-\u9fff]", said["summary"]) or "$labels" in said["summary"][:20]
    assert re.search(r"[\u4e00-\u9fff].*[A-Za-z]", said["description"])
    assert re.fullmatch(r"docs/operating\.md#alert-[a-z-]+", said["runbook"])


@pytest.mark.parametrize("name", RULES)
def test_the_recipe_of_an_alert_is_in_the_runbook(name: str) -> None:
    anchor = RULES[name]["annotations"]["runbook"].partition("#")[2]

    assert f'<a id="{anchor}"></a>' in RUNBOOK


@pytest.mark.parametrize("panel", BOARD["panels"], ids=lambda panel: panel["title"])
def test_every_title_is_chinese_first(panel: dict[str, Any]) -> None:
    assert re.match(r"[\u4e00-\u9fff]", panel["title"])


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    squares = [
        (x, y)
        for panel in BOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    assert len(squares) == len(set(squares))
    assert max(x for x, _ in squares) < 24


def test_the_board_asks_the_data_source_that_is_provisioned() -> None:
    sources = yaml.safe_load(
        (ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text("utf-8")
    )["datasources"]

    assert {panel["datasource"]["uid"] for panel in PANELS} == {source["uid"] for source in sources}


def test_every_alert_is_tried_both_ways() -> None:
    assert {case.alert for case in CASES if case.fires} == set(RULES)
    assert {case.alert for case in CASES if not case.fires} == set(RULES)


def _expected(case: Case, labels: Mapping[str, str]) -> dict[str, Any]:
    rule = RULES[case.alert]
    filled_in = {
        name: re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], text)
        for name, text in rule["annotations"].items()
    }
    return {"exp_labels": {**rule["labels"], **labels}, "exp_annotations": filled_in}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}-{'fires' if case.fires else 'quiet'}")
def test_an_alert_fires_when_it_should_and_else_is_quiet(case: Case, tmp_path: Path) -> None:
    tried = {
        "rule_files": [str(ALERTS)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
                "alert_rule_test": [
                    {
                        "eval_time": f"{case.minutes}m",
                        "alertname": case.alert,
                        "exp_alerts": [_expected(case, labels) for labels in case.fires],
                    }
                ],
            }
        ],
    }
    file = tmp_path / "tried.yml"
    file.write_text(yaml.safe_dump(tried, allow_unicode=True), "utf-8")

    assert PROMTOOL is not None
    ran = subprocess.run([PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
