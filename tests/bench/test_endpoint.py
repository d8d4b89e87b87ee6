import json
import random

from bench.accept import STARTS, WARM_UP
from bench.endpoint import reports_of_their_own
from domain.lead import Telling

REPORTS = reports_of_their_own(random.Random(1))  # noqa: S311 - the same mixture every time


def test_there_are_reports_enough_for_a_warm_up_and_a_round() -> None:
    assert len(REPORTS) >= WARM_UP + STARTS


def test_every_report_is_as_long_as_the_yardsticks_and_can_be_read() -> None:
    assert {len(report) for report in REPORTS} == {968}
    assert all(Telling.model_validate_json(report).text for report in REPORTS)


def test_no_two_reports_are_of_one_thing() -> None:
    told = [json.loads(report) for report in REPORTS]

    assert len({(each["where"]["reach"], each["category"]) for each in told}) == len(told)
