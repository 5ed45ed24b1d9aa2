"""A user's auto reply: what is set, what a sender would get, saving it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, render_template, url_for
from flask_babel import gettext as _

from panel.blueprints.users.reply_form import AutoReplyForm, typed_of
from panel.blueprints.users.views import bp, user_at
from panel.directory.auto_reply import Reply, auto_reply_of, set_auto_reply, state_of, version_of
from panel.directory.models import Mailbox
from panel.extensions import db
from panel.web import context
from panel.web.htmx import answer, leave
from panel.web.language import time_zone
from panel.web.transaction import transaction
from panel.web.wording import auto_replies as wording

WHERE = "/<local_part>/auto-reply"


@bp.get(WHERE)
def auto_reply(local_part: str) -> str | Response:
    """What is set, and the answer that a sender gets."""
    user = user_at(local_part)
    if user.deleted_at is not None:
        return leave(url_for("users.show", local_part=user.local_part))
    reply = auto_reply_of(db.session(), user)
    known = {"version": version_of(db.session(), user), "zone": time_zone().key}
    form = AutoReplyForm(data=typed_of(reply) | known)
    sample = reply if reply.text else None
    return render_template("users/auto_reply.html", form=form, **_shown(user, sample))


@bp.post(WHERE)
def set_reply(local_part: str) -> Response:
    """Save what was typed, or only show what a sender would get."""
    user, form, status = user_at(local_part), AutoReplyForm(), 200
    if form.validate() and not form.preview.data:
        by, now, version = context.actor(), context.now(), form.shown_version
        with form.refusals():
            with transaction() as session:
                domain, reply = context.domain(), form.reply()
                set_auto_reply(session, domain, user, reply, version=version, by=by, now=now)
            flash(_("The auto reply was saved."), "good")
            return leave(url_for("users.auto_reply", local_part=local_part))
    if form.errors:
        status, user = form.status, user_at(local_part)
        session = db.session()
        form.now_at(version_of(session, user), **typed_of(auto_reply_of(session, user)))
    sample = form.reply().tidied() if form.text.data and not form.errors else None
    shown = _shown(user, sample)
    return answer(
        "users/auto_reply.html", part="users/_auto_reply.html", status=status, form=form, **shown
    )


def _shown(user: Mailbox, sample: Reply | None) -> dict[str, Any]:
    """What the page needs besides the form; `sample` is None when there is nothing to show."""
    saved, now = auto_reply_of(db.session(), user), context.now()
    return {
        "user": user,
        "saved": saved,
        "state": state_of(db.session(), user, saved, now),
        "say_state_of_reply": wording.STATES.__getitem__,
        "sample": sample,
    }
