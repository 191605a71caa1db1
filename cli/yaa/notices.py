"""What the commands about messages to people do and show."""

import asyncio

from rich.text import Text

from yaa.actions import out
from yaa.address import gateway_url
from yaa.client import Gateway
from yaa.errors import UsageError
from yaa.views import TrialsView


def try_all(url: str | None) -> int:
    """Send a message to every target and say which took it. Returns the exit code.

    Raises:
        UsageError: there is no target.
    """

    async def ask() -> TrialsView:
        async with Gateway(gateway_url(url)) as gateway:
            return await gateway.try_notices()

    trials = asyncio.run(ask()).items
    if not trials:
        raise UsageError(
            "nobody is told anything: name email, kakaowork, slack or webhook in YAA_NOTIFY where "
            "yaa runs, and where each is (docs/NOTICES.md)"
        )
    for trial in trials:
        said = f"{trial.target}: {trial.problem or 'the message was taken'}"
        out().print(Text(said, style="red" if trial.problem else ""), soft_wrap=True)
    return int(any(trial.problem for trial in trials))
