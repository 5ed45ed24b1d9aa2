"""What an administrator does to one user, each on a page that says what will happen."""

from __future__ import annotations

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from panel.blueprints.forwards.views import flash_with_undo
from panel.blueprints.users.change_forms import CHANGES, UserChangeForm
from panel.blueprints.users.views import bp, user_at
from panel.directory.models import Mailbox
from panel.directory.places import Known
from panel.directory.targets import impact_of
from panel.directory.usage import usage_of
from panel.extensions import db
from panel.web import context
from panel.web.formats import size
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

CHANGE = "/<local_part>/<any(suspend, resume, delete, restore, edit):change>"

UNDO = {"suspend": "resume", "delete": "restore"}


@bp.get(CHANGE)
def change(local_part: str, change: str) -> str | AnyResponse:
    """Ask before it is done; the user's page where there is nothing to do."""
    user = user_at(local_part)
    kind = CHANGES[change]
    if not kind.fits(user):
        return leave(url_for("users.show", local_part=user.local_part))
    return render_template("users/change.html", **_shown(kind(data=kind.showing(user)), user))


@bp.post(CHANGE)
def apply(local_part: str, change: str) -> Response:
    """Do it; 409 with the user as it is now when somebody else was faster."""
    form = CHANGES[change]()
    if form.validate():
        with form.refusals():
            with transaction() as session:
                form.apply(
                    session, context.domain(), user_at(local_part), context.actor(), context.now()
                )
            if change in UNDO:
                undo = url_for("users.change", local_part=local_part.lower(), change=UNDO[change])
                flash_with_undo(str(form.done), undo)
            else:
                flash(str(form.done), "good")
            if change == "edit":
                _say_if_full(user_at(local_part))
            return leave(url_for("users.show", local_part=local_part.lower()))
    user = user_at(local_part)
    form.now_at(**form.showing(user))
    shown = _shown(form, user)
    return answer("users/change.html", part="users/_change.html", status=form.status, **shown)


def _say_if_full(user: Mailbox) -> None:
    """A quota may be set below what the mailbox holds."""
    usage = usage_of(db.session(), [user])[user.id]
    if usage.percent >= 100:
        held, quota = size(usage.used_bytes), size(usage.quota_bytes)
        told = _("%(used)s of %(quota)s are in use: new mail is refused.", used=held, quota=quota)
        flash(told, "wait")


def _shown(form: UserChangeForm, user: Mailbox) -> dict[str, object]:
    change = next(name for name, kind in CHANGES.items() if type(form) is kind)
    shown: dict[str, object] = {"form": form, "user": user, "change": change}
    if change in ("suspend", "delete"):
        domain = context.domain()
        shown["impact"] = impact_of(db.session(), domain, user.local_part, Known.of(domain))
    elif change == "edit":
        shown["usage"] = usage_of(db.session(), [user])[user.id]
    return shown
