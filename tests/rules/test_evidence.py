"""同一点位: photographs are compared with the earlier ones by where they were taken: a question."""

import pytest

from domain.evidence import metres_from_earlier, question
from domain.place import Point

HERE = Point(lon=105.0, lat=30.0)
NEAR = Point(lon=105.0, lat=30.0005)
FAR = Point(lon=105.0, lat=30.002)


def test_each_is_measured_from_the_nearest_earlier_one() -> None:
    told = metres_from_earlier([HERE, None, NEAR, FAR, FAR])

    assert told[:2] == [None, None]
    assert told[2] == pytest.approx(55.6, abs=0.1)
    assert told[3] == pytest.approx(166.8, abs=0.1)
    assert told[4] == 0


def test_a_photograph_far_from_every_earlier_one_is_a_question() -> None:
    asked = question(166.8, 100)

    assert asked is not None
    assert asked.zh == "距此前最近的照片 167 米,超过 100 米,请核对是否同一点位"
    assert "167 m" in asked.en
    assert question(100.0, 100) is None
    assert question(None, 100) is None
