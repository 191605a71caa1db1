"""From an order to the run it asks for, with channel, pipeline and agents as they are now."""

from contracts.events import RunRequested
from contracts.loader import PipelineError, UnknownPipelineError
from contracts.pipeline import Pipeline
from gateway import intake, store
from gateway.intake import Channel, OrderError, RunOrder
from gateway.kit import Kit
from gateway.usable import refuse_unusable


class UnknownNameError(OrderError):
    """There is nothing of the name that the order gives."""


class UnknownChannelError(UnknownNameError):
    kind = "unknown-channel"


class UnknownPipelineNameError(UnknownNameError):
    kind = "unknown-pipeline"


class UnusablePipelineError(OrderError):
    kind = "pipeline-unusable"


async def drafted(kit: Kit, order: RunOrder) -> RunRequested:
    """Return the run that `order` asks for, under an id of its own; nothing is recorded.

    Raises:
        OrderError: it could never be run to its end.
    """
    channel, pipeline = await looked_up(kit, order)
    await refuse_unusable(kit, order, pipeline)
    return await intake.draft_of(kit.artifacts, order, channel, pipeline)


async def looked_up(kit: Kit, order: RunOrder) -> tuple[Channel, Pipeline]:
    """Return what the order names.

    Raises:
        OrderError: there is no such channel or pipeline, or the pipeline has a mistake.
    """
    channel = await _channel(kit, order.channel_id)
    return channel, await pipeline_named(kit, order.pipeline)


async def pipeline_named(kit: Kit, name: str) -> Pipeline:
    """Return the pipeline called `name` as it is now.

    Raises:
        OrderError: there is none, or it has a mistake.
    """
    try:
        return await kit.pipelines.named(kit.settings.pipelines_dir, name)
    except UnknownPipelineError as error:
        raise UnknownPipelineNameError(str(error)) from error
    except PipelineError as error:
        raise UnusablePipelineError(str(error)) from error


async def _channel(kit: Kit, channel_id: str) -> Channel:
    channel = await kit.channels.find(kit.pool, channel_id)
    if channel is None:
        known = ", ".join(row["channel_id"] for row in await store.list_channels(kit.pool))
        raise UnknownChannelError(
            f"there is no channel {channel_id!r}: use one of {known or 'none yet'}, or create it"
        )
    return channel
