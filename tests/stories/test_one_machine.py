"""单机: the whole service on one machine, stopped, killed and started again."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import asyncpg
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from machine.lock import FolderLock
from machine.ports import Ports, any_free_port
from machine.postgres import Postgres
from machine.processes import command_of
from machine.service import Addresses, Program, ProgramAtWork
from tests.conftest import TemporalFile
from tests.servers import HASTY, connect

ROOT = Path(__file__).resolve().parents[2]
SOON = 20.0


@dataclass
class Up:
    """One `up` in a folder of its own, with a stub for a worker."""

    process: subprocess.Popen[str]
    addresses: dict[str, str]

    @classmethod
    def begin(cls, folder: Path, ui_port: int | None = None) -> Self:
        command = [
            sys.executable,
            "-m",
            "tests.stories.small_machine",
            str(folder),
            str(ui_port or any_free_port()),
        ]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        return cls(process, json.loads(line) if line else {})

    def children(self) -> dict[str, int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        names = {"postgres": "postgres -D", "temporal": "server start-dev", "worker": "RIVER_HEALTH_FILE"}
        return {
            name: int(pid) for pid in listed for name, mark in names.items() if mark in command_of(int(pid))
        }

    def end(self, word: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Say a word to it; return its exit code and what it told the person at the terminal."""
        self.process.send_signal(word)
        _, told = self.process.communicate(timeout=30)
        return self.process.returncode, told


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up.begin(tmp_path_factory.mktemp("machine") / "var")
    yield up
    if up.process.poll() is None:
        up.end(signal.SIGKILL)


