"""The file formats a picture can have."""

from typing import Literal

type Format = Literal["png", "jpeg", "webp"]

FORMATS = ("png", "jpeg", "webp")
