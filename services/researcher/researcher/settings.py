"""What the researcher can be told from outside."""

from pathlib import Path

from pydantic import Field

from agentkit import Settings


class ResearcherSettings(Settings):
    """`lancedb_dir` defaults to `lancedb` inside the data folder."""

    lancedb_dir: Path | None = None
    research_passages: int = Field(5, ge=0, le=50)
    """How many passages of the brand guide, and of earlier research, reach the prompt."""
    research_hits: int = Field(5, ge=1, le=20)
    """How many web pages one search may bring."""

    @property
    def memory_dir(self) -> Path:
        return self.lancedb_dir or self.data_dir / "lancedb"
