"""SRS: mail of others that is forwarded leaves with a return path of ours, so that SPF passes.

Debian's postsrsd signs the return paths and checks those that bounces come to. Its secrets stand
in a file, a line each: the first one signs, all of them count.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import signal
import subprocess
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from panel.engine.layout import Layout
from panel.engine.rendering import environment_of

PROGRAM = "/usr/sbin/postsrsd"
JAIL = "/var/lib/postsrsd"
"""Debian's package makes it, empty, and the user of the same name."""

KEPT = timedelta(days=30)
"""How long a secret counts after it has signed last: an address is good for 21 days."""

_DATED = re.compile(r"(\d{8})-")


def command(layout: Layout, secret: Path) -> list[str]:
    """postsrsd in the foreground, on loopback, root only until it has read `secret`."""
    ports = layout.ports
    listen = ["-4", "-l127.0.0.1", f"-f{ports.srs_forward}", f"-r{ports.srs_reverse}"]
    return [PROGRAM, *listen, f"-d{layout.srs_domain}", f"-s{secret}", "-upostsrsd", f"-c{JAIL}"]


def private_commands(layout: Layout) -> tuple[list[str], list[str]]:
    """(postsrsd of a private instance, what ends it with all its children).

    The secret comes through a pipe: Debian's AppArmor profile allows no other file than its own.
    """
    server = shlex.join(command(layout, Path("/dev/stdin")))
    start = f'echo $$ > "$1"; exec {server} < <(cat "$2")'
    pid = str(_pid_file(layout))
    return (
        ["/bin/bash", "-c", start, "srs", pid, str(layout.srs_secret)],
        ["/bin/sh", "-c", 'kill -- -"$(cat "$1")"', "srs", pid],
    )


def render_unit(layout: Layout, folder: Path) -> Path:
    """Write the unit of systemd that runs postsrsd at the system's places; its path."""
    path = folder / "postsrsd.service"
    folder.mkdir(parents=True, exist_ok=True)
    template = environment_of(layout).get_template("postsrsd.service.j2")
    path.write_text(template.render(command=shlex.join(command(layout, layout.srs_secret))))
    return path


def make_secret(path: Path) -> None:
    """Make the file on the first start, readable by its owner only; one that is there is kept."""
    if not path.exists():
        with suppress(FileExistsError):  # another process was faster: its secret counts
            _write(path, [_new(datetime.now(UTC))], replace=False)


def rotate_secret(path: Path, now: datetime) -> int:
    """Put a new secret first; those before it stay while an address that they signed is good.

    Returns how many stay. A line without a date, as Debian's package writes, is the first of all.
    """
    lines = [_new(now), *(path.read_text().split() if path.exists() else ())]
    kept = [line for n, line in enumerate(lines) if n < 2 or _counts(lines[n - 1], now)]
    _write(path, kept, replace=True)
    return len(kept) - 1


def restart(layout: Layout) -> bool:
    """Let postsrsd read its secrets anew; whether it was told. Postfix asks again meanwhile."""
    if layout.srs_secret.parent == Path("/etc"):
        told = ["systemctl", "try-restart", "postsrsd.service"]
        with suppress(OSError):
            return subprocess.run(told, check=False, capture_output=True).returncode == 0
        return False
    with suppress(OSError, ValueError):
        pid = int(_pid_file(layout).read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if PROGRAM.encode() in words and f"-f{layout.ports.srs_forward}".encode() in words:
            os.killpg(pid, signal.SIGTERM)  # its supervisor starts it; its children know old ones
            return True
    return False


def _pid_file(layout: Layout) -> Path:
    return layout.srs_secret.with_suffix(".pid")


def _new(now: datetime) -> str:
    """A secret that tells the day from which it signs."""
    return f"{now:%Y%m%d}-{secrets.token_urlsafe(32)}"


def _counts(next_one: str, now: datetime) -> bool:
    """Whether the secret that `next_one` followed may have signed an address that is good."""
    dated = _DATED.match(next_one)
    return not dated or now - datetime.strptime(f"{dated[1]}+0000", "%Y%m%d%z") < KEPT


def _write(path: Path, lines: list[str], *, replace: bool) -> None:
    """Write the file at once and whole, mode 0600. FileExistsError when it is there already."""
    handle, made = tempfile.mkstemp(dir=path.parent)  # its owner's only
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        if replace:
            Path(made).replace(path)
        else:
            os.link(made, path)
    finally:
        Path(made).unlink(missing_ok=True)
