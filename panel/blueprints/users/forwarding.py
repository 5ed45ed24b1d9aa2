"""A user's forwards: both owners' and the copy on one page, with the way that mail will take."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import normalize

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length

from panel.blueprints.users.views import bp, user_at, way_of
from panel.directory.models import Mailbox
from panel.directory.routing import Route
from panel.directory.user_forwards import (
    Forwarding,
    before_last_change,
    change_forwarding,
    forwarding_of,
)
from panel.extensions import db
from panel.web import context
from panel.web.forms import VersionedForm
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

BETWEEN = re.compile(r"[\s,;\u3001]+")
"""What people put between addresses."""
LONG = [Length(max=10_000, message=_l("That is too long."))]


class ForwardsForm(VersionedForm):
    """The targets of each owner, one a line, and whether a copy stays."""

    user = TextAreaField(_l("User forwards"), LONG)
    admin = TextAreaField(_l("Administrator forwards"), LONG)
    keep_copy = BooleanField(_l("Keep a copy in the mailbox"))

    @classmethod
    def showing(cls, user: Mailbox) -> dict[str, Any]:
        """How it is now."""
        found = forwarding_of(db.session(), user)
        lines = {"user": "\n".join(found.user), "admin": "\n".join(found.admin)}
        return {"version": user.version, "keep_copy": found.keep_copy, **lines}

    def wanted(self) -> Forwarding:
        """What was typed."""
        typed = (normalize("NFKC", one.data or "") for one in (self.user, self.admin))
        user, admin = (tuple(filter(None, BETWEEN.split(text))) for text in typed)
        return Forwarding(user, admin, bool(self.keep_copy.data))


@bp.get("/<local_part>/forwards")
def forwards(local_part: str) -> str | AnyResponse:
    """The forwards, and the way that mail takes now."""
    user = user_at(local_part)
    if user.deleted_at is not None:
        return leave(url_for("users.show", local_part=user.local_part))
    form = ForwardsForm(data=ForwardsForm.showing(user))
    return render_template("users/forwards.html", **_shown(form, user, way_of(user)))


@bp.post("/<local_part>/forwards")
def set_forwards(local_part: str) -> Response:
    """Save them."""
    form, user = ForwardsForm(), user_at(local_part)
    if form.validate():
        with form.refusals():
            _change(user, form.wanted(), form.shown_version)
            flash(_("The forwards were saved."), "good")
            return leave(url_for("users.forwards", local_part=user.local_part))
    user = user_at(local_part)
    form.now_at(**form.showing(user))
    shown = _shown(form, user, way_of(user))
    return answer("users/forwards.html", part="users/_forwards.html", status=form.status, **shown)


@bp.post("/<local_part>/forwards/preview")
def preview_forwards(local_part: str) -> Response:
    """The way that mail would take: they are changed as by saving, looked at, and taken back."""
    form, user, way = ForwardsForm(), user_at(local_part), None
    if form.validate():
        with form.refusals():
            session, now, by = db.session(), context.now(), context.actor()
            most, domain = context.settings().most_forwards, context.domain()
            version = user.version
            change_forwarding(
                session, domain, user, form.wanted(), most, version=version, by=by, now=now
            )
            way = way_of(user)
            session.rollback()
    shown = _shown(form, user_at(local_part), way)
    return answer("users/forwards.html", part="users/_way.html", preview=True, **shown)


@bp.post("/<local_part>/forwards/undo")
def undo_forwards(local_part: str) -> Response:
    """Take the last change back, while nothing else was done since."""
    user = user_at(local_part)
    was = before_last_change(db.session(), context.domain(), user)
    if was is None or request.form.get("version") != str(user.version):
        flash(_("There is nothing to undo any more."), "wait")
        return leave(url_for("users.forwards", local_part=user.local_part))
    form = ForwardsForm()
    with form.refusals():
        _change(user, was, user.version)
        flash(_("The last change of the forwards was undone."), "good")
    for told in form.form_errors + [error for one in form for error in one.errors]:
        flash(told, "bad")
    return leave(url_for("users.forwards", local_part=user_at(local_part).local_part))


def _change(user: Mailbox, wanted: Forwarding, version: int) -> None:
    most, by, now = context.settings().most_forwards, context.actor(), context.now()
    with transaction() as session:
        change_forwarding(
            session, context.domain(), user, wanted, most, version=version, by=by, now=now
        )


def _shown(form: ForwardsForm, user: Mailbox, way: Route | None) -> dict[str, Any]:
    was = before_last_change(db.session(), context.domain(), user)
    return {"form": form, "user": user, "way": way, "can_undo": was is not None}
