"""What the usage service can be told from outside."""

from pathlib import Path

from agentkit.settings import Settings


class UsageSettings(Settings):
    """`prices_file` goes before the published prices; same form as `prices.yaml`."""

    prices_file: Path | None = None
