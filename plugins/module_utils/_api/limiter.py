# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One budget of requests for all processes of this machine that use one account.

Each process books the moment of its next request in a file and sleeps until then without holding anything: first come,
first served, nobody wakes together, and one that is killed has only wasted what it had booked.
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
"""As many bookings are remembered."""
SPACING = 0.02
"""Between two requests of those that waited for the end of the same pause."""
FURTHEST_BOOKING = 900.0
"""Seconds; a booking further ahead is ignored, since the clock was reset or the file is not ours."""
NOT_A_NUMBER = float("nan")
LOCK_SECONDS = 1.0
LOCK_PAUSE = 0.001
BOOT = Path("/proc/sys/kernel/random/boot_id")

_HEAD = struct.Struct("<Qd")
"""How many bookings there were, and the moment before which nobody shall ask."""
_SLOT = struct.Struct("<d")


class Window(NamedTuple):
    """At most so many requests in any so many seconds."""

    requests: int
    seconds: float

    @property
    def length(self) -> float:
        """A little longer than published: requests do not arrive with the distances with which they were sent."""
        return self.seconds + min(0.5, self.seconds * 0.05)


def budget(published: Sequence[Window], per_minute: int | None) -> tuple[Window, ...]:
    """The windows to keep to: the published ones, in proportion to ``per_minute`` where the user gives it."""
    if per_minute is None:
        return tuple(published)
    rates = [window.requests * 60 / window.seconds for window in published if window.seconds >= 60]
    if not rates:
        return (Window(per_minute, 60.0), *published)
    share = per_minute / min(rates)
    return tuple(Window(max(1, int(window.requests * share)), window.seconds) for window in published)


@dataclass
class Limiter:
    """Keeps the requests of all processes that share ``path`` within ``windows``.

    A file that cannot be used limits nothing: the provider's 429 is still obeyed by each process for itself.
    """

    path: Path
    windows: tuple[Window, ...]
    runtime: Runtime
    _usable: bool = field(default=True, repr=False)

    def wait(self, deadline: Deadline) -> None:
        """Sleep until a request may be sent; raises OutOfTime where that is after the deadline."""
        pause = 0.0
        with self._book(create=bool(self.windows)) as file:
            if file is None:
                return
            now = self.runtime.monotonic()
            booked, not_before = _read_head(file, now)
            moment = self._moment(file, now, booked, not_before)
            pause = moment - now
            if pause >= deadline.left():
                raise OutOfTime(
                    f"the requests of this account are used up for the next {pause:.0f} s, and the "
                    f"{deadline.seconds:g} s of the run end before",
                    next_steps=RUN_AGAIN,
                    applied=NOT_APPLIED,
                )
            # The slot first: a process that dies in between has lost one old booking, and no new one.
            os.pwrite(file, _SLOT.pack(moment), _place(booked))
            os.pwrite(file, _HEAD.pack(booked + 1, not_before), 0)
        if pause > 0.0:
            self.runtime.sleep(pause)

    def hold(self, seconds: float) -> None:
        """The provider asked to wait: so do all."""
        with self._book(create=True) as file:
            if file is not None:
                now = self.runtime.monotonic()
                booked, not_before = _read_head(file, now)
                os.pwrite(file, _HEAD.pack(booked, max(not_before, now + seconds)), 0)

    def _moment(self, file: int, now: float, booked: int, not_before: float) -> float:
        moment = max(now, not_before)
        if booked:
            last = _read_slot(file, booked - 1)
            # Nobody overtakes; and those whom a pause held up do not all come at its end.
            moment = max(moment, last + (SPACING if not_before > now else 0.0))
        for window in self.windows:
            if booked >= window.requests:
                moment = max(moment, _read_slot(file, booked - window.requests) + window.length)
        return moment

    @contextmanager
    def _book(self, *, create: bool) -> Iterator[int | None]:
        """The file, locked; the kernel gives the lock back when its holder dies."""
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
        """Whether the lock was had; it is held for microseconds, so that a holder who keeps it is not waited for."""
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
    booked, not_before = _HEAD.unpack(raw) if len(raw) == _HEAD.size else (0, 0.0)
    last = _read_slot(file, booked - 1) if booked else 0.0
    # Written so that what is no number is nonsense too.
    if not (last < now + FURTHEST_BOOKING and not_before < now + FURTHEST_BOOKING):
        return 0, 0.0
    return booked, not_before


def _read_slot(file: int, number: int) -> float:
    raw = os.pread(file, _SLOT.size, _place(number))
    return float(_SLOT.unpack(raw)[0]) if len(raw) == _SLOT.size else NOT_A_NUMBER


def _place(number: int) -> int:
    return _HEAD.size + number % MOST_PER_MINUTE * _SLOT.size


def shared_state_dir(environ: Mapping[str, str]) -> Path | None:
    """A private folder of this user that lasts until the next boot; None if there is none that can be trusted."""
    given = environ.get("XDG_RUNTIME_DIR", "")
    base = Path(given) if given and os.path.isdir(given) else Path(tempfile.gettempdir())
    folder = base / f"indiecloud-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = os.lstat(folder)
        # Anybody may make a folder of this name in /tmp.
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
            return folder
    return None


def limiter_of(folder: Path, account: Sequence[str], windows: tuple[Window, ...], runtime: Runtime) -> Limiter | None:
    """The limiter of an account, whose file is named so that nobody learns the account or its token from it."""
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
    # Whole or not at all, and the first one wins.
    handle, draft = tempfile.mkstemp(dir=folder)
    with open(handle, "wb") as file:
        file.write(os.urandom(32))
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
    return path.read_bytes()[:64]
