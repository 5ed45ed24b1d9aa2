"""A user's forwards: both owners' and the copy on one page, with the way that mail will take."""

from __future__ import annotations

import itertools
from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField

from panel.blueprints.forwards.preview import Preview
from panel.blueprints.users.views import bp, forwards_of, user_at, way_of
from panel.directory.auto_reply import AutoReplyState, auto_reply_of, state_of
from panel.directory.checking import check_result
from panel.directory.forwarding import Targets, checked_targets, route_with
from panel.directory.models import ForwardOwner, Mailbox
from panel.directory.places import Known
from panel.directory.user_forwards import (
    Forwarding,
    before_last_change,
    change_forwarding,
    forwarding_of,
)
from panel.directory.versions import as_shown
from panel.extensions import db
from panel.refusals import Refusal
from panel.web import context
from panel.web.forms import VersionedForm
from panel.web.htmx import answer, leave
from panel.web.targets import TargetsField
from panel.web.transaction import transaction
from panel.web.words import say_refusal


class ForwardsForm(VersionedForm):
    """The targets of each owner, one a line, and whether a copy stays."""

    user = TargetsField(_l("User forwards"))
    admin = TargetsField(_l("Administrator forwards"))
    keep_copy = BooleanField(_l("Keep a copy in the mailbox"))

    @classmethod
    def showing(cls, user: Mailbox, known: Known) -> dict[str, Any]:
        """How it is now."""
        found = forwarding_of(db.session(), user, known)
        lines = {"user": "\n".join(found.user), "admin": "\n".join(found.admin)}
        return {"version": user.version, "keep_copy": found.keep_copy, **lines}

    def wanted(self) -> Forwarding:
        """What was typed; where nothing is forwarded, mail stays in any case."""
        user, admin = tuple(self.user.addresses), tuple(self.admin.addresses)
        return Forwarding(user, admin, bool(self.keep_copy.data) or not (user or admin))


@bp.get("/<local_part>/forwards")
def forwards(local_part: str) -> str | AnyResponse:
    """The forwards, and the way that mail takes now."""
    user = user_at(local_part)
    if user.deleted_at is not None:
        return leave(url_for("users.show", local_part=user.local_part))
    known = Known.of(context.domain())
    form = ForwardsForm(data=ForwardsForm.showing(user, known))
    way = Preview(way_of(user, known))
    return render_template("users/forwards.html", **_shown(form, user, way, known))


@bp.post("/<local_part>/forwards/look")
def look_at_forwards(local_part: str) -> str:
    """While they are being typed: the way that mail would take."""
    user, form = user_at(local_part), ForwardsForm()
    return render_template("users/_way.html", way=_way_with(user, form.wanted()))


@bp.post("/<local_part>/forwards")
def set_forwards(local_part: str) -> Response:
    """Save them, or only look when that is what was asked."""
    form, user = ForwardsForm(), user_at(local_part)
    looks = "preview" in request.form
    if form.validate() and not looks:
        with form.refusals():
            _change(user, form.wanted(), form.shown_version)
            flash(_("The forwards were saved."), "good")
            if form.wanted().keep_copy and not form.keep_copy.data:
                flash(_("Mail is not forwarded: it stays in the mailbox."), "wait")
            _say_if_nobody_answers(user)
            return leave(url_for("users.forwards", local_part=user.local_part))
    user = user_at(local_part)
    known = Known.of(context.domain())
    form.now_at(**form.showing(user, known))
    status = 200 if looks and not form.errors else form.status
    shown = _shown(form, user, _way_with(user, form.wanted()), known)
    return answer("users/forwards.html", part="users/_forwards.html", status=status, **shown)


@bp.post("/<local_part>/forwards/undo")
def undo_forwards(local_part: str) -> Response:
    """Take the last change back, while nothing else was done since."""
    user, form, domain = user_at(local_part), ForwardsForm(), context.domain()
    was = before_last_change(db.session(), domain, user, Known.of(domain))
    with form.refusals():
        _check_version(user, form.shown_version)
        if was is None:
            flash(_("There is nothing to undo any more."), "wait")
        else:
            _change(user, was, user.version)
            flash(_("The last change of the forwards was undone."), "good")
    for told in form.form_errors + [error for one in form for error in one.errors]:
        flash(told, "bad")
        flash(_("Nothing was undone."), "wait")
    return leave(url_for("users.forwards", local_part=user_at(local_part).local_part))


def _check_version(user: Mailbox, version: int) -> None:
    """Raises ChangedMeanwhile, with who and when, if the page showed another version."""
    if version != user.version:
        with as_shown(db.session(), context.domain(), user, version):
            pass


def _say_if_nobody_answers(user: Mailbox) -> None:
    """Without a copy nothing comes to where auto replies are made."""
    if user.keep_copy:
        return
    session = db.session()
    state = state_of(session, user, auto_reply_of(session, user), context.now())
    if state is AutoReplyState.PASSED_ON:
        flash(_("The auto reply answers nobody while no copy stays in the mailbox."), "wait")


def _way_with(user: Mailbox, wanted: Forwarding) -> Preview:
    """The way as it would be."""
    session, domain = db.session(), context.domain()
    most = context.settings().most_forwards
    both, known = tuple(dict.fromkeys((*wanted.user, *wanted.admin))), Known.of(domain)
    key = domain.id, user.local_part
    known.put(session, key, {}, keep_copy=wanted.keep_copy)
    found = route_with(session, domain, user.local_part, Targets(both, 2 * most), known)
    try:
        for owner in ForwardOwner:
            given = Targets(getattr(wanted, owner.value), most)
            checked = checked_targets(session, domain, user.local_part, given, known)
            known.put(session, key, {owner: checked})
        check_result(session, domain, user.local_part, known)
    except Refusal as refusal:
        return Preview(found, say_refusal(refusal))
    return Preview(found)


def _change(user: Mailbox, wanted: Forwarding, version: int) -> None:
    most, by, now = context.settings().most_forwards, context.actor(), context.now()
    with transaction() as session:
        change_forwarding(
            session, context.domain(), user, wanted, most, version=version, by=by, now=now
        )


def _shown(form: ForwardsForm, user: Mailbox, way: Preview, known: Known) -> dict[str, Any]:
    was = before_last_change(db.session(), context.domain(), user, known)
    there = itertools.chain(*forwards_of(user, known).values())
    dead = [target for target in there if not target.state.takes_mail]
    return {"form": form, "user": user, "way": way, "dead": dead, "can_undo": was is not None}
