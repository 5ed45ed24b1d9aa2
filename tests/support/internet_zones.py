"""What the name servers of the small internet hold, each zone with its own fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import dns.dnssec
import dns.name
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm

from panel.demo.nameserver import START_OF_ZONE, right_records

PARENT = "test"
ROOT, FIRST, SECOND, SILENT = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
HOSTS = ("mx1", "mx2", "mx3", "webmail", "imap", "pop", "smtp")
RIGHT = right_records()
OLD = "@ MX 5 mx.old-host.example.\npop CNAME pop.old-host.example.\n"
MX_ONLY = "".join(f"@ MX 100 us2.mx{n}.mailhost.example.\n" for n in (1, 2, 3))

FAULTS = {
    "right.test": RIGHT,
    "empty.test": "",
    "wild.test": MX_ONLY + "* CNAME web.wild.test.\nweb A 192.0.2.80\n",
    "loop.test": "pop CNAME imap\nimap CNAME pop\n",
    "across.test": "pop CNAME pop.right.test.\n",
    "host.test": "pop.host.test CNAME us2.pop.mailhost.example.\nhost.test MX 5 mx.b.example.\n",
    "value.test": "@ MX 100 us2.mx1.mailhost.example\npop CNAME us2.pop.mailhost.example\n",
    "address.test": "@ MX 10 192.0.2.1\npop A 192.0.2.9\nimap A 127.0.0.1\n",
    "alias.test": "@ MX 10 mail\nmail CNAME us2.mx1.mailhost.example.\n",
    "gone.test": "@ MX 10 mx.gone.test.\n",
    "order.test": MX_ONLY.replace("100", "10") + "imap A 127.0.0.1\nimap A 127.0.0.9\n",
    "before.test": MX_ONLY + "@ MX 5 mx.old-host.example.\n",
    "equal.test": MX_ONLY + "@ MX 100 mx.old-host.example.\n",
    "after.test": MX_ONLY + "@ MX 200 mx.old-host.example.\n",
    "beside.test": MX_ONLY + "@ MX 5 us2.mx1.mailhost.example\n",
    "all.test": "* MX 10 mx.old-host.example.\n",
    "null.test": "@ MX 0 .\n",
    "below.test": "deep NS ns1.deep\nns1.deep A 127.0.0.3\n",
    "many.test": "".join(f"@ MX {n} m{n}\n" for n in range(1, 2000)),
    "huge.test": "".join(f'_youju-verify TXT "{n} {"x" * 240}"\n' for n in range(200)),
    "long.test": MX_ONLY + "".join(f'_youju-verify TXT "{n} {"x" * 240}"\n' for n in range(9)),
}
DELEGATIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(FAULTS, (FIRST,)),
    "differ.test": (FIRST, SECOND),
    "half.test": (FIRST, SECOND),
    "refused.test": (SECOND,),
    "quiet.test": (SILENT,),
    "halfquiet.test": (FIRST, SILENT),
    "cached.test": (FIRST,),
    "absent.test": (FIRST,),
    "signed.test": (FIRST,),
    "bogus.test": (FIRST,),
    "xn--fsqu00a.test": (FIRST,),
}
"""Zone → the servers that the parent names."""


@cache
def signed(zone: str, *, expired: bool) -> tuple[str, str]:
    """The right records of a zone signed (RFC 4035 section 2), and its key as a trust anchor."""
    origin = dns.name.from_text(zone)
    text = START_OF_ZONE.format(zone=zone, address=FIRST) + RIGHT
    held = dns.zone.from_text(text, origin=origin, relativize=False)
    key = ec.generate_private_key(ec.SECP256R1())
    public = dns.dnssec.make_dnskey(key.public_key(), Algorithm.ECDSAP256SHA256, flags=257)
    ends = datetime.now(UTC) + timedelta(days=-1 if expired else 30)
    dns.dnssec.sign_zone(
        held,
        keys=[(key, public)],
        dnskey_ttl=600,
        inception=ends - timedelta(days=60),
        expiration=ends,
    )
    return held.to_text(relativize=False), f"{zone}. DNSKEY {public.to_text()}"


def trust_anchors() -> list[str]:
    """The keys that the resolver knows."""
    return [signed("signed.test", expired=False)[1], signed("bogus.test", expired=True)[1]]


def _of_signed(zone: str, *, expired: bool) -> str:
    """The signed records but for those that every zone of the tests starts with."""
    lines = signed(zone, expired=expired)[0].splitlines()
    return "\n".join(line for line in lines if line.split()[3] != "SOA") + "\n"


ZONES = {
    FIRST: {
        **FAULTS,
        **dict.fromkeys(("differ.test", "half.test", "halfquiet.test", "xn--fsqu00a.test"), RIGHT),
        "cached.test": OLD,
        "absent.test": "",
        "signed.test": _of_signed("signed.test", expired=False),
        "bogus.test": _of_signed("bogus.test", expired=True),
    },
    SECOND: {"differ.test": OLD},
}


def parent_zone() -> str:
    """The delegations, a name that is there without one, and one to a host that is not there."""
    lines = ["bare.test. TXT here", "noaddress.test. NS ns.nobody.test."]
    for zone, addresses in DELEGATIONS.items():
        for n, address in enumerate(addresses, 1):
            lines += [f"{zone}. NS ns{n}.{zone}.", f"ns{n}.{zone}. A {address}"]
    return "\n".join(lines) + "\n"


def others() -> dict[str, str]:
    """Our hosts, and those of the mail host that the customers had before."""
    ours = "".join(f"us2.{host} A 127.0.0.1\n" for host in HOSTS)
    return {"mailhost.example": ours, "old-host.example": "mx A 127.0.0.9\npop A 127.0.0.9\n"}
