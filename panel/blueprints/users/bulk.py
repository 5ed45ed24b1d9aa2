"""One thing done to many users: first a page that says to how many, then it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from panel.blueprints.users.bulk_forms import MANY, SHEETS, BulkAction, BulkForm
from panel.blueprints.users.handouts import reset_many
from panel.blueprints.users.views import bp
from panel.directory.bulk import Concerned, Outcome, StateChange, StateKind, concerned, do_to_each
from panel.directory.listing import (
    UserFilter,
    UserSearch,
    each_user,
    found_local_parts,
    those_there,
)
from panel.directory.models import Mailbox
from panel.extensions import db
from panel.refusals import Refusal
from panel.sheets.content import account_sheets
from panel.web import context
from panel.web.formats import local
from panel.web.htmx import answer, in_full, leave
from panel.web.transaction import transaction
from panel.web.words import say_refusal

SHOWN = 20
"""As many addresses the confirmation names."""
LONGEST = 2000
"""Characters of an address that every browser and server takes: all users of a page, and more."""


@bp.route("/bulk", methods=["GET", "POST"])
def bulk() -> Response:
    """Whom the list's form names, and what would happen to them; sheets are shown at once.

    A form is led on to a page that can be loaded again and gone back to. One whose address would
    be too long is answered at once: only the script ticks so many, and it shows that in place of
    the list, to which loading again and going back lead.
    """
    given, action = request.values, _action(request.values.get("action", ""))
    named: dict[str, Any]
    if given.get("all"):
        named = {"all": "1", "q": given.get("q", ""), "which": given.get("which", "")}
    else:
        picked = {*given.getlist("pick"), *given.get("picks", "").split()}
        named = {"picks": " ".join(sorted(picked))}
    if request.method == "POST":
        url = url_for("users.bulk", action=action.value, **named)
        if len(url) <= LONGEST:
            return leave(url)
    local_parts = _named(named)
    if not local_parts:
        flash(_("Nobody was selected. Tick users first."), "wait")
        return leave(url_for("users.index"))
    if action.hands_out and len(local_parts) > SHEETS:
        return _too_many()
    if action is BulkAction.PRINT:
        return _printed(local_parts)
    form = BulkForm(formdata=None, picks="\n".join(local_parts))
    if action is BulkAction.RESET:
        form.versions.data = " ".join(
            f"{one.version}:{one.local_part}" for one in _users(local_parts)
        )
    shown = _asked(form, action, local_parts)
    return in_full("users/bulk.html", at=url_for("users.index"), **shown)


def _too_many() -> Response:
    """Back to the list: more than there may be sheets."""
    flash(_("At most %(most)s sheets at once, please: select fewer users.", most=SHEETS), "bad")
    return leave(url_for("users.index"))


def _named(named: Mapping[str, str]) -> Sequence[str]:
    """The users that are picked, or that the search finds."""
    if "picks" in named:
        return those_there(db.session(), context.domain().id, named["picks"].split())
    which = named["which"]
    search = UserSearch(
        text=named["q"][:100].strip(),
        which=UserFilter(which) if which in set(UserFilter) else UserFilter.ALL,
        now=context.now(),
    )
    return found_local_parts(db.session(), context.domain().id, search)


@bp.post("/bulk/<any(reset, suspend, resume, delete, restore):action>")
def bulk_apply(action: str) -> Response:
    """Do it. What cannot be done to one is told, and done to the others."""
    doing, form = BulkAction(action), BulkForm()
    picked = (form.picks.data or "").split()
    local_parts = those_there(db.session(), context.domain().id, picked)
    if doing.hands_out and len(local_parts) > SHEETS:
        return _too_many()
    told = concerned(db.session(), context.domain(), local_parts)
    if not form.fits(doing, _count(doing, told)):
        shown = _asked(form, doing, local_parts)
        return answer("users/bulk.html", part="users/_bulk.html", status=422, **shown)
    if doing is BulkAction.RESET:
        sheets, left = reset_many(_users(local_parts), form.shown_versions)
        _tell_left(left)
        return answer("users/sheets.html", part="users/_sheets.html", sheets=sheets, fresh=True)
    change = StateChange(StateKind(action), form.reason.data or "")
    _tell(change.kind, _done(change, local_parts))
    return leave(url_for("users.index"))


def _done(change: StateChange, local_parts: Sequence[str]) -> Outcome:
    """A transaction for each batch, so that others get a turn."""
    outcome, by = Outcome(), context.actor()
    for users in each_user(db.session(), context.domain().id, local_parts):
        now = context.settings().now()  # sessions end from here on, not from the first batch on
        with transaction() as session:
            do_to_each(session, context.domain(), users, change, outcome, by=by, now=now)
    return outcome


def _tell(kind: StateKind, outcome: Outcome) -> None:
    count = outcome.done
    done = {
        StateKind.SUSPEND: ngettext(
            "%(num)s user was suspended.", "%(num)s users were suspended.", count
        ),
        StateKind.RESUME: ngettext(
            "%(num)s user was resumed.", "%(num)s users were resumed.", count
        ),
        StateKind.DELETE: ngettext(
            "%(num)s user was deleted.", "%(num)s users were deleted.", count
        ),
        StateKind.RESTORE: ngettext(
            "%(num)s user was restored.", "%(num)s users were restored.", count
        ),
    }[kind]
    if outcome.already:
        done += " " + ngettext(
            "%(num)s was so already.", "%(num)s were so already.", outcome.already
        )
    flash(done, "good" if outcome.done else "wait")
    _tell_left(outcome.left)


def _tell_left(left: Sequence[Refusal]) -> None:
    """Why some were left as they are, each reason once."""
    reasons = Counter(say_refusal(refusal) for refusal in left)
    for reason, count in list(reasons.items())[:SHOWN]:
        times = ngettext("%(num)s user:", "%(num)s users:", count) if count > 1 else ""
        flash(f"{times} {reason}".strip(), "bad")
    if len(reasons) > SHOWN:
        more = sum(reasons.values()) - sum(list(reasons.values())[:SHOWN])
        flash(ngettext("And %(num)s more.", "And %(num)s more.", more), "bad")


def _asked(form: BulkForm, action: BulkAction, local_parts: Sequence[str]) -> dict[str, Any]:
    """What the confirmation shows."""
    told = concerned(db.session(), context.domain(), local_parts)
    count = _count(action, told)
    return {
        "form": form,
        "action": action,
        "names": local_parts[:SHOWN],
        "picked": len(local_parts),
        "count": count,
        "told": told,
        "many": count > MANY,
    }


def _count(action: BulkAction, told: Concerned) -> int:
    """How many it would be done to."""
    return told.there if action.hands_out else told.changed_by(StateKind(action.value))


def _printed(local_parts: Sequence[str]) -> Response:
    day, domain = local(context.now()).date(), context.domain()
    users = _users(local_parts)
    made = account_sheets(db.session(), domain, [(user, None) for user in users], day=day)
    sheets, at = list(zip(users, made, strict=True)), url_for("users.index")
    return in_full("users/sheets.html", at=at, sheets=sheets, fresh=False)


def _users(local_parts: Sequence[str]) -> list[Mailbox]:
    """Those of them who are there, as many as there may be sheets."""
    found = each_user(db.session(), context.domain().id, local_parts[:SHEETS])
    return [user for some in found for user in some if user.deleted_at is None]


def _action(given: str) -> BulkAction:
    if given not in set(BulkAction):
        abort(400)
    return BulkAction(given)
