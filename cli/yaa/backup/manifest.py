"""What a backup says of itself, and whether its files are still what they were."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from yaa.errors import UsageError

NAME = "backup.json"
DATABASE = "postgres.dump"


class Kept(BaseModel):
    """A file of the backup; `told` is what the broker needs to make a stream of it."""

    sha256: str
    size_bytes: int
    told: dict[str, Any] = Field(default_factory=dict)
    created: AwareDatetime | None = None
    """When the stream was made; one that is restored is made anew."""


class Manifest(BaseModel):
    """Is written last: a folder without one is no backup."""

    format: Literal[1] = 1
    created_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    database: Kept
    streams: dict[str, Kept]

    @property
    def size_bytes(self) -> int:
        return self.database.size_bytes + sum(kept.size_bytes for kept in self.streams.values())

    @property
    def events(self) -> int:
        return int(self.streams["RUNS"].told["state"]["messages"])


def stream_file(folder: Path, stream: str) -> Path:
    return folder / f"{stream}.stream"


def kept(file: Path) -> Kept:
    return Kept(sha256=_digest(file), size_bytes=file.stat().st_size)


def write(folder: Path, manifest: Manifest) -> None:
    (folder / NAME).write_text(manifest.model_dump_json(indent=2) + "\n")


def read(folder: Path) -> Manifest:
    """Return what is in a backup, having looked at all of it.

    Raises:
        UsageError: it is none, or not whole.
    """
    try:
        manifest = Manifest.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError):
        raise UsageError(
            f"{str(folder)!r} is no backup: name a folder that yaa backup create has made"
        ) from None
    files = {folder / DATABASE: manifest.database}
    files |= {stream_file(folder, name): each for name, each in manifest.streams.items()}
    for file, each in files.items():
        if not file.is_file() or _digest(file) != each.sha256:
            raise UsageError(
                f"{str(file)!r} is not what it was when the backup was made: use another backup"
            )
    return manifest


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
