"""Removing an address that only forwards: asked first, and done."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, url_for
from flask_babel import gettext as _

from panel.blueprints.forwards.views import account_at, address_of, bp, flash_with_undo
from panel.directory.forward_lists import row_of
from panel.directory.forwarding import remove_forward_only
from panel.directory.models import ForwardOnly
from panel.directory.places import Known
from panel.directory.targets import impact_of
from panel.extensions import db
from panel.web import context
from panel.web.forms import VersionedForm
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction


@bp.get("/<forward_only>/remove")
def ask(forward_only: str) -> str:
    """Ask before it goes, with what leads to it."""
    account = account_at(forward_only)
    form = VersionedForm(version=account.version)
    return render_template("forwards/remove.html", form=form, **_impact(account))


@bp.post("/<forward_only>/remove")
def remove(forward_only: str) -> Response:
    """Remove the address."""
    account, form = account_at(forward_only), VersionedForm()
    local_part = account.local_part
    if form.validate():
        with form.refusals():
            with transaction() as session:
                by, now, version = context.actor(), context.now(), form.shown_version
                remove_forward_only(
                    session, context.domain(), account, version=version, by=by, now=now
                )
            flash_with_undo(
                _("%(address)s was removed.", address=address_of(local_part)),
                url_for("forwards.new", undo=local_part),
            )
            return leave(url_for("forwards.index"))
    account = account_at(forward_only)
    form.now_at(account.version)
    page = {"template": "forwards/remove.html", "part": "forwards/_remove.html"}
    return answer(**page, status=form.status, form=form, **_impact(account))


def _impact(account: ForwardOnly) -> dict[str, Any]:
    """What would go, and what leads to it."""
    session, domain = db.session(), context.domain()
    known = Known.of(domain)
    impact = impact_of(session, domain, account.local_part, known)
    return {"row": row_of(session, domain, account, known), "impact": impact}
