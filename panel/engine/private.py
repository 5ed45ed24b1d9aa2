"""The private engine of an instance folder: its directories, certificate and processes.

The permissions are what lets Postfix read SQLite in WAL mode: the database's folder belongs to
Postfix's group with setgid, and the file is writable by the group, so that -wal and -shm are too.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from panel.engine import srs
from panel.engine.layout import Layout
from panel.engine.rendering import render
from panel.engine.usage import FOLDER as USAGE

PROGRAMS = ("postfix", "dovecot", "doveadm", "postsrsd")
SERVERS = ("postfix", "dovecot", "srs")
"""What `commands` knows: each runs in the foreground under a supervisor of its own."""
SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"
CERTIFICATE_LIFE = timedelta(days=3650)


def missing() -> str:
    """What keeps the private engine from running here, in a word or two; empty when nothing."""
    lacking = [name for name in PROGRAMS if shutil.which(name, path=SBIN) is None]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    return "" if os.geteuid() == 0 else "not root"


def prepare(layout: Layout, hosts: tuple[str, ...] = ("localhost",)) -> None:
    """Make the folders, the certificate and the configuration; needs root. Safe to repeat."""
    postfix = pwd.getpwnam("postfix")
    for folder in (layout.postfix, layout.postfix_spool, layout.dovecot, layout.dovecot_run):
        folder.mkdir(parents=True, exist_ok=True)
    layout.postfix_data.mkdir(parents=True, exist_ok=True)
    os.chown(layout.postfix_data, postfix.pw_uid, -1)
    for folder in (log.parent for log in (layout.postfix_log, layout.dovecot_log) if log):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (layout.mail, layout.mail / USAGE):
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, layout.mail_uid, layout.mail_uid)
    if layout.dialect == "sqlite":
        open_database(Path(str(layout.database.database)))
    if not layout.certificate.exists():
        make_certificate(layout.certificate, layout.key, (layout.hostname, *hosts))
    srs.make_secret(layout.srs_secret)
    render(layout, layout.postfix, layout.dovecot)


def open_database(path: Path) -> None:
    """Let Postfix's group read and write the SQLite database and what lies beside it."""
    group = grp.getgrnam("postfix").gr_gid
    path.parent.mkdir(parents=True, exist_ok=True)
    os.chown(path.parent, -1, group)
    path.parent.chmod(0o2775)
    path.touch()
    for file in path.parent.glob(f"{path.name}*"):
        os.chown(file, -1, group)
        file.chmod(0o664)


def make_certificate(certificate: Path, key: Path, hosts: tuple[str, ...]) -> None:
    """A self-signed certificate for loopback and the given host names (RFC 5280)."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hosts[0])])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    names.append(x509.IPAddress(ip_address("127.0.0.1")))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + CERTIFICATE_LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    key.touch(mode=0o600)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def commands(layout: Layout, name: str) -> tuple[list[str], list[str]]:
    """(command that runs the server in the foreground, command that stops it properly)."""
    if name == "srs":
        return srs.private_commands(layout)
    if name == "postfix":
        base = ["/usr/sbin/postfix", "-c", str(layout.postfix)]
        return [*base, "start-fg"], [*base, "stop"]
    conf = str(layout.dovecot / "dovecot.conf")
    return ["/usr/sbin/dovecot", "-F", "-c", conf], ["/usr/bin/doveadm", "-c", conf, "stop"]


def reload_dovecot(layout: Layout) -> None:
    """Let a running Dovecot see a changed schema; without it the next log-ins fail."""
    if not (layout.dovecot_run / "master.pid").exists() or missing():
        return
    conf = str(layout.dovecot / "dovecot.conf")
    subprocess.run(["/usr/bin/doveadm", "-c", conf, "reload"], check=False, capture_output=True)
