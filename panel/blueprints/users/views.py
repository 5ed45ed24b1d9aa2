"""The users of a domain: the list, adding one, a user's page and sheet."""

from __future__ import annotations

from datetime import timedelta

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

import panel.web.wording.directory  # noqa: F401 - says what the directory refuses
from panel.blueprints.users.forms import SHEET_LANGUAGES, NewUserForm, PasswordForm
from panel.blueprints.users.handouts import Handout, add_user, default_quota_mb, reset
from panel.directory.aliases import served_names
from panel.directory.auto_reply import auto_reply_of, state_of
from panel.directory.forward_lists import find_forward_only
from panel.directory.listing import UserFilter, UserSearch, UserSort, search_users
from panel.directory.local_parts import local_part_of
from panel.directory.models import Mailbox
from panel.directory.places import Known
from panel.directory.queries import find_mailbox, taken_by, without_domain
from panel.directory.routing import Route, route_of
from panel.directory.targets import Target, impact_of, targets_of
from panel.directory.usage import usage_of
from panel.extensions import db
from panel.outbox.queries import find_mail
from panel.refusals import Refusal
from panel.sheets.content import AccountSheet, account_sheet, settings_text
from panel.sheets.qr import qr_svg
from panel.web import asked, context
from panel.web.access import under_domain
from panel.web.formats import local
from panel.web.htmx import answer, leave, now_at
from panel.web.log_rows import recent_rows
from panel.web.wording.auto_replies import STATES
from panel.web.words import say_refusal

bp = Blueprint("users", __name__, url_prefix="/mail/<domain>/users")
under_domain(bp)


@bp.get("/")
def index() -> Response:
    """Search, filter and page through the users."""
    search = asked_search()
    page = search_users(db.session(), context.domain().id, search)
    return answer(
        "users/index.html",
        part="users/_rows.html",
        page=page,
        usages=usage_of(db.session(), page.rows),
        search=search,
        filters=UserFilter,
        sorts=UserSort,
    )


def asked_search() -> UserSearch:
    """The search of the URL."""
    return UserSearch(
        text=without_domain(context.domain(), asked.words()),
        which=asked.choice("which", UserFilter) or UserFilter.ALL,
        sort=asked.choice("sort", UserSort) or UserSort.ADDRESS,
        after=asked.row("after"),
        before=asked.row("before"),
        now=context.now(),
    )


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
    there = find_mailbox(db.session(), context.domain().id, local_part)
    if there is not None and once and there.once_key == once:
        flash(_("The user was added already. The password was shown then, and only then."))
        return leave(url_for("users.show", local_part=local_part))
    restorable = local_part if there is not None and there.deleted_at is not None else ""
    return answer(
        "users/new.html", part="users/_form.html", status=422, form=form, restorable=restorable
    )


@bp.get("/check")
def check() -> str:
    """While the address is being typed: what is wrong with it, if anything."""
    message, restorable = "", ""
    typed = request.args.get("local_part", "")[:200]
    if typed.strip():
        try:
            local_part = local_part_of(typed)
            if taken := taken_by(db.session(), context.domain(), local_part):
                message, restorable = say_refusal(taken), local_part if taken.in_bin else ""
        except Refusal as refusal:
            message = say_refusal(refusal)
    return render_template("users/_check.html", message=message, restorable=restorable)


@bp.get("/<local_part>/")
def show(local_part: str) -> str | Response:
    """Everything about a user; lists name addresses of either kind, and link here."""
    session, domain = db.session(), context.domain()
    user = find_mailbox(session, domain.id, local_part)
    if user is None:
        if find_forward_only(session, domain, local_part):
            return leave(url_for("forwards.show", forward_only=local_part))
        abort(404)
    days = timedelta(days=context.settings().bin_days)
    reply, known = auto_reply_of(session, user), Known.of(domain)
    return render_template(
        "users/show.html",
        user=user,
        usage=usage_of(session, [user])[user.id],
        reply=reply,
        reply_state=state_of(session, user, reply, context.now()),
        say_state_of_reply=STATES.__getitem__,
        purged_at=user.deleted_at + days if user.deleted_at else None,
        forwards=forwards_of(user, known),
        impact=impact_of(session, domain, user.local_part, known),
        way=way_of(user, known),
        also=() if user.deleted_at else served_names(session, domain),
        recent=recent_rows(session, context.actor(), domain, user.local_part),
    )


@bp.get("/<local_part>/password")
def password(local_part: str) -> str | Response:
    """The form for another password, with a generated one in it."""
    user = user_at(local_part)
    if user.deleted_at is not None:
        return leave(url_for("users.show", local_part=user.local_part))
    return render_template(
        "users/password.html", user=user, form=PasswordForm(version=user.version)
    )


@bp.post("/<local_part>/password")
def set_password(local_part: str) -> Response:
    """Give the user another password; the answer holds it, the only time that it is shown."""
    form = PasswordForm()
    if form.validate():
        with form.refusals():
            return _confirm(reset(form, user_at(local_part)))
    user = user_at(local_part)
    form.now_at(user.version)
    shown = {"user": user, "form": form}
    return answer("users/password.html", part="users/_password.html", status=form.status, **shown)


@bp.get("/<local_part>/sheet")
def sheet(local_part: str) -> str | Response:
    """The account sheet without the password, in one language or both."""
    wanted = request.args.get("lang", "")
    languages = SHEET_LANGUAGES.get(wanted, [])
    user = user_at(local_part)
    if user.deleted_at is not None:
        return leave(url_for("users.show", local_part=user.local_part))
    return render_template("users/sheet.html", user=user, sheet=_sheet(user), languages=languages)


@bp.get("/<local_part>/sheet/qr.svg")
def qr(local_part: str) -> Response:
    """The settings as a QR code: a picture of its own, so that adding a user stays quick."""
    response = make_response(qr_svg(settings_text(_sheet(user_at(local_part)))))
    response.headers["Content-Type"] = "image/svg+xml"
    return response


@bp.get("/mail/<int(max=9223372036854775807):mail_id>")
def mail(mail_id: int) -> Response:
    """How far the sheet's mail has got; asks again by itself until it is done."""
    found = find_mail(db.session(), context.domain().id, mail_id)
    if found is None:
        abort(404)
    return answer("users/mail.html", part="users/_mail.html", mail=found)


def _confirm(added: Handout) -> Response:
    """The sheet with its password; loading the page anew shows the user without it."""
    response = answer("users/added.html", part="users/_added.html", added=added)
    return now_at(response, url_for("users.show", local_part=added.user.local_part))


def forwards_of(user: Mailbox, known: Known) -> dict[str, list[Target]]:
    """What a user forwards to, by owner, with how each target stands."""
    found = targets_of(db.session(), context.domain(), [user.local_part], known)
    return {owner.value: targets for owner, targets in found[user.local_part].items()}


def way_of(user: Mailbox, known: Known) -> Route:
    """The way that mail to a user takes, as its customer may see it."""
    domain = context.domain()
    address, customer = f"{user.local_part}@{domain.name}", domain.order.customer_id
    return route_of(db.session(), address, reach=customer, known=known)


def user_at(local_part: str) -> Mailbox:
    """The user of the URL, also one in the recycle bin."""
    found = find_mailbox(db.session(), context.domain().id, local_part)
    if found is None:
        abort(404)
    return found


def _sheet(user: Mailbox) -> AccountSheet:
    day = local(context.now()).date()
    return account_sheet(db.session(), context.domain(), user, password=None, day=day)
