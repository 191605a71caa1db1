"""As whom a child process runs.

PostgreSQL refuses to run as root. Started by root it becomes `nobody`, who may not enter
folders such as `/root`. Then the child keeps the one capability that lets it read past folder
permissions, and the permissions themselves stay as they are.
"""

import ctypes
import os
import pwd
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from yaa.errors import UsageError

UNPRIVILEGED = "nobody"

_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_SECBIT_KEEP_CAPS = 1 << 4


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """A user, and the number of the capability it keeps, if it needs one."""

    uid: int
    gid: int
    capability: int | None = None

    def own(self, *paths: Path) -> None:
        for path in paths:
            os.chown(path, self.uid, self.gid)

    def change(self) -> Callable[[], None]:
        """Return what makes a child this user for good, to be run between fork and exec.

        All that could take a lock, such as finding a C function, is done here and now.
        """
        keep = _keeping(self.capability) if self.capability is not None else None

        def run() -> None:
            if keep is not None:
                keep.before()
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)
            if keep is not None:
                keep.after()

        return run


class _Keep(NamedTuple):
    before: Callable[[], object]
    after: Callable[[], object]


def _keeping(capability: int) -> _Keep:
    libc = ctypes.CDLL(None)
    prctl, capset = libc.prctl, libc.capset
    bit = 1 << capability
    header = ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0))
    sets = (_Sets * 2)(_Sets(bit, bit, bit), _Sets())

    def before() -> None:
        prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
        # initdb looks for postgres with access(2), which else asks as if there were no capability
        prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP | _SECBIT_KEEP_CAPS, 0, 0, 0)

    def after() -> None:
        capset(header, sets)
        prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)

    return _Keep(before, after)


def unprivileged(data: Path, *others: Path) -> Identity | None:
    """Return who a server that keeps `data` must become; None when it can stay who we are.

    It becomes the owner of the data that is there. It must be able to reach `others` too.

    Raises:
        UsageError: we are root, and nobody else may enter one of the folders.
    """
    if os.getuid() != 0:
        return None
    uid, gid = _owner(data)
    above = (folder for path in (data, *others) for folder in path.resolve().parents)
    closed = [folder for folder in above if _is_closed(folder)]
    return Identity(uid, gid, _capability_for(closed[0]) if closed else None)


def _owner(data: Path) -> tuple[int, int]:
    if data.exists() and (found := data.stat()).st_uid != 0:
        return found.st_uid, found.st_gid
    try:
        user = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise UsageError(
            f"PostgreSQL does not run as root and there is no user {UNPRIVILEGED!r} to run it as: "
            "run yaa as another user"
        ) from None
    return user.pw_uid, user.pw_gid


def _is_closed(folder: Path) -> bool:
    return not folder.stat().st_mode & stat.S_IXOTH


def _capability_for(closed: Path) -> int:
    held = _held_capabilities()
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if held & (1 << capability):
            return capability
    raise UsageError(
        f"PostgreSQL does not run as root, and user {UNPRIVILEGED!r} may not enter "
        f"{str(closed)!r}: choose a --data-dir that everyone may enter, or run yaa as another user"
    )


def _held_capabilities() -> int:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(lines.get("CapEff", "0"), 16)
