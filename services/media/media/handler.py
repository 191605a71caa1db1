"""Media: makes pictures, narration and subtitles of a script, and the video out of them."""

from agentkit import Agent, Expect, Step
from contracts.artifacts import Brief, Media, Script, Seo, Video
from contracts.calls import Usage
from media import editing, making, memory
from media.settings import MediaSettings

agent = Agent("media", settings=MediaSettings)
memory.give_back_freed()

_A_PICTURE = Expect("image", Usage(input_fresh=120, output_image=1600, images=1), count=5)
_A_NARRATION = Expect("speech", Usage(characters=90), count=5)


@agent.step(expects=(_A_PICTURE, _A_NARRATION))
async def media(brief: Brief, script: Script, step: Step, settings: MediaSettings) -> Media:
    """Return a picture and a narration for each scene, and subtitles that fit them.

    Raises:
        StepRejectedError: a scene says nothing, or a model refuses what it asks for.
    """
    making.refuse_silent(script)
    scenes = await making.scenes_of(script, brief.aspect, step, at_once=settings.calls_at_once)
    return await making.with_subtitles(script, scenes, brief.aspect, step)


@agent.step
async def edit(  # noqa: PLR0913, PLR0917 -- injected by what each one is
    brief: Brief, script: Script, seo: Seo, media: Media, step: Step, settings: MediaSettings
) -> Video:
    """Return the finished video with its thumbnail and chapters.

    Raises:
        StepRejectedError: a picture or recording cannot be read.
        WorkroomError: the folder cannot be used, or its disk is full.
    """
    return await editing.video_of(editing.Order(brief, script, seo, media), step, settings)
