"""What the media agent can be told from outside."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from agentkit import Settings

type Preset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"]

MIB = 1024 * 1024


class MediaSettings(Settings):
    """`YAA_RENDER_PRESET`, `YAA_WORK_DIR` and so on."""

    calls_at_once: int = Field(4, ge=1, le=40)
    """How many pictures and narrations are asked for at the same time."""

    render_preset: Preset = "veryfast"
    render_crf: int = Field(20, ge=0, le=51)
    render_fps: int = Field(30, ge=5, le=60, multiple_of=5)
    """A multiple of 5, so that every scene lasts a whole number of frames."""
    render_short_side: int = Field(1080, ge=36, le=2160, multiple_of=18)
    """Width of a 9:16 and height of a 16:9 video; a multiple of 18 makes both sides even."""
    render_workers: int = Field(2, ge=1, le=16)
    """How many pieces of a video are encoded at once, one core and about 300 MB each."""
    render_timeout: timedelta = timedelta(minutes=10)
    """The longest that one run of ffmpeg may take; the step's timeout bounds the whole."""

    ffmpeg_max_memory_bytes: int = Field(1024 * MIB, ge=64 * MIB)
    """Largest data segment of one ffmpeg process; enforced where the system can (Linux)."""
    min_free_bytes: int = Field(256 * MIB, ge=0)
    work_dir: Path | None = None
    """Where videos are rendered; the system's temporary folder when not set."""
