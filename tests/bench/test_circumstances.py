import platform
from pathlib import Path

from bench.circumstances import circumstances, without_places
from bench.ground import HERE


def test_the_machine_is_told_by_sizes_and_versions_only() -> None:
    told = circumstances()

    assert told.cores > 0
    assert told.temporal_server.count(".") == 2
    assert told.postgresql.startswith("18")
    assert platform.node() not in told.in_words()
    assert "/" not in told.in_words().replace("GNU/Linux", "")


def test_a_reason_loses_the_names_of_places_and_keeps_its_words() -> None:
    reason = f"MachineFault: {HERE}/var/x and {Path.home()}/y and /srv/a/b/log.txt: 3/4 failed"

    assert without_places(reason) == "MachineFault: …/var/x and …/y and …/log.txt: 3/4 failed"
