"""What is known of a cluster. Its fields for services are named `imap_port` and so on."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its types are older
from wtforms.validators import DataRequired, Length, NumberRange

from panel.orders.clusters import ClusterFacts, Service
from panel.orders.models import Cluster, Encryption, Protocol
from panel.web.forms import VersionedForm
from panel.web.words import ENCRYPTIONS

PORTS = {Protocol.WEBMAIL: 443, Protocol.IMAP: 993, Protocol.POP: 995, Protocol.SMTP: 465}
PORT = _l("Please enter a port from 1 to 65535.")
TTL = _l("Please enter seconds, from 60 to 604800.")
LONG = _l("At most 40 characters, please.")


class ClusterForm(VersionedForm):
    """Shape only; the rules are those of the orders."""

    name = StringField(
        _l("Cluster name"),
        [DataRequired(_l("Please enter the name.")), Length(max=40, message=LONG)],
    )
    mx = TextAreaField(_l("MX hosts"), [DataRequired(_l("Please enter at least one MX host."))])
    ttl = IntegerField("TTL", [DataRequired(TTL), NumberRange(60, 604800, TTL)], default=86400)

    def facts(self) -> ClusterFacts:
        """What was typed; a service without a canonical host is not offered."""
        offered = [protocol for protocol in Protocol if self[f"{protocol}_canonical"].data]
        services = tuple(
            Service(
                protocol=protocol,
                canonical_host=self[f"{protocol}_canonical"].data,
                host=self[f"{protocol}_host"].data or "",
                port=self[f"{protocol}_port"].data,
                encryption=Encryption(self[f"{protocol}_encryption"].data),
            )
            for protocol in offered
        )
        name, mx, ttl = self.name.data or "", self.mx.data or "", self.ttl.data or 0
        return ClusterFacts(name=name, mx=mx, ttl=ttl, services=services)


for _protocol in Protocol:
    setattr(ClusterForm, f"{_protocol}_canonical", StringField(_l("Canonical host")))
    setattr(ClusterForm, f"{_protocol}_host", StringField(_l("Host on the sheets")))
    setattr(
        ClusterForm,
        f"{_protocol}_port",
        IntegerField(
            _l("Port"),
            [DataRequired(PORT), NumberRange(1, 65535, PORT)],
            default=PORTS[_protocol],
        ),
    )
    setattr(
        ClusterForm,
        f"{_protocol}_encryption",
        SelectField(
            _l("Encryption"),
            choices=[SelectChoice(kind.value, name) for kind, name in ENCRYPTIONS.items()],
            default=Encryption.TLS.value,
        ),
    )


def typed_of(cluster: Cluster) -> dict[str, Any]:
    """What the form begins with for a cluster that exists."""
    lines = [f"{mx.priority} {mx.host}" for mx in cluster.mx_hosts]
    ttl = next((mx.ttl for mx in cluster.mx_hosts), 86400)
    typed: dict[str, Any] = {"name": cluster.name, "mx": "\n".join(lines), "ttl": ttl}
    typed["version"] = cluster.version
    for service in cluster.services:
        typed[f"{service.protocol}_canonical"] = service.canonical_host
        typed[f"{service.protocol}_host"] = service.host
        typed[f"{service.protocol}_port"] = service.port
        typed[f"{service.protocol}_encryption"] = service.encryption.value
    return typed
