"""Where the mail servers of an installation keep their things, and on which ports they listen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from panel.config import EngineMode, Settings


@dataclass(frozen=True)
class Ports:
    """TCP ports of the servers; `inject` and `srs` take mail on loopback.

    `inject` is for the panel's own mail, `srs` for what leaves under another sender; postsrsd
    tells that sender at `srs_forward` and takes it back at `srs_reverse`.
    """

    smtp: int
    dns: int
    pop3: int
    imap: int
    submissions: int
    inject: int
    submission: int
    imaps: int
    pop3s: int
    srs: int
    srs_forward: int
    srs_reverse: int

    @classmethod
    def from_base(cls, port: int) -> Ports:
        """The ports of a private instance, derived from the panel's own."""
        return cls(
            smtp=port + 25,
            dns=port + 53,
            pop3=port + 110,
            imap=port + 143,
            submissions=port + 465,
            inject=port + 526,
            submission=port + 587,
            imaps=port + 993,
            pop3s=port + 1095,
            srs=port + 527,
            srs_forward=port + 1001,
            srs_reverse=port + 1002,
        )


PRIVATE_NAME = "mx.mailhost.example"
"""The name of the private servers; the demo's zone has its address and its SPF."""

STANDARD_PORTS = Ports(25, 53, 110, 143, 465, 10025, 587, 993, 995, 10026, 10001, 10002)


@dataclass(frozen=True)
class Layout:
    """Everything that the configuration templates need."""

    postfix: Path
    postfix_spool: Path
    postfix_data: Path
    postfix_log: Path | None
    dovecot: Path
    dovecot_run: Path
    dovecot_log: Path | None
    mail: Path
    certificate: Path
    key: Path
    database: URL
    ports: Ports
    listen: str
    hostname: str
    outside_mail: bool
    srs_secret: Path
    srs_domain: str
    panel_domain: str
    mail_uid: int = 5000

    @property
    def dialect(self) -> str:
        """`sqlite` or `pgsql`, as Postfix and Dovecot name them."""
        return "sqlite" if self.database.get_backend_name() == "sqlite" else "pgsql"

    @property
    def map_prefix(self) -> str:
        """What stands before a map's file name; on PostgreSQL connections are shared."""
        return "sqlite:" if self.dialect == "sqlite" else "proxy:pgsql:"

    @property
    def own_names(self) -> tuple[str, ...]:
        """Domains of senders, besides the customers', that stay as they are when mail leaves."""
        return tuple(sorted({self.hostname, self.srs_domain, self.panel_domain}))


def private(
    instance: Path,
    port: int,
    database_url: str,
    *,
    outside_mail: bool,
    srs_domain: str = "",
    panel_domain: str = "",
) -> Layout:
    """The private engine of one instance folder, on loopback."""
    engine = instance / "engine"
    return Layout(
        postfix=engine / "postfix",
        postfix_spool=engine / "spool",
        postfix_data=engine / "data",
        postfix_log=engine / "log" / "postfix.log",
        dovecot=engine / "dovecot",
        dovecot_run=engine / "run",
        dovecot_log=engine / "log" / "dovecot.log",
        mail=instance / "mail",
        certificate=engine / "tls.crt",
        key=engine / "tls.key",
        database=make_url(database_url),
        ports=Ports.from_base(port),
        listen="127.0.0.1",
        hostname=PRIVATE_NAME,
        outside_mail=outside_mail,
        srs_secret=engine / "srs.secret",
        srs_domain=srs_domain or PRIVATE_NAME,
        panel_domain=panel_domain or PRIVATE_NAME,
    )


def system(settings: Settings) -> Layout:
    """The usual places of Debian, for an installation that serves the world."""
    hostname = settings.mail_hostname or "localhost"
    return Layout(
        postfix=Path("/etc/postfix"),
        postfix_spool=Path("/var/spool/postfix"),
        postfix_data=Path("/var/lib/postfix"),
        postfix_log=None,
        dovecot=Path("/etc/dovecot"),
        dovecot_run=Path("/run/dovecot"),
        dovecot_log=None,
        mail=Path("/var/mail/youju"),
        certificate=Path(settings.tls_cert or "/etc/ssl/certs/ssl-cert-snakeoil.pem"),
        key=Path(settings.tls_key or "/etc/ssl/private/ssl-cert-snakeoil.key"),
        database=make_url(settings.database_url),
        ports=STANDARD_PORTS,
        listen="all",
        hostname=hostname,
        outside_mail=True,
        srs_secret=Path("/etc/postsrsd.secret"),
        srs_domain=settings.srs_domain or hostname,
        panel_domain=_domain_of(settings.mail_sender),
    )


def layout_of(settings: Settings) -> Layout:
    """The layout that the settings ask for."""
    if settings.engine is EngineMode.SYSTEM:
        return system(settings)
    return private(
        settings.instance,
        settings.port,
        settings.database_url,
        outside_mail=settings.outside_mail,
        srs_domain=settings.srs_domain,
        panel_domain=_domain_of(settings.mail_sender),
    )


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2]
