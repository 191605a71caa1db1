"""What the publisher can be told from outside."""

from pathlib import Path

from pydantic import Field

from agentkit import Settings


class PublisherSettings(Settings):
    """`library_base_url` is where a web server shows `library_dir`.

    Without it the feed's addresses are relative to the feed itself.
    """

    library_dir: Path = Path("library")
    library_base_url: str = Field("", pattern=r"^(https?://\S+)?$")
