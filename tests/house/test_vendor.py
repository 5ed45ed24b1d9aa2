"""What comes from others is byte for byte what was fetched."""

from __future__ import annotations

import hashlib

from tests.support.tree import PANEL, ROOT

FOLDER = PANEL / "static" / "vendor"


def test_every_file_has_the_sum_that_was_written_down() -> None:
    named = dict[str, str]()
    for line in (FOLDER / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        named[name] = digest
    folders = {(ROOT / name).parent for name in named} | {FOLDER}
    present = {path for folder in folders for path in folder.iterdir() if path.is_file()}
    present.discard(FOLDER / "SHA256SUMS")
    found = {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in present
    }
    assert found == named
