"""The mail folders of mailboxes on disk, as Dovecot's user query names them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from panel.engine import usage

_KEY = re.compile(r"[0-9a-f]{32}")
THROWN = ".thrown"
"""Where a folder waits to be removed: a rename is done at once, the removal may take minutes."""


def folder_of(mail: Path, storage_key: str) -> Path:
    """The folder of a mailbox below `mail`. ValueError for what is no key."""
    if not _KEY.fullmatch(storage_key):
        raise ValueError("not a storage key")
    return mail / storage_key[:2] / storage_key


def throw_away(mail: Path, storage_key: str) -> None:
    """Take a mailbox's folder out of Dovecot's reach; nothing happens when it is gone already."""
    folder = folder_of(mail, storage_key)
    usage.file_of(mail, storage_key).unlink(missing_ok=True)
    if folder.exists():
        (mail / THROWN).mkdir(exist_ok=True)
        folder.rename(mail / THROWN / storage_key)


def empty_thrown(mail: Path) -> None:
    """Remove what was thrown away; what a killed worker left is removed by the next one."""
    if (mail / THROWN).exists():
        shutil.rmtree(mail / THROWN)
