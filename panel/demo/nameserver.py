"""The private DNS server of the demo and of the tests: Knot, with real zones and dynamic update.

The customers' zones lie here as they would at their DNS hosts; `publish` is what such a customer
types there (RFC 2136, signed with the instance's own key).
"""

from __future__ import annotations

import base64
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import dns.exception
import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update

from panel.dns.records import ExpectedRecord, RecordType, plain

KEY_NAME = "youju-demo"
PROVIDER_ZONE = "mailhost.example"
PARENT_ZONE = "example"

CONFIGURATION = """\
server:
    listen: {address}@{port}
    rundir: "{folder}/run"
    automatic-acl: on
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "{folder}/run/knot.sock"
database:
    storage: "{folder}/db"
log:
  - target: stderr
    any: error
key:
  - id: {key_name}
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: update
    address: 127.0.0.1
    key: {key_name}
    action: update
template:
  - id: default
    storage: "{folder}/zones"
    file: "%s.zone"
    acl: update
    zonefile-load: whole
    zonefile-sync: 0
    journal-content: none
zone:
{zones}
"""

START_OF_ZONE = """\
$ORIGIN {zone}.
$TTL 600
@ SOA ns1.{zone}. hostmaster.{zone}. 1 3600 600 86400 60
@ NS ns1.{zone}.
ns1 A {address}
"""

US2 = "us2.{}.mailhost.example."


def right_records(label_hosts: Sequence[str] = ("webmail", "imap", "pop", "smtp")) -> str:
    """The records that a domain on the demo's cluster should have."""
    mx = "".join(f"@ MX 100 {US2.format(f'mx{n}')}\n" for n in (1, 2, 3))
    return mx + "".join(f"{label} CNAME {US2.format(label)}\n" for label in label_hosts)


def demo_zones() -> dict[str, str]:
    """Zone name (A-labels) → its records: one right, one without any, one wrong in several ways.

    The parent delegates them all, and `weilai.example` too, which its server does not know.
    """
    hosts = ("mx1", "mx2", "mx3", "webmail", "imap", "pop", "smtp")
    provider = "".join(f"us2.{host} A 127.0.0.1\n" for host in hosts)
    provider += 'mx A 127.0.0.1\nmx TXT "v=spf1 a -all"\n'  # what forwarded mail is sent under
    wrong = (
        "@ MX 5 mx.old-host.example.\n"
        f"@ MX 100 {US2.format('mx1')}\n"
        "@ MX 100 us2.mx2.mailhost.example\n"  # the forgotten final dot: the zone is appended
        "imap CNAME imap.old-host.example.\n"
        "smtp CNAME us2.smtp.mailhost.example\n"
        f"webmail CNAME {US2.format('webmail')}\n"
    )
    right = right_records()
    zones = {
        PROVIDER_ZONE: provider,
        "bulk.example": right_records([]).replace("@", "*"),  # what `demo bulk` adds
        "old-host.example": "mx A 127.0.0.2\nimap A 127.0.0.2\n",
        "mingyuan.example": right,
        "lvye.example": right,
        "xinghai.example": right,
        "qingshan.example": right,
        "xn--fsqu00a.example": right,
        "mingyuan-group.example": right_records([]),  # an alias domain
        "mingyuan-trade.example": "@ A 127.0.0.1\n",  # one that waits
        "chunfeng.example": "@ A 127.0.0.1\n",
        "hengtong.example": wrong,
    }
    return {PARENT_ZONE: delegations([*zones, "weilai.example"])} | zones


def delegations(zones: Iterable[str]) -> str:
    """What the parent says of the zones below it: the one name server of each, with its address."""
    return "".join(f"{zone}. NS ns1.{zone}.\nns1.{zone}. A 127.0.0.1\n" for zone in zones)


def installed() -> bool:
    """Whether Knot is on this machine."""
    return shutil.which("knotd", path="/usr/sbin:/usr/bin") is not None


def prepare(folder: Path, port: int, zones: Mapping[str, str], address: str = "127.0.0.1") -> None:
    """Write the configuration; zones that are there already keep what was published."""
    for name in ("run", "db", "zones"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for zone, records in zones.items():
        path = folder / "zones" / f"{zone}.zone"
        if not path.exists():
            path.write_text(START_OF_ZONE.format(zone=zone, address=address) + records)
    known = sorted(path.stem for path in (folder / "zones").glob("*.zone"))
    text = CONFIGURATION.format(
        folder=folder,
        address=address,
        port=port,
        key_name=KEY_NAME,
        secret=_secret(folder),
        zones="".join(f"  - domain: {zone}\n" for zone in known),
    )
    path = folder / "knot.conf"
    path.touch(mode=0o600)
    path.write_text(text)
    (folder / "port").write_text(str(port))


def knot_command(folder: Path) -> list[str]:
    """Knot in the foreground."""
    return ["/usr/sbin/knotd", "-c", str(folder / "knot.conf")]


def publish(
    folder: Path, zone: str, records: Iterable[ExpectedRecord], address: str = "127.0.0.1"
) -> None:
    """Replace what stands at the records' names by the records; raises OSError when refused."""
    update = dns.update.UpdateMessage(
        f"{zone}.", keyring=dns.tsigkeyring.from_text({KEY_NAME: _secret(folder)})
    )
    records = list(records)
    for record in records:
        if record.type is RecordType.CNAME:  # nothing may stand beside it (RFC 1034 section 3.6.2)
            update.delete(f"{record.name}.")
        else:
            update.delete(f"{record.name}.", record.type.value)
    for record in records:
        update.add(f"{record.name}.", record.ttl, record.type.value, _value(record))
    try:
        answer = dns.query.tcp(update, address, timeout=5, port=_port(folder))
    except dns.exception.DNSException as error:  # an answer without a signature
        raise OSError(f"the DNS server has no zone {zone}") from error
    if answer.rcode() != dns.rcode.NOERROR:
        raise OSError(f"the DNS server refused: {dns.rcode.to_text(answer.rcode())}")


def _value(record: ExpectedRecord) -> str:
    match record.type:
        case RecordType.MX:
            return f"{record.priority} {plain(record.value)}."
        case RecordType.CNAME:
            return f"{plain(record.value)}."
        case RecordType.TXT:
            return f'"{record.value}"'


def _port(folder: Path) -> int:
    return int((folder / "port").read_text())


def _secret(folder: Path) -> str:
    """The instance's own update key, made on the first start."""
    path = folder / "update.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text()
