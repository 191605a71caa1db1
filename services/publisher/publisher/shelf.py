"""One channel's folder in the local library: whole publications and a feed of all of them."""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from loguru import logger
from pydantic import ValidationError

from publisher.feed import FEED, Item, feed_of
from publisher.metadata import METADATA, Metadata
from publisher.naming import folder_of

INCOMING = ".incoming-"
ABANDONED_AFTER_S = 24 * 3600

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR}


class LibraryError(Exception):
    """The library folder cannot be used; the message names it and the way out."""


class Shelf:
    """A publication is made aside and moved in whole; who looks never sees half of one."""

    def __init__(self, library: Path, channel_id: str, *, base_url: str = "") -> None:
        self.folder = library / channel_id
        self._library = library
        self._channel_id = channel_id
        self._base_url = base_url

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """Give a folder to fill for `add`; it is gone when filling it fails."""
        with self._explained():
            draft = self.folder / f"{INCOMING}{token_hex(8)}"
            draft.mkdir(parents=True)
            try:
                yield draft
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise

    def add(self, draft: Path, metadata: Metadata) -> Path:
        """Move `draft` in, or remove it when that fails, and bring the feed up to date.

        Returns:
            The folder of the publication; that of the first one if the run has one already.
        """
        try:
            with self._explained():
                return self._add(draft, metadata)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def find(self, run_id: str) -> Path | None:
        """Return where a run is published, with the feed brought up to date."""
        if not self.folder.is_dir():
            return None
        with self._explained(), self._locked():
            if folder := self._known(run_id):
                self._write_feed()
            return folder

    def items(self) -> list[Item]:
        """Return every publication whose metadata can be read."""
        paths = sorted(self.folder.glob(f"[!.]*/{METADATA}"))
        return [item for item in map(_item_of, paths) if item is not None]

    def _add(self, draft: Path, metadata: Metadata) -> Path:
        (draft / METADATA).write_text(metadata.model_dump_json(indent=2) + "\n", "utf-8")
        for path in (*draft.iterdir(), draft):
            _sync(path)
        with self._locked():
            folder = self._known(metadata.run_id) or self._move_in(draft, metadata)
            self._write_feed()
            self._sweep()
        return folder

    def _known(self, run_id: str) -> Path | None:
        folders = (item.folder for item in self.items() if item.metadata.run_id == run_id)
        return next((self.folder / folder for folder in folders), None)

    def _move_in(self, draft: Path, metadata: Metadata) -> Path:
        target = self.folder / folder_of(metadata.run_id, metadata.title)
        if target.exists():
            target = self.folder / folder_of(metadata.run_id, metadata.title, short=False)
        draft.rename(target)
        _sync(self.folder)
        return target

    def _write_feed(self) -> None:
        draft = self.folder / f"{INCOMING}{FEED}"
        draft.write_bytes(feed_of(self._channel_id, self.items(), base_url=self._base_url))
        _sync(draft)
        draft.replace(self.folder / FEED)

    def _sweep(self) -> None:
        """Remove what a killed process left behind."""
        for draft in self.folder.glob(f"{INCOMING}*/"):
            with suppress(FileNotFoundError):  # others remove their own at any moment
                if time.time() - draft.stat().st_mtime > ABANDONED_AFTER_S:
                    shutil.rmtree(draft, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = str(self._library.absolute())
            if error.errno in _FULL:
                raise LibraryError(
                    f"no space is left for the library {where!r}: free some, or set "
                    "YAA_LIBRARY_DIR to a folder on another disk"
                ) from error
            if error.errno in _CLOSED:
                raise LibraryError(
                    f"the library {where!r} cannot be written ({error.strerror}): make the folder "
                    "writable, or set YAA_LIBRARY_DIR to another one"
                ) from error
            raise


def _item_of(path: Path) -> Item | None:
    try:
        return Item(path.parent.name, Metadata.model_validate_json(path.read_bytes()))
    except (ValidationError, FileNotFoundError):
        logger.warning("publication left out of the feed", metadata=str(path))
        return None


def _sync(path: Path) -> None:
    """Bring a file or a folder to the disk, so that a power cut cannot empty it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
