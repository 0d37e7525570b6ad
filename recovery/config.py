"""The configuration: one TOML file, every key with a default, secrets only by reference.

Knows: the keys, their defaults and checks, the two environment variables that override. Must not
know: what an endpoint answers.
"""

from __future__ import annotations

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    ValidationError,
)

from recovery.errors import BadInput, ManyProblems, Problem
from recovery.model import NetworkCode
from recovery.networks import Network, load_registry
from recovery.tomltext import parse_toml


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _reveal(headers: dict[str, str], *, where: str) -> dict[str, str]:
    """Secrets stand in the configuration by reference only."""
    revealed = {}
    for name, value in headers.items():
        if not value.startswith("env:"):
            revealed[name] = value
            continue
        variable = value.removeprefix("env:")
        if variable not in os.environ:
            raise BadInput(
                "missing-secret",
                f"the environment has no {variable}",
                hint=f"set {variable}, or remove the header",
                where=f"{where}.{name}",
            )
        revealed[name] = os.environ[variable]
    return revealed


def _with_host(url: str) -> str:
    try:
        host, _ = urlsplit(url).hostname, urlsplit(url).port
    except ValueError as wrong:
        raise ValueError(f"{wrong}: write http://HOST:PORT/PATH") from None
    if not host:
        raise ValueError("it names no host: write http://HOST:PORT/PATH")
    return url


Url = Annotated[str, Field(pattern=r"^https?://"), AfterValidator(_with_host)]


class EndpointConfig(_Section):
    """One endpoint. ``api`` None means the family's default; ``history`` is what it can't tell.

    ``operator`` says who runs it, where the host's name does not: endpoints of one operator are one
    source, however many there are.
    """

    url: Url
    api: str | None = None
    history: Literal["full", "recent"] | None = None
    operator: str | None = Field(default=None, min_length=1, max_length=100)


