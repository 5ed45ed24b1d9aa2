"""What can be done to a user, one form each: shape only, the rules are the directory's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange

from panel.accounts.access import Actor
from panel.blueprints.users.forms import WHOLE_MB
from panel.directory.actions import UserFacts, edit_mailbox
from panel.directory.models import Mailbox, MailboxStatus
from panel.directory.states import (
    delete_mailbox,
    restore_mailbox,
    resume_mailbox,
    suspend_mailbox,
)
from panel.orders.models import Domain
from panel.web.formats import readable
from panel.web.forms import MEGABYTE, VersionedForm, fold


def reason_field() -> StringField:
    """Why somebody is suspended: the users' administrators read it, and so does the audit log."""
    return StringField(
        _l("Reason"),
        [
            DataRequired(_l("Please give the reason: it is shown on the user's page.")),
            Length(max=500, message=_l("At most 500 characters, please.")),
        ],
    )


class UserChangeForm(VersionedForm):
    """A change of a user as the page showed it."""

    title: LazyString
    explained: LazyString
    done: LazyString
    destroys = False

    @classmethod
    def fits(cls, user: Mailbox) -> bool:
        """Whether there is anything to do; one in the recycle bin can only be restored."""
        return user.deleted_at is None

    @classmethod
    def showing(cls, user: Mailbox) -> dict[str, Any]:
        """What the form begins with, and what stands there now after a conflict."""
        return {"version": user.version}

    def apply(
        self, session: Session, domain: Domain, user: Mailbox, by: Actor, now: datetime
    ) -> None:
        """Do it."""
        raise NotImplementedError


class SuspendUserForm(UserChangeForm):
    """Suspend with a reason."""

    title, done = _l("Suspend the user"), _l("The user is suspended.")
    explained = _l(
        "The user can neither sign in nor send, and open programs are signed out within a minute. "
        "Senders are told at once that the mailbox is suspended. The stored mail is kept."
    )
    reason = reason_field()

    @classmethod
    def showing(cls, user: Mailbox) -> dict[str, Any]:
        """With the reason that stands."""
        return {"version": user.version, "reason": user.suspended_reason}

    def apply(
        self, session: Session, domain: Domain, user: Mailbox, by: Actor, now: datetime
    ) -> None:
        """Do it."""
        reason, version = self.reason.data or "", self.shown_version
        suspend_mailbox(session, domain, user, reason, version=version, by=by, now=now)


class ResumeUserForm(UserChangeForm):
    """End a suspension."""

    title, done = _l("Resume the user"), _l("The user can sign in and gets mail again.")
    explained = _l("The user signs in with the same password, and mail is delivered again.")

    @classmethod
    def fits(cls, user: Mailbox) -> bool:
        """Who is suspended."""
        return user.deleted_at is None and user.status is MailboxStatus.SUSPENDED

    def apply(
        self, session: Session, domain: Domain, user: Mailbox, by: Actor, now: datetime
    ) -> None:
        """Do it."""
        resume_mailbox(session, domain, user, version=self.shown_version, by=by, now=now)


class DeleteUserForm(UserChangeForm):
    """Into the recycle bin."""

    title, done = _l("Delete the user"), _l("The user is in the recycle bin.")
    explained = _l(
        "The user can no longer sign in, and senders are told that the address does not exist. "
        "The seat is free at once."
    )
    destroys = True

    def apply(
        self, session: Session, domain: Domain, user: Mailbox, by: Actor, now: datetime
    ) -> None:
        """Do it."""
        delete_mailbox(session, domain, user, version=self.shown_version, by=by, now=now)


class RestoreUserForm(UserChangeForm):
    """Out of the recycle bin."""

    title, done = _l("Restore the user"), _l("The user is back with everything.")
    explained = _l(
        "The mailbox comes back with its mail, password, forwards and auto reply. It uses a seat."
    )

    @classmethod
    def fits(cls, user: Mailbox) -> bool:
        """Who is deleted."""
        return user.deleted_at is not None

    def apply(
        self, session: Session, domain: Domain, user: Mailbox, by: Actor, now: datetime
    ) -> None:
        """Do it."""
        restore_mailbox(session, domain, user, version=self.shown_version, by=by, now=now)


class EditUserForm(UserChangeForm):
    """Name, alternate address and quota."""

    title, done = _l("Edit the user"), _l("The user is changed.")
    explained = _l(
        "The address stays: others know the user by it. For another one, add a user and forward."
    )
    name = StringField(_l("Name"), [DataRequired(_l("Please enter the name.")), Length(max=100)])
    alternate_email = StringField(_l("Alternate address"), [Length(max=254)], filters=[fold])
    quota_mb = IntegerField(
        _l("Quota"), [DataRequired(WHOLE_MB), NumberRange(1, 1 << 20, WHOLE_MB)]
    )

    @classmethod
    def showing(cls, user: Mailbox) -> dict[str, Any]:
        """What is known."""
        return {
            "version": user.version,
            "name": user.name,
            "alternate_email": readable(user.alternate_email or ""),
            "quota_mb": user.quota_bytes // MEGABYTE,
        }

    def apply(
        self, session: Session, domain: Domain, user: Mailbox, by: Actor, now: datetime
    ) -> None:
        """Do it."""
        facts = UserFacts(
            self.name.data or "",
            self.alternate_email.data or "",
            (self.quota_mb.data or 0) * MEGABYTE,
        )
        edit_mailbox(session, domain, user, facts, version=self.shown_version, by=by, now=now)


CHANGES: dict[str, type[UserChangeForm]] = {
    "suspend": SuspendUserForm,
    "resume": ResumeUserForm,
    "delete": DeleteUserForm,
    "restore": RestoreUserForm,
    "edit": EditUserForm,
}
