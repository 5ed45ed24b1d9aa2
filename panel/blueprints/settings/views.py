"""A domain's settings."""

from __future__ import annotations

from flask import Blueprint, Response, flash, render_template, url_for
from flask_babel import gettext as _

import panel.web.wording.directory
import panel.web.wording.orders  # noqa: F401 - says what the orders refuse
from panel.blueprints.settings.forms import SettingsForm, typed_of
from panel.directory.checking import check_notice, takes_notices
from panel.directory.versions import in_turn
from panel.extensions import db
from panel.orders.domain_settings import change_settings
from panel.web import context
from panel.web.access import under_domain
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

bp = Blueprint("settings", __name__, url_prefix="/mail/<domain>/settings")
under_domain(bp)


@bp.get("")
def show() -> str:
    """What is set."""
    form = SettingsForm(data=typed_of(context.domain()))
    return render_template("settings/show.html", form=form, dead=_dead())


@bp.post("")
def save() -> Response:
    """Save what was typed."""
    form = SettingsForm()
    if form.validate():
        by, now, version = context.actor(), context.now(), form.shown_version
        with form.refusals():
            with transaction() as session:
                domain, new = context.domain(), form.settings()
                in_turn(session, domain)  # nobody suspends who is to get the notices meanwhile
                check_notice(session, domain, new.notification_email)
                change_settings(session, domain, new, version=version, by=by, now=now)
            flash(_("The settings were saved."), "good")
            return leave(url_for("settings.show"))
    form.now_at(**typed_of(context.domain()))
    shown = {"form": form, "dead": _dead()}
    return answer("settings/show.html", part="settings/_edit.html", status=form.status, **shown)


def _dead() -> str:
    """The notification address, if no mail arrives there now."""
    domain = context.domain()
    address = domain.notification_email
    return "" if takes_notices(db.session(), domain, address) else address
