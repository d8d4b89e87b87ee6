"""`python -m ops token`: who gets a local token, what it says, and that the front door believes it."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from typer.testing import CliRunner

from intake.tokens import open_tokens
from ops.__main__ import app
from ops.signing import PRIVATE, PUBLIC, UnfitKey, keep_keys, make_keys, read_signing_key
from reading.callers import Caller, Role
from settings import Settings
from tests.ops.terminal import Ran, ops_on

DIVISION, TOWNSHIP = "512022000000", "512022113000"
ISSUER, AUDIENCE = (Settings.model_fields[name].default for name in ("token_issuer", "token_audience"))


def ops_token(*words: object, **settings: object) -> Ran:
    """Run the command with nothing set but what the test sets."""
    unset = dict.fromkeys(name for name in os.environ if name.startswith("RIVER_"))
    chosen = {f"RIVER_{name.upper()}": str(value) for name, value in settings.items()}
    ran = CliRunner().invoke(app, ["token", *map(str, words)], env={**unset, **chosen})
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exc_info
    return Ran(ran.exit_code, ran.stdout, ran.stderr)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return folder


def minted(keys: Path, *words: object) -> Ran:
    return ops_token(*words, token_key=keys / PRIVATE)


async def read(keys: Path, token: str) -> Caller:
    tokens = await open_tokens(str(keys / PUBLIC), ISSUER, AUDIENCE)
    return await tokens.caller(token)


WHO = {
    Role.REPORTER: (),
    Role.PATROLLER: ("--division", TOWNSHIP, "--post", f"patroller:{TOWNSHIP}:R03-01"),
    Role.CHIEF: ("--division", TOWNSHIP, "--post", f"chief:{TOWNSHIP}:R03-01"),
    Role.UNIT: ("--division", DIVISION, "--post", f"unit:{DIVISION}:water"),
    Role.OFFICE: ("--division", DIVISION),
    Role.SUPERVISOR: ("--division", DIVISION),
    Role.OPERATOR: ("--division", DIVISION),
    Role.AUDITOR: ("--division", DIVISION),
}


@pytest.mark.parametrize("role", Role)
async def test_the_door_lets_in_whoever_has_a_token_of_ours(keys: Path, role: Role) -> None:
    ran = minted(keys, "--role", role, *WHO[role])

    assert (ran.status, ran.out.count("\n")) == (0, 1)
    caller = await read(keys, ran.out.strip())
    assert caller.roles == {role}
    assert bool(caller.posts) is (role in {Role.PATROLLER, Role.CHIEF, Role.UNIT, Role.OFFICE})


async def test_a_script_reads_what_the_token_says(keys: Path) -> None:
    who = ("--role", "office", "--role", "auditor", "--division", DIVISION, "--subject", "H-001")

    told = json.loads(minted(keys, *who, "--days", 30, "--json").out)

    caller = await read(keys, told["token"])
    assert (caller.subject, set(caller.roles)) == (told["sub"], set(told["river_roles"]))
    assert told["river_posts"] == [f"office:{DIVISION}"]
    ends = datetime.fromisoformat(told["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < ends <= timedelta(days=30)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "--role"),
        (("--role", "emperor"), 2, "emperor"),
        (("--role", "office"), 1, "river_division"),
        (("--role", "chief", "--division", DIVISION), 1, "river_posts"),
        (("--role", "office", "--division", "512022"), 1, "river_division"),
        (("--role", "office", "--division", TOWNSHIP, "--post", f"office:{DIVISION}"), 1, "river_posts"),
        (("--role", "unit", "--division", DIVISION, "--post", "water"), 1, "river_posts"),
        (("--role", "reporter", "--subject", "13800000000"), 1, "sub"),
        (("--role", "reporter", "--subject", "举报人甲乙丙"), 1, "sub"),
        (("--role", "reporter", "--subject", ""), 1, "sub"),
        (("--role", "reporter", "--days", 31), 2, "--days"),
        (("--role", "reporter", "--days", 0), 2, "--days"),
    ],
    ids=lambda words: " ".join(map(str, words)) if isinstance(words, tuple) else "",
)
def test_what_makes_no_sense_is_not_minted(
    keys: Path, words: tuple[object, ...], status: int, told: str
) -> None:
    ran = minted(keys, *words)

    assert (ran.status, ran.out) == (status, "")
    assert told in ran.err


def test_a_provider_mints_its_own_tokens(keys: Path) -> None:
    ran = ops_token("--role", "reporter", token_key=keys / PRIVATE, token_issuer="https://provider.example")

    assert (ran.status, ran.out) == (2, "")
    assert "RIVER_TOKEN_ISSUER=https://provider.example" in ran.err


def test_without_a_key_it_is_said_where_one_comes_from() -> None:
    ran = ops_token("--role", "reporter")

    assert (ran.status, ran.out) == (2, "")
    assert "RIVER_TOKEN_KEY" in ran.err
    assert "make up" in ran.err


UNFIT = {
    "nothing": None,
    "no JSON": "{",
    "a list": "[]",
    "the public half": PUBLIC,
    "a secret": '{"kty": "oct", "k": "c2VjcmV0", "kid": "k-1"}',
}


@pytest.mark.parametrize("content", UNFIT.values(), ids=UNFIT)
def test_a_file_that_holds_no_private_key_is_named(keys: Path, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "key.jwk"
    if content == PUBLIC:
        content = json.dumps(json.loads((keys / PUBLIC).read_text())["keys"][0])
    if content is not None:
        file.write_text(content)

    ran = ops_token("--role", "reporter", token_key=file)

    assert (ran.status, ran.out) == (2, "")
    assert str(file) in ran.err.replace("\n", "")
    assert "c2VjcmV0" not in ran.err


def test_keys_are_made_once_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "keys"

    first = ops_token("keys", folder)
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    second = ops_token("keys", folder)

    assert (first.status, second.status) == (0, 2)
    assert dict(line.split("=", 1) for line in first.out.splitlines()) == {
        "RIVER_JWKS": str(folder / PUBLIC),
        "RIVER_TOKEN_KEY": str(folder / PRIVATE),
    }
    assert set(made) == {PRIVATE, PUBLIC}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == made
    assert "未作改动" in second.err


@pytest.mark.parametrize("there", [PRIVATE, PUBLIC])
def test_half_a_pair_is_not_overwritten_either(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")

    assert ops_token("keys", tmp_path).status == 2

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ran = ops_token("keys", tmp_path / "file" / "keys")

    assert (ran.status, ran.out) == (2, "")
    assert "无法写入" in ran.err


def test_the_private_half_is_for_its_owner_only_and_the_other_holds_none_of_it(keys: Path) -> None:
    secret = json.loads((keys / PRIVATE).read_text())
    public = (keys / PUBLIC).read_text()

    assert (keys / PRIVATE).stat().st_mode & 0o777 == 0o600
    assert secret["d"] not in public
    assert "d" not in json.loads(public)["keys"][0]


def test_a_machine_keeps_its_keys_from_one_start_to_the_next(tmp_path: Path) -> None:
    first = keep_keys(tmp_path / "keys")
    made = Path(first["RIVER_TOKEN_KEY"]).read_bytes()

    assert keep_keys(tmp_path / "keys") == first
    assert Path(first["RIVER_TOKEN_KEY"]).read_bytes() == made


async def test_a_start_cut_short_between_the_two_files_is_healed(tmp_path: Path) -> None:
    keep_keys(tmp_path)
    (tmp_path / PUBLIC).unlink()

    keep_keys(tmp_path)

    ran = minted(tmp_path, "--role", "reporter")
    assert (await read(tmp_path, ran.out.strip())).roles == {Role.REPORTER}


def test_a_spoiled_key_is_said_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / PRIVATE).write_text("{")

    with pytest.raises(UnfitKey, match=PRIVATE):
        keep_keys(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [PRIVATE]


def test_a_key_of_another_curve_signs_nothing(tmp_path: Path) -> None:
    jwk = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()), as_dict=True)
    (tmp_path / PRIVATE).write_text(json.dumps({**jwk, "kid": "k-1"}))

    with pytest.raises(UnfitKey):
        read_signing_key(tmp_path / PRIVATE)


async def test_a_shell_takes_the_token_and_nothing_else(keys: Path) -> None:
    ops = ops_on("postgresql://nobody@127.0.0.1:1/river", token_key=str(keys / PRIVATE))

    ran = await ops("token", "--role", "reporter", columns=40)

    assert (ran.status, "reporter-1" in ran.err) == (0, True)
    assert (await read(keys, ran.out.removesuffix("\n"))).subject == "reporter-1"
