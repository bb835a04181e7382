# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rate limiter that all processes of this machine share which use one account.

Each process reserves the time of its next request in a file and sleeps until then without holding a lock. Requests are
first come, first served. A process that is killed wastes only its own reservation.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .clock import RUN_AGAIN, Deadline, Runtime
from .errors import NOT_APPLIED, OutOfTime

MOST_PER_MINUTE = 10_000
"""Also how many reservations the file holds."""
SPACING = 0.02
"""Seconds between two requests that waited for the end of the same pause."""
FURTHEST_BOOKING = 900.0
"""Seconds; a reservation further ahead is ignored, since the clock was reset or the file is not ours."""
NOT_A_NUMBER = float("nan")
LOCK_SECONDS = 1.0
LOCK_PAUSE = 0.001
BOOT = Path("/proc/sys/kernel/random/boot_id")

_HEAD = struct.Struct("<Qd")
"""The number of reservations so far, and the time before which no request may be sent."""
_SLOT = struct.Struct("<d")


class Window(NamedTuple):
    """At most ``requests`` in any period of ``seconds``."""

    requests: int
    seconds: float

    @property
    def length(self) -> float:
        """A little longer than published, since requests do not arrive as evenly as they are sent."""
        return self.seconds + min(0.5, self.seconds * 0.05)


def budget(published: Sequence[Window], per_minute: int | None) -> tuple[Window, ...]:
    """The limits to keep: the published ones, scaled to ``per_minute`` if the user sets it."""
    if per_minute is None:
        return tuple(published)
    rates = [window.requests * 60 / window.seconds for window in published if window.seconds >= 60]
    if not rates:
        return (Window(per_minute, 60.0), *published)
    share = per_minute / min(rates)
    return tuple(Window(max(1, int(window.requests * share)), window.seconds) for window in published)


@dataclass
class Limiter:
    """Keeps the requests of all processes that share the file ``path`` within ``windows``.

    If the file cannot be used, nothing is limited; each process still obeys the provider's 429.
    """

    path: Path
    windows: tuple[Window, ...]
    runtime: Runtime
    _usable: bool = field(default=True, repr=False)

    def wait(self, deadline: Deadline) -> None:
        """Sleep until a request may be sent; raises OutOfTime if that is after the deadline."""
        pause = 0.0
        with self._locked_file(create=bool(self.windows)) as file:
            if file is None:
                return
            now = self.runtime.monotonic()
            reserved, not_before = _read_head(file, now)
            moment = self._next_time(file, now, reserved, not_before)
            pause = moment - now
            if pause >= deadline.left():
                raise OutOfTime(
                    f"the rate limit of this account allows the next request in {pause:.0f} s, which is after the "
                    f"timeout of {deadline.seconds:g} s",
                    next_steps=RUN_AGAIN,
                    applied=NOT_APPLIED,
                )
            # The slot first: a process that dies in between loses one old reservation and no new one.
            os.pwrite(file, _SLOT.pack(moment), _place(reserved))
            os.pwrite(file, _HEAD.pack(reserved + 1, not_before), 0)
        if pause > 0.0:
            self.runtime.sleep(pause)

    def hold(self, seconds: float) -> None:
        """Make all processes wait, since the provider asked for a pause."""
        with self._locked_file(create=True) as file:
            if file is not None:
                now = self.runtime.monotonic()
                reserved, not_before = _read_head(file, now)
                os.pwrite(file, _HEAD.pack(reserved, max(not_before, now + seconds)), 0)

    def _next_time(self, file: int, now: float, reserved: int, not_before: float) -> float:
        moment = max(now, not_before)
        if reserved:
            last = _read_slot(file, reserved - 1)
            # Keep FIFO order, and spread out requests released by the same pause.
            moment = max(moment, last + (SPACING if not_before > now else 0.0))
        for window in self.windows:
            if reserved >= window.requests:
                moment = max(moment, _read_slot(file, reserved - window.requests) + window.length)
        return moment

    @contextmanager
    def _locked_file(self, *, create: bool) -> Iterator[int | None]:
        """The file, locked; the kernel releases the lock when its holder dies."""
        file = self._open(create=create) if self._usable else None
        if file is None:
            yield None
            return
        try:
            yield file if self._lock(file) else None
        except OSError:
            self._usable = False
        finally:
            os.close(file)

    def _open(self, *, create: bool) -> int | None:
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(self.path, flags)
        except FileNotFoundError:
            if not create:
                return None
        except OSError:
            self._usable = False
            return None
        try:
            return os.open(self.path, flags | os.O_CREAT, 0o600)
        except OSError:
            self._usable = False
            return None

    def _lock(self, file: int) -> bool:
        """Whether the lock was acquired. It is held for microseconds, so a holder that keeps it is not waited for."""
        patience = Deadline(LOCK_SECONDS, self.runtime)
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if patience.passed():
                    return False
            patience.pause(LOCK_PAUSE)


def _read_head(file: int, now: float) -> tuple[int, float]:
    raw = os.pread(file, _HEAD.size, 0)
    reserved, not_before = _HEAD.unpack(raw) if len(raw) == _HEAD.size else (0, 0.0)
    last = _read_slot(file, reserved - 1) if reserved else 0.0
    # Negated, so a value that is not a number is ignored too.
    if not (last < now + FURTHEST_BOOKING and not_before < now + FURTHEST_BOOKING):
        return 0, 0.0
    return reserved, not_before


def _read_slot(file: int, number: int) -> float:
    raw = os.pread(file, _SLOT.size, _place(number))
    return float(_SLOT.unpack(raw)[0]) if len(raw) == _SLOT.size else NOT_A_NUMBER


def _place(number: int) -> int:
    return _HEAD.size + number % MOST_PER_MINUTE * _SLOT.size


def shared_state_dir(environ: Mapping[str, str]) -> Path | None:
    """A private folder of this user that lasts until the next boot; None if none can be trusted."""
    given = environ.get("XDG_RUNTIME_DIR", "")
    base = Path(given) if given and os.path.isdir(given) else Path(tempfile.gettempdir())
    folder = base / f"indiecloud-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        status = os.lstat(folder)
        # Another user may have created a folder of this name in /tmp.
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077:
            return folder
    return None


def limiter_of(folder: Path, account: Sequence[str], windows: tuple[Window, ...], runtime: Runtime) -> Limiter | None:
    """The limiter of an account. The name of its file does not reveal the account or its token."""
    try:
        salt = _salt(folder)
        boot = BOOT.read_bytes() if BOOT.exists() else b""
    except OSError:
        return None
    name = hashlib.blake2b("\0".join(account).encode() + b"\0" + boot, key=salt, digest_size=16).hexdigest()
    return Limiter(folder / f"{name}.requests", windows, runtime)


def _salt(folder: Path) -> bytes:
    path = folder / "salt"
    with suppress(FileNotFoundError):
        return path.read_bytes()[:64]
    # Written completely or not at all; the first process wins.
    handle, draft = tempfile.mkstemp(dir=folder)
    with open(handle, "wb") as file:
        file.write(os.urandom(32))
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
    return path.read_bytes()[:64]
