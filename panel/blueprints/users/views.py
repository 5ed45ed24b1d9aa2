"""The users of a domain: the list, adding one, a user's page and sheet."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _

from panel.blueprints.users.adding import AddedUser, add_user, default_quota_mb, new_password
from panel.blueprints.users.forms import SHEET_LANGUAGES, NewUserForm
from panel.directory.local_parts import local_part_of
from panel.directory.models import Mailbox
from panel.directory.queries import find_mailbox, holder_of, list_mailboxes, was_added_by
from panel.extensions import db
from panel.outbox.queries import find_mail
from panel.refusals import Refusal
from panel.sheets.content import AccountSheet, account_sheet, settings_text
from panel.sheets.qr import qr_svg
from panel.web import context
from panel.web.access import under_domain
from panel.web.htmx import answer, leave, now_at
from panel.web.wording import directory as wording
from panel.web.words import say_refusal

bp = Blueprint("users", __name__, url_prefix="/mail/<domain>/users")
under_domain(bp)


@bp.get("/")
def index() -> Response:
    """Search and page through the users."""
    given = request.args
    text = given.get("q", "")[:100].strip()
    page = list_mailboxes(
        db.session(),
        context.domain().id,
        text,
        given.get("after", "")[:64],
        given.get("before", "")[:64],
    )
    return answer("users/index.html", part="users/_rows.html", page=page, text=text)


@bp.get("/new")
def new() -> str:
    """The empty form."""
    form = NewUserForm(quota_mb=default_quota_mb(db.session(), context.domain()))
    return render_template("users/new.html", form=form)


@bp.post("/new")
def create() -> Response:
    """Add the user; the answer itself holds the password, the only time that it is shown."""
    form = NewUserForm()
    if form.validate():
        with form.refusals():
            added = add_user(form)
            return _confirm(added)
        local_part, once = (form.local_part.data or "").lower(), form.once.data or ""
        if was_added_by(db.session(), context.domain().id, local_part, once):
            flash(_("The user was added already. The password was shown then, and only then."))
            return leave(url_for("users.show", local_part=local_part))
    return answer("users/new.html", part="users/_form.html", status=422, form=form)


@bp.get("/check")
def check() -> str:
    """While the address is being typed: what is wrong with it, if anything."""
    message = ""
    typed = request.args.get("local_part", "")[:200]
    if typed.strip():
        try:
            local_part = local_part_of(typed)
            if kind := holder_of(db.session(), context.domain().id, local_part):
                message = wording.say_taken(f"{local_part}@{context.domain().unicode_name}", kind)
        except Refusal as refusal:
            message = say_refusal(refusal)
    return render_template("users/_check.html", message=message)


@bp.get("/<local_part>/")
def show(local_part: str) -> str:
    """A user's page."""
    return render_template("users/show.html", user=_user(local_part))


@bp.post("/<local_part>/password")
def reset(local_part: str) -> Response:
    """Give the user another password; the answer holds it, the only time that it is shown."""
    return _confirm(new_password(_user(local_part)))


@bp.get("/<local_part>/sheet")
def sheet(local_part: str) -> str:
    """The account sheet without the password, in one language or both."""
    wanted = request.args.get("lang", "")
    languages = SHEET_LANGUAGES.get(wanted, [])
    user = _user(local_part)
    return render_template("users/sheet.html", user=user, sheet=_sheet(user), languages=languages)


@bp.get("/<local_part>/sheet/qr.svg")
def qr(local_part: str) -> Response:
    """The settings as a QR code: a picture of its own, so that adding a user stays quick."""
    response = make_response(qr_svg(settings_text(_sheet(_user(local_part)))))
    response.headers["Content-Type"] = "image/svg+xml"
    return response


@bp.get("/mail/<int(max=9223372036854775807):mail_id>")
def mail(mail_id: int) -> Response:
    """How far the sheet's mail has got; asks again by itself until it is done."""
    found = find_mail(db.session(), context.domain().id, mail_id)
    if found is None:
        abort(404)
    return answer("users/mail.html", part="users/_mail.html", mail=found)


def _confirm(added: AddedUser) -> Response:
    """The sheet with its password; loading the page anew shows the user without it."""
    response = answer("users/added.html", part="users/_added.html", added=added)
    return now_at(response, url_for("users.show", local_part=added.user.local_part))


def _user(local_part: str) -> Mailbox:
    found = find_mailbox(db.session(), context.domain().id, local_part)
    if found is None:
        abort(404)
    return found


def _sheet(user: Mailbox) -> AccountSheet:
    day = context.now().date()
    return account_sheet(db.session(), context.domain(), user, password=None, day=day)
