"""The folder in which one video is made, and what can be wrong with it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory, gettempdir

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class WorkroomError(Exception):
    """Videos cannot be made in this folder."""


class DiskFullError(WorkroomError):
    """The folder has no room for a video."""


@contextmanager
def workroom(parent: Path | None, *, min_free_bytes: int) -> Iterator[Path]:
    """Yield an empty folder in `parent` (the system's temporary folder), gone afterwards.

    Raises:
        WorkroomError: the folder cannot be made, is nearly full, or filled up meanwhile.
    """
    root = parent or Path(gettempdir())
    try:
        with _folder_in(root, min_free_bytes) as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full(root, str(error.strerror)) from error
        raise


def disk_full(folder: Path, why: str) -> DiskFullError:
    return DiskFullError(
        f"the disk of {str(folder)!r} is too full to render a video: {disk_usage(folder).free:,} "
        f"bytes are free ({why}); free some space or set YAA_WORK_DIR to a folder on another disk"
    )


def _folder_in(root: Path, min_free_bytes: int) -> TemporaryDirectory[str]:
    try:
        root.mkdir(parents=True, exist_ok=True)
        if disk_usage(root).free < min_free_bytes:
            raise disk_full(root, f"at least {min_free_bytes:,} are wanted")
        return TemporaryDirectory(prefix="yaa-edit-", dir=root, ignore_cleanup_errors=True)
    except OSError as error:
        if error.errno in _FULL:
            raise
        raise WorkroomError(
            f"videos cannot be rendered in {str(root)!r} ({error.strerror}): "
            "set YAA_WORK_DIR to a folder that can be written"
        ) from error