def _endpoint(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


Endpoint = Annotated[EndpointConfig, BeforeValidator(_endpoint)]


class NetworkConfig(_Section):
    """What the desk knows of one network's nodes."""

    endpoints: tuple[Endpoint, ...] = ()
    testnet_endpoints: tuple[Endpoint, ...] = ()
    timeout_seconds: float = Field(default=10, gt=0, le=300)
    requests_per_second: float | None = Field(default=None, gt=0)
    headers: dict[str, str] = Field(default_factory=dict)
    profile: str | None = None
    scan_traces: Literal["auto", "off"] = "auto"
    max_cursor_age_hours: float | None = Field(default=None, gt=0)

    def secret_headers(self, code: str) -> dict[str, str]:
        """The headers with ``env:NAME`` replaced; raises `BadInput` naming a missing variable."""
        return _reveal(self.headers, where=f"networks.{code}.headers")


class PriceConfig(_Section):
    """Where prices come from beside the imported book."""

    endpoint: Url | None = None
    timeout_seconds: float = Field(default=10, gt=0, le=300)
    headers: dict[str, str] = Field(default_factory=dict)

    def secret_headers(self) -> dict[str, str]:
        """The headers with ``env:NAME`` replaced; raises `BadInput` naming a missing variable."""
        return _reveal(self.headers, where="prices.headers")


class DeskConfig(_Section):
    """How strict this desk is beyond the contract, and how long a holder has to answer."""

    confirmer_may_sign: bool = True
    acceptor_may_sign: bool = True
    consent_days: int = Field(default=14, ge=1, le=365)


class RescanConfig(_Section):
    """The night: how many chunks of cases are under way at once, and how old what a network was scanned up to
    may be before the run says so by its exit code (a network's own ``max_cursor_age_hours`` goes before)."""

    workers: int = Field(default=8, ge=1, le=256)
    max_cursor_age_hours: float = Field(default=26, gt=0)


class NoticesConfig(_Section):
    """Where customers' news goes: the exchange's own system by webhook, customers by mail, or neither."""

    webhook_url: str | None = Field(default=None, pattern=r"^https?://")
    webhook_secret: str | None = Field(default=None, pattern=r"^env:[A-Za-z_][A-Za-z0-9_]*$")
    allow_private: bool = False
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_from: str | None = None
    smtp_starttls: bool = True
    smtp_user: str | None = None
    smtp_password: str | None = Field(default=None, pattern=r"^env:[A-Za-z_][A-Za-z0-9_]*$")
    public_url: str | None = Field(default=None, pattern=r"^https?://")
    language: str = "en"
    give_up_after_days: float = Field(default=5, gt=0, le=60)

    @property
    def give_up_after(self) -> timedelta:
        return timedelta(days=self.give_up_after_days)

    def find_webhook_secret(self) -> str | None:
        """What webhooks are signed with; raises `BadInput` naming a missing variable."""
        return _find("notices.webhook_secret", self.webhook_secret)

    def find_smtp_password(self) -> str | None:
        return _find("notices.smtp_password", self.smtp_password)


def _find(where: str, reference: str | None) -> str | None:
    if reference is None:
        return None
    section, _, name = where.rpartition(".")
    return _reveal({name: reference}, where=section)[name]


class ApiConfig(_Section):
    """The service: who may reach what, and how much of it.

    ``trusted_proxies`` are the networks whose ``X-Forwarded-For`` is believed; ``metrics_from`` those that
    may read ``/metrics``. Requests are counted by each process for itself, claims in the database for all.
    """

    https: bool = False
    anonymous_claims: bool = True
    secret: str = Field(default="env:RECOVERY_SECRET", pattern=r"^env:[A-Za-z_][A-Za-z0-9_]*$")
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    metrics_from: tuple[IPvAnyNetwork, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    answer_seconds: float = Field(default=2.5, gt=0, le=30)
    requests_per_minute: int = Field(default=600, ge=1)
    requests_per_minute_of_token: int = Field(default=300, ge=1)
    requests_per_minute_of_key: int = Field(default=6000, ge=1)
    requests_per_minute_of_all: int = Field(default=60_000, ge=1)
    refused_per_minute: int = Field(default=60, ge=1)
    claims_per_hour_of_address: int = Field(default=20, ge=1)
    claims_per_day_of_address: int = Field(default=100, ge=1)

    def find_secret(self) -> bytes | None:
        """The key that check words are made with; None where the environment has none."""
        found = os.environ.get(self.secret.removeprefix("env:"))
        return found.encode() if found else None


class Config(_Section):
    """The whole configuration file."""

    database_url: str = "sqlite:///recovery.db"
    fee_policy: str | None = None
    watch_folder: str | None = None
    abuse_policy: str | None = None
    proof_policy: str | None = None
    proof_site: str | None = Field(default=None, pattern=r"^[!-~]{1,128}$")
    prices: PriceConfig = PriceConfig()
    desk: DeskConfig = DeskConfig()
    api: ApiConfig = ApiConfig()
    notices: NoticesConfig = NoticesConfig()
    rescan: RescanConfig = RescanConfig()
    networks: dict[str, NetworkConfig] = Field(default_factory=dict)

    def of(self, network: Network) -> NetworkConfig:
        return self.networks.get(network.code) or NetworkConfig()

    def network(self, code: str) -> Network:
        """The registry's row, with the configured development profile applied."""
        row = load_registry()[code]
        profile = self.of(row).profile
        return row.with_profile(profile) if profile else row

    def configured(self) -> tuple[Network, ...]:
        """Networks with at least one endpoint, in the registry's order."""
        return tuple(self.network(n.code) for n in load_registry().networks if self.of(n).endpoints)

    def development(self) -> tuple[Network, ...]:
        """The rows with a development profile in force."""
        return tuple(self.network(code) for code in self.profiles())

    def profiles(self) -> dict[NetworkCode, str]:
        """Development profiles in force: every command says so in its output."""
        return {NetworkCode(c): n.profile for c, n in self.networks.items() if n.profile}


def parse_config(text: str, *, where: str) -> Config:
    """Parse a configuration file; raises `BadInput` that names every wrong key."""
    document = parse_toml(text, where=where)
    if isinstance(document.get("networks"), dict):
        document["networks"] = _name_networks(document["networks"])
    try:
        config = Config.model_validate(document)
    except ValidationError as wrong:
        problems = tuple(
            Problem(".".join(str(p) for p in e["loc"]), _explain(e)) for e in wrong.errors()
        )
        raise ManyProblems(
            "bad-config", f"{where} has errors", problems, hint="docs/operator.md lists every key"
        ) from None
    for code, section in config.networks.items():
        _check_apis(config.network(code), section)
    return config


def _name_networks(sections: dict[str, Any]) -> dict[str, Any]:
    """Sections by code; a network may be called by any of its names, but only once."""
    named: dict[str, Any] = {}
    for name, section in sections.items():
        try:
            code = load_registry().find(name).code
        except BadInput as unknown:
            where = f"networks.{name}"
            raise BadInput(
                unknown.reference, unknown.text, hint=unknown.hint, where=where
            ) from None
        if code in named:
            raise BadInput(
                "network-twice",
                f"{code} has two sections, one of them as {name!r}",
                hint="put all its keys into one",
                where=f"networks.{name}",
            )
        named[code] = section
    return named


def _explain(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such key"
    return f"{error['msg']} (got {error['input']!r})"


def _check_apis(row: Network, section: NetworkConfig) -> None:
    from recovery.chains import FAMILY_APIS

    known = FAMILY_APIS[row.family]
    for endpoint in (*section.endpoints, *section.testnet_endpoints):
        if endpoint.api is not None and endpoint.api not in known:
            raise BadInput(
                "unknown-api",
                f"{row.code} has no API {endpoint.api!r}",
                hint=f"APIs of {row.code}: {', '.join(known)}",
                where=f"networks.{row.code}.endpoints",
            )


def load_config(path: str | None = None) -> Config:
    """The configuration from ``path``, ``RECOVERY_CONFIG``, or the defaults; the environment wins."""
    chosen = path or os.environ.get("RECOVERY_CONFIG")
    config = Config()
    if chosen:
        try:
            text = Path(chosen).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            raise BadInput(
                "unreadable-config", f"can't read {chosen}: {wrong}", where=chosen
            ) from None
        config = parse_config(text, where=chosen)
    url = os.environ.get("RECOVERY_DATABASE_URL")
    return config.model_copy(update={"database_url": url}) if url else config
