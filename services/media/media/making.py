"""Makes what a script needs to be a video: pictures, narrations, subtitles."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from agentkit import Step, StepRejectedError
from contracts.artifacts import Aspect, BlobRef, Media, Scene, SceneMedia, Script
from media.bounded import each
from media.canvas import size_of
from media.narration import length_ms
from media.subtitles import subtitles_of
from media.timeline import plan


def refuse_silent(script: Script) -> None:
    """Raise StepRejectedError when a scene has nothing to say or no picture to show."""
    for number, scene in enumerate(script.scenes, start=1):
        for what in ("narration", "image_prompt"):
            if not getattr(scene, what).strip():
                raise StepRejectedError(
                    f"scene {number} of {script.title!r} has no {what}: write one, or leave it out"
                )


async def scenes_of(
    script: Script, aspect: Aspect, step: Step, *, at_once: int
) -> tuple[SceneMedia, ...]:
    """Return picture and narration of each scene; at most `at_once` are being made."""
    studio = _Studio(step, aspect, script.language, 2 * len(script.scenes))
    jobs = [
        partial(make, number, scene)
        for number, scene in enumerate(script.scenes, start=1)
        for make in (studio.picture, studio.narration)
    ]
    made = await each(jobs, studio.make, at_once=at_once)
    return tuple(
        [
            SceneMedia(
                image=image,
                narration=narration,
                duration_s=length_ms(await step.blobs.read(narration), scene=number) / 1000,
            )
            for number, (image, narration) in enumerate(zip(made[::2], made[1::2], strict=True), 1)
        ]
    )


async def with_subtitles(
    script: Script, scenes: Sequence[SceneMedia], aspect: Aspect, step: Step
) -> Media:
    timeline = plan([round(scene.duration_s * 1000) for scene in scenes])
    written = await asyncio.to_thread(
        subtitles_of, script.scenes, timeline, aspect, simulated=step.simulated
    )
    plain, styled = written.plain.encode(), written.styled.encode()
    return Media(
        scenes=tuple(scenes),
        subtitles=await step.blobs.put(
            plain, media_type="application/x-subrip", name="subtitles.srt"
        ),
        styled_subtitles=await step.blobs.put(
            styled, media_type="text/x-ssa", name="subtitles.ass"
        ),
        duration_s=timeline.total_ms / 1000,
    )


@dataclass(slots=True)
class _Studio:
    """Asks the models for one script's pictures and narrations and shows how far it is."""

    step: Step
    aspect: Aspect
    language: str
    planned: int
    made: int = field(default=0)

    async def make(self, job: Callable[[], Awaitable[BlobRef]]) -> BlobRef:
        ref = await job()
        self.made += 1
        await self.step.progress(
            self.made / self.planned, f"{self.made} of {self.planned} pictures and narrations"
        )
        return ref

    async def picture(self, number: int, scene: Scene) -> BlobRef:
        width, height = size_of(self.aspect)
        try:
            return await self.step.models.image(scene.image_prompt, width=width, height=height)
        except StepRejectedError as error:
            raise StepRejectedError(
                f"the picture of scene {number} was not made: {error}; change what the scene "
                "shows, or word the topic otherwise, and start a new run"
            ) from error

    async def narration(self, number: int, scene: Scene) -> BlobRef:
        try:
            return await self.step.models.speech(scene.narration, language=self.language)
        except StepRejectedError as error:
            raise StepRejectedError(
                f"the narration of scene {number} was not made: {error}; change what the scene says"
            ) from error
