"""The environment, read once and only at the entry points; every variable is named RIVER_<FIELD>."""

import os
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

_PREFIX = "RIVER_"
_FILE = ".env"


def _from_seconds(value: Any) -> Any:
    try:
        return timedelta(seconds=float(value))
    except (TypeError, ValueError):
        return value  # an ISO duration, or something that pydantic refuses by name


Span = Annotated[timedelta, BeforeValidator(_from_seconds), Field(gt=timedelta(0))]
"""Written in seconds (`5`, `0.5`) or as an ISO duration (`PT5S`)."""

LogFormat = Literal["auto", "json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]


class Settings(BaseSettings):
    """What one process is told from outside; a wrong value is answered with its field's docstring."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,  # compose passes an unset variable on as an empty one
        extra="ignore",  # .env also holds the passwords of Postgres and Temporal
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_default=True,
    )

    database_url: str = Field(pattern=r"^postgres(ql)?://", repr=False)
    """Where the journal is kept: postgresql://user:password@host:5432/river;
    on one machine: copy the export line that `make up` prints."""
    postgres_connections: int = Field(default=8, ge=1, le=100)
    """How many connections to Postgres this process may hold: 1 to 100."""

    temporal_address: str = Field(default="127.0.0.1:7233", pattern=r"^[^/\s]+:\d+$")
    """Where the Temporal server listens: host:port, without a scheme."""
    temporal_namespace: str = Field(default="river", min_length=1)
    """The Temporal namespace in which the issues live."""
    temporal_tls_cert: Path | None = None
    """The client's certificate for mutual TLS (PEM file); needs RIVER_TEMPORAL_TLS_KEY."""
    temporal_tls_key: Path | None = None
    """The private key of RIVER_TEMPORAL_TLS_CERT (PEM file)."""
    temporal_tls_ca: Path | None = None
    """The authority that signed the server's certificate (PEM file); alone it means TLS without a client."""
    temporal_api_key: SecretStr | None = None
    """The token sent to the Temporal server as a bearer; turns TLS on."""

    task_queue: str = Field(default="issues", min_length=1)
    """The task queue that worker and starter share."""
    rules: Path = Path("rules/ziyang.yaml")
    """The rule book: a YAML file with dated editions."""
    registry: Path = Path("registry/ziyang")
    """The registry of rivers, reaches, divisions and posts: a directory of CSV files."""

    bulletins: Path = Path("rules/bulletins.yaml")
    """When bulletins are due and who approves them: a YAML file."""

    canary: Path = Path("rules/canary.yaml")
    """The rule book of the hourly canary, in seconds: a YAML file."""
    metrics: str | None = Field(default=None, pattern=r"^[^/\s]+:\d{1,5}$")
    """Where this process shows its metrics to Prometheus: host:port; unset: nowhere."""
    otlp: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    """Where traces are sent: an OTLP collector over HTTP, http://host:4318/v1/traces; unset: no traces."""

    sandbox: bool = True
    """false runs workflows without Temporal's sandbox: faster, and safe only while the replay tests pass."""
    deployment: str | None = None
    """The worker deployment's name; unset means that workers are not versioned."""
    build_id: str | None = None
    """This build's id within RIVER_DEPLOYMENT, for example the commit that the image was built from."""
    max_cached_issues: int = Field(default=1000, ge=0)
    """How many issues the worker keeps in memory between two commands."""
    identity: str = Field(default="worker", min_length=1)
    """How this process is called in the Web UI and in histories; never a person's name."""
    shutdown_grace: Span = timedelta(seconds=20)
    """How many seconds a stopping worker lets running activities finish."""

    http_host: str = Field(default="127.0.0.1", min_length=1)
    """The address on which the front door (python -m intake) listens; a proxy with TLS stands before it."""
    http_port: int = Field(default=8010, ge=1, le=65_535)
    """The port of the front door."""
    http_proxies: str = "127.0.0.1"
    """The proxies whose X-Forwarded-For is believed, separated by commas."""
    triage: Path = Path("rules/triage.yaml")
    """How leads are triaged: a YAML file."""
    trigger_rules: Path = Path("rules/triggers.yaml")
    """What adds up to an interview or another measure: a YAML file."""
    keywords: Path = Path("rules/keywords.yaml")
    """The words from which a report's category is suggested: a YAML file."""
    jwks: str | None = None
    """The key set that tokens are checked with: a JWKS file, or an https address;
    unset: nobody but the public is let in."""
    token_issuer: str = Field(default="river-local", min_length=1)
    """Whose tokens are believed (the claim iss)."""
    token_audience: str = Field(default="river", min_length=1)
    """Whom tokens must be meant for (the claim aud)."""
    token_key: Path | None = None
    """The private key (JWK file) with which `python -m ops token` signs; for the standalone service only."""
    seal_keys: SecretStr | None = None
    """The keys that seal reporters, as <key id>:<32 bytes in base64>, separated by commas; the first one
    seals, all of them open; unset: a report that names its reporter is not taken."""
    seal_database_url: str | None = Field(default=None, pattern=r"^postgres(ql)?://", repr=False)
    """Like RIVER_DATABASE_URL, as the database role that alone may read and write sealed reporters."""
    photos: str = Field(default="var/photos", min_length=1)
    """Where photos are kept: a folder, or s3://bucket/prefix (then with the AWS_* variables)."""
    archive: str = Field(default="var/archive", min_length=1)
    """Where the histories of finished issues are kept: a folder, or s3://bucket/prefix (with AWS_*)."""

    notices: Path = Path("rules/notices.yaml")
    """How often and when a telephone may ring: a YAML file."""
    channels: Literal["sandbox", "live"] = "sandbox"
    """live rings people's own telephones; sandbox fills inboxes and the log, and rings nobody's."""
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    """Where people reach the service: each push ends with the link to the inbox there; unset: without one."""
    wecom_url: str | None = Field(
        default="https://qyapi.weixin.qq.com/cgi-bin/webhook/send", pattern=r"^https?://[^\s]+$"
    )
    """Where WeCom's robots are, or those of a private deployment of it."""
    dingtalk_url: str | None = Field(
        default="https://oapi.dingtalk.com/robot/send", pattern=r"^https?://[^\s]+$"
    )
    """Where DingTalk's robots are, or those of a private deployment of it."""
    feishu_url: str | None = Field(
        default="https://open.feishu.cn/open-apis/bot/v2/hook", pattern=r"^https?://[^\s]+$"
    )
    """Where Feishu's robots are, or those of a private deployment of it."""
    sms_url: SecretStr | None = None
    """The SMS gateway's webhook, with user and password if it wants any; unset: nobody is told by SMS."""
    smtp_url: SecretStr | None = None
    """The mail server: smtp://user:password@host:587 or smtps://…:465; unset: nobody is told by e-mail."""
    mail_from: str | None = Field(default=None, pattern=r"^[!-?A-~]+@[A-Za-z0-9.-]+$")
    """The address from which mail is sent; needed with RIVER_SMTP_URL."""

    health_file: Path | None = None
    """The file that a healthy worker touches; its age is the worker's health."""
    health_every: Span = timedelta(seconds=5)
    """How many seconds pass between two touches of RIVER_HEALTH_FILE."""

    log_format: LogFormat = "auto"
    """json, console, or auto: console on a terminal, json elsewhere."""
    log_level: Annotated[LogLevel, BeforeValidator(str.lower)] = "info"
    """debug, info, warning or error."""

    @model_validator(mode="after")
    def _names_its_build(self) -> Self:
        if self.deployment and not self.build_id:
            raise ValueError("RIVER_BUILD_ID is missing: with RIVER_DEPLOYMENT, a worker names its build.")
        return self

    @model_validator(mode="after")
    def _says_who_mails(self) -> Self:
        if self.smtp_url and not self.mail_from:
            raise ValueError("RIVER_MAIL_FROM is missing: with RIVER_SMTP_URL, mail is sent from an address.")
        return self

    @model_validator(mode="after")
    def _pairs_certificate_and_key(self) -> Self:
        if bool(self.temporal_tls_cert) != bool(self.temporal_tls_key):
            raise ValueError("RIVER_TEMPORAL_TLS_CERT and RIVER_TEMPORAL_TLS_KEY are set both or not at all.")
        return self


class BadSettings(SystemExit):
    """Ends the process with a message that names each wrong variable and says what to set it to."""


def variable(field: str) -> str:
    """Return the name of the environment variable that sets a field."""
    return _PREFIX + field.upper()


def read_settings(known: Mapping[str, object] | None = None) -> Settings:
    """Return the settings of this process.

    `known` holds fields that the entry point decides itself (a standalone's own database) and that win over
    the environment. Raises BadSettings, which nobody needs to catch.
    """
    if strays := _stray_variables():
        raise BadSettings("\n".join(strays))
    try:
        return Settings.model_validate(dict(known or {}))
    except ValidationError as refused:
        lines = [_what_to_do(error) for error in refused.errors(include_input=False, include_url=False)]
        raise BadSettings("\n".join(lines)) from None


def _stray_variables() -> list[str]:
    variables = [variable(field) for field in Settings.model_fields]
    found = {name.upper() for name in (*os.environ, *dotenv_values(_FILE))}
    strays = sorted(name for name in found - set(variables) if name.startswith(_PREFIX))
    return [
        f"{stray} is not a setting; the nearest is {get_close_matches(stray, variables, n=1, cutoff=0)[0]}."
        for stray in strays
    ]


def _what_to_do(error: ErrorDetails) -> str:
    if not error["loc"]:
        return error["msg"].removeprefix("Value error, ")
    field = str(error["loc"][0])
    wrong = "is missing" if error["type"] == "missing" else f"is wrong ({error['msg']})"
    meaning = " ".join((Settings.model_fields[field].description or "").split())
    return f"{variable(field)} {wrong}. {meaning}"