def test_a_taken_port_is_named_and_another_one_is_used_and_remembered(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other_program:
        taken = other_program.getsockname()[1]
        ports = Ports(tmp_path / "machine.json", said.append)

        chosen = ports.choose("ui", "网页界面 Web UI", default=taken)
        ports.remember()

    assert chosen != taken
    assert "网页界面 Web UI" in said[0]
    assert str(taken) in said[0]
    assert str(chosen) in said[0]
    assert Ports(tmp_path / "machine.json", said.append).choose("ui", "", default=taken) == chosen
    assert len(said) == 1


def test_a_damaged_memory_of_ports_costs_a_preference_and_nothing_else(tmp_path: Path) -> None:
    memory = tmp_path / "machine.json"
    memory.write_text('{"ports": {"ui": ')
    usual = any_free_port()

    assert Ports(memory, print).choose("ui", "", default=usual) == usual


def test_a_lock_is_released_however_its_holder_ends(tmp_path: Path) -> None:
    holds = "import sys; from pathlib import Path; from machine.lock import FolderLock; "
    code = holds + "FolderLock(Path(sys.argv[1])).take(); import os; os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    lock = FolderLock(tmp_path)

    lock.take()

    lock.release()


def test_a_second_up_in_the_same_folder_is_refused_by_name(up: Up) -> None:
    second = Up.begin(Path(up.addresses["folder"]))

    _, told = second.process.communicate(timeout=SOON)

    assert second.process.returncode == 1
    assert str(up.process.pid) in told
    assert "已在运行" in told
    assert "--folder" in told
    assert "Traceback" not in told


def test_every_program_is_told_the_keys_that_its_machine_made(up: Up) -> None:
    environ = Path(f"/proc/{up.children()['worker']}/environ").read_text().split("\0")

    for name in ("RIVER_JWKS", "RIVER_TOKEN_KEY"):
        assert Path(up.addresses[name]).is_relative_to(up.addresses["folder"])
        assert Path(up.addresses[name]).exists()
        assert f"{name}={up.addresses[name]}" in environ


async def test_a_killed_server_comes_back_by_itself_with_what_it_knew(up: Up) -> None:
    database = await asyncpg.connect(up.addresses["database_url"])
    await database.execute("CREATE TABLE seen (what text)")
    await database.execute("INSERT INTO seen VALUES ('乱堆')")
    children = up.children()

    os.kill(children["postgres"], signal.SIGKILL)
    os.kill(children["temporal"], signal.SIGKILL)

    await until_answering(up)
    assert up.children()["postgres"] != children["postgres"]
    assert up.children()["worker"] == children["worker"]


async def test_stopping_and_starting_again_keeps_a_row_and_a_workflow(up: Up) -> None:
    client = await Client.connect(up.addresses["temporal"], namespace=up.addresses["namespace"])
    await client.start_workflow("IssueWorkflow", id="issue/512022/2026/000001", task_queue="nobody")
    children = up.children()

    code, told = up.end(signal.SIGINT)

    assert (code, sorted(children)) == (0, ["postgres", "temporal", "worker"])
    assert "已停止" in told
    assert not any(command_of(pid) for pid in children.values())
    again = Up.begin(Path(up.addresses["folder"]))
    try:
        database = await asyncpg.connect(again.addresses["database_url"])
        assert await database.fetchval("SELECT what FROM seen") == "乱堆"
        await database.close()
        client = await Client.connect(again.addresses["temporal"], namespace=again.addresses["namespace"])
        issue = await client.get_workflow_handle("issue/512022/2026/000001").describe()
        assert issue.status == WorkflowExecutionStatus.RUNNING
    finally:
        again.end(signal.SIGTERM)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
async def test_killing_up_itself_leaves_no_process_and_the_next_one_starts(tmp_path: Path) -> None:
    first = Up.begin(tmp_path / "var")
    children = first.children()

    first.end(signal.SIGKILL)

    second = Up.begin(tmp_path / "var")
    assert second.addresses
    await until(lambda: not any(command_of(pid) for pid in children.values()))
    assert second.end(signal.SIGTERM)[0] == 0


async def test_postgres_starts_though_its_old_number_now_belongs_to_a_stranger(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "postgres", any_free_port(), tmp_path / "postgres.log", HASTY)
    await postgres.start()
    await postgres.stop()
    record = [str(os.getpid()), str(postgres.data), "1", str(postgres.port), "", "127.0.0.1", "", "ready"]
    (postgres.data / "postmaster.pid").write_text("\n".join(record) + "\n")

    await postgres.start()

    assert await (await asyncpg.connect(postgres.dsn)).fetchval("SELECT 1") == 1
    await postgres.stop()


async def test_a_role_that_is_wanted_later_logs_in_and_is_no_superuser(tmp_path: Path) -> None:
    wished = (tmp_path / "postgres", any_free_port(), tmp_path / "postgres.log", HASTY)
    before = Postgres(*wished)
    await before.start()
    await before.stop()
    postgres = Postgres(*wished, logins=("clerk", "keeper"))

    for _ in range(2):  # a lost password is made anew
        await postgres.start()
        connection = await asyncpg.connect(postgres.dsn_of("river", "keeper"))
        assert (
            await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        )
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(postgres.dsn_of("river", "keeper").replace("keeper@", "clerk@"))
        await postgres.stop()
        (tmp_path / "postgres.keeper.pgpass").unlink()
    assert (tmp_path / "postgres.clerk.pgpass").stat().st_mode & 0o777 == 0o600


def test_only_a_program_that_asks_for_it_is_told_of_a_further_login(tmp_path: Path) -> None:
    addresses = Addresses(
        "", "", "river", "postgresql://clerk@x/river", tmp_path, tmp_path, logins={"keeper": "its url"}
    )

    asks = ProgramAtWork(Program("a", ["a"], logins={"KEEPERS_URL": "keeper"}), addresses)
    does_not = ProgramAtWork(Program("b", ["b"]), addresses)

    assert asks._child.environment["KEEPERS_URL"] == "its url"
    assert "its url" not in does_not._child.environment.values()


async def test_a_killed_temporal_starts_again_on_its_file_and_ports(temporal_file: TemporalFile) -> None:
    server = await temporal_file()
    client = await connect(server)
    await client.start_workflow("IssueWorkflow", id="issue/512022/2026/000002", task_queue="nobody")

    server.kill()
    await server.start()

    issue = await (await connect(server)).get_workflow_handle("issue/512022/2026/000002").describe()
    assert issue.status == WorkflowExecutionStatus.RUNNING


async def until(happened: Callable[[], bool]) -> None:
    patience = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < patience
        await asyncio.sleep(0.1)


async def until_answering(up: Up) -> None:
    """Wait until both servers answer at their old addresses."""
    await until(lambda: {"postgres", "temporal"} <= set(up.children()))
    patience = time.monotonic() + SOON
    while time.monotonic() < patience:
        try:
            database = await asyncpg.connect(up.addresses["database_url"])
            assert await database.fetchval("SELECT what FROM seen") == "乱堆"
            await database.close()
            client = await Client.connect(up.addresses["temporal"], namespace=up.addresses["namespace"])
            await client.count_workflows()
        except (OSError, asyncpg.CannotConnectNowError, RuntimeError):
            await asyncio.sleep(0.1)
        else:
            return
    pytest.fail("the servers did not come back")
