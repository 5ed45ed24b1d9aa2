"""Settings: read once from the environment (`YOUJU_*`), checked at start, handed on."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from limits import parse as parse_rate
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_PASSWORD = re.compile(r"://[^@/]*@")
"""Who signs in, in a URL."""
_HOST = re.compile(r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)?")


class EngineMode(StrEnum):
    """Where Postfix and Dovecot run."""

    PRIVATE = "private"
    SYSTEM = "system"
    NONE = "none"


class SettingsError(Exception):
    """A setting that cannot be used; the text names the variable."""


def _setting(default: Any, meaning: str) -> Any:
    """Declare a setting with its meaning, which `youju config` prints."""
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting. The variable of `port` is YOUJU_PORT, and so on."""

    instance: Path = _setting(Path("instance"), "folder of the database, keys and private servers")
    database_url: str = _setting("", "SQLAlchemy URL; empty: SQLite in the instance folder")
    secret_key: str = _setting("", "signs sessions; empty: kept in the instance folder")
    port: int = _setting(8000, "port of the panel; the private servers' ports derive from it")
    listen: str = _setting("127.0.0.1", "address that the panel listens on")
    base_url: str = _setting("", "the panel's own URL in mails; empty: http://localhost:PORT")
    https: bool = _setting(False, "the panel is reached by HTTPS: secure cookies")
    proxies: int = _setting(0, "number of trusted proxies in front (X-Forwarded-For)")
    dns_servers: tuple[str, ...] = _setting(
        (), "IP:PORT,… asked by DNS checks; empty: the system's"
    )
    dns_timeout: float = _setting(5.0, "seconds for all DNS questions of a page together")
    dns_port: int = _setting(53, "port at which a domain's own name servers are asked")
    dns_private: bool = _setting(
        False, "ask name servers at private addresses too (a demo, a closed network)"
    )
    engine: EngineMode = _setting(EngineMode.SYSTEM, "private, system or none")
    outside_mail: bool = _setting(False, "may the private engine send to other hosts")
    mail_host: str = _setting("127.0.0.1", "host of the port that takes the panel's own mail")
    mail_port: int = _setting(25, "port that takes the panel's own mail, without log-in")
    mail_sender: str = _setting("postmaster@localhost", "sender address of the panel's own mail")
    mail_hostname: str = _setting("", "host name of the mail servers (system engine)")
    srs_domain: str = _setting(
        "", "host name that others' mail is forwarded under (SRS); empty: the mail servers' name"
    )
    tls_cert: str = _setting("", "certificate file of the mail servers (system engine)")
    tls_key: str = _setting("", "key file of the mail servers (system engine)")
    session_idle_minutes: int = _setting(60, "signed out after this many minutes without a click")
    session_absolute_hours: int = _setting(12, "signed out after this many hours in any case")
    login_rate: str = _setting("10 per minute", "failed sign-ins per address and per account")
    rate_storage: str = _setting("memory://", "where rates are counted; a shared store when many")
    bin_days: int = _setting(30, "days that deleted users stay in the recycle bin")
    most_forwards: int = _setting(20, "most addresses that one address may forward to")
    most_aliases: int = _setting(20, "most domain aliases that one domain may have")
    provider_name: str = _setting("Youju", "the mail host's name on pages and sheets")
    help_contact: str = _setting("", "help line shown in the footer and on sheets")
    time_zone: str = _setting(
        "Asia/Shanghai", "time zone of orders' days, of pages of no customer, and of new customers"
    )
    default_locale: str = _setting("zh", "language of a reader who has chosen none")

    def now(self) -> datetime:
        """The time in the installation's zone: its date is the day that orders begin and end by."""
        return datetime.now(ZoneInfo(self.time_zone))

    @property
    def url(self) -> str:
        """The panel's own URL without a final slash."""
        return (self.base_url or f"http://localhost:{self.port}").rstrip("/")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (default: the process's), with the instance folder's keys filled in.

    Creates the instance folder and its secret key when they are missing.
    Raises SettingsError for a value that cannot be used.
    """
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for item in fields(Settings):
        text = source.get(f"YOUJU_{item.name.upper()}")
        if text is not None:
            values[item.name] = _parse(item.name, text, item.default)
    instance = Path(values.get("instance", Path("instance"))).absolute()
    instance.mkdir(parents=True, exist_ok=True)
    values["instance"] = instance
    values["database_url"] = _database_url(values.get("database_url", ""), instance)
    _check(values)
    values["secret_key"] = values.get("secret_key") or _kept_secret(instance / "secret.key")
    return Settings(**values)


def describe_settings(settings: Settings) -> list[tuple[str, Any, Any, str]]:
    """(variable, value, default, meaning) of every setting, for `youju config`."""
    rows = []
    for item in fields(settings):
        value = getattr(settings, item.name)
        shown = "…" if item.name == "secret_key" else value
        if isinstance(shown, str):
            shown = _PASSWORD.sub("://…@", shown)
        default = None if item.default is MISSING else item.default
        rows.append((f"YOUJU_{item.name.upper()}", shown, default, item.metadata["meaning"]))
    return rows


def _parse(name: str, text: str, default: Any) -> Any:
    """The value that `text` stands for, of the type of `default`."""
    try:
        match default:
            case bool():
                return {"1": True, "true": True, "0": False, "false": False}[text.lower()]
            case EngineMode():
                return EngineMode(text)
            case int() | float():
                return type(default)(text)
            case tuple():
                return tuple(part.strip() for part in text.split(",") if part.strip())
            case Path():
                return Path(text)
            case _:
                return text
    except (KeyError, ValueError) as error:
        raise SettingsError(f"YOUJU_{name.upper()}: cannot use {text!r}") from error


def _check(values: Mapping[str, Any]) -> None:
    """Refuse what would only fail when it is used."""
    checks: dict[str, Callable[[str], Any]] = {
        "login_rate": parse_rate,
        "time_zone": ZoneInfo,
        "default_locale": ("zh", "en").index,
        "mail_hostname": _check_host,
        "srs_domain": _check_host,
    }
    for name, check in checks.items():
        try:
            check(values.get(name, getattr(Settings, name)))
        except (ValueError, ZoneInfoNotFoundError, OSError) as error:
            raise SettingsError(f"YOUJU_{name.upper()}: cannot use {values[name]!r}") from error


def _check_host(name: str) -> None:
    """Refuse what is no host name (RFC 1123 section 2.1); none is fine."""
    if not _HOST.fullmatch(name):
        raise ValueError(name)


def _database_url(url: str, instance: Path) -> str:
    """The database URL; the embedded database lies in a folder of its own, for its permissions."""
    if not url:
        folder = instance / "db"
        folder.mkdir(exist_ok=True)
        return f"sqlite:///{folder / 'youju.sqlite3'}"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError("YOUJU_DATABASE_URL: not a database URL") from error
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made on the first start and readable by its owner only."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as made:  # its owner's only
            made.write(secrets.token_urlsafe(48))
            made.flush()
            with suppress(FileExistsError):  # another process was faster: its secret counts
                os.link(made.name, path)
    return path.read_text().strip()
