"""The mail folders of mailboxes on disk, as Dovecot's user query names them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from panel.database import Base
from panel.engine import usage

_KEY = re.compile(r"[0-9a-f]{32}")


class ThrownFolder(Base):
    """A folder whose mailbox is gone, until it has been removed; keys are never used again."""

    __tablename__ = "thrown_folder"

    storage_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    thrown_at: Mapped[datetime]


def folder_of(mail: Path, storage_key: str) -> Path:
    """The folder of a mailbox below `mail`. ValueError for what is no key."""
    if not _KEY.fullmatch(storage_key):
        raise ValueError("not a storage key")
    return mail / storage_key[:2] / storage_key


def throw_away(session: Session, storage_key: str, now: datetime) -> None:
    """Let the worker remove a mailbox's folder once this is committed, never before."""
    session.add(ThrownFolder(storage_key=storage_key, thrown_at=now))


def thrown_away(session: Session) -> Sequence[str]:
    """The keys of the folders to remove, the first ones first."""
    query = select(ThrownFolder.storage_key).order_by(ThrownFolder.thrown_at)
    return session.scalars(query).all()


def remove_folder(session: Session, mail: Path, storage_key: str) -> None:
    """Remove a folder and its row; what a killed worker left is removed by the next one."""
    usage.file_of(mail, storage_key).unlink(missing_ok=True)
    folder = folder_of(mail, storage_key)
    if folder.exists():
        shutil.rmtree(folder)
    session.execute(delete(ThrownFolder).where(ThrownFolder.storage_key == storage_key))
