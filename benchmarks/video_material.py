"""What a video is made of, as the simulator makes it: painted pictures, spoken Korean."""

from itertools import cycle, islice

from agentkit.testing import Bench
from contracts.artifacts import Brief, Media, Scene, Script, Seo
from media.editing import Order
from media.handler import agent
from media.settings import MediaSettings
from simulator.picture.painting import paint
from simulator.speech import spoken

_BRIEF = Brief(topic="바다는 왜 하루에 두 번 물러날까", channel_id="bench", brand_name="벤치")
_SEO = Seo(
    title=_BRIEF.topic,
    description="",
    tags=(),
    hashtags=(),
    chapters=(),
    thumbnail_text="바다가 물러나는 비밀",
)
_SCENES = (
    (
        "바닷물은 하루에 두 번 물러났다가 다시 돌아옵니다. 무엇이 이 거대한 물을 움직일까요?",
        "바다는 왜 두 번 물러날까",
        "a boat on a beach at low tide, golden sunset",
    ),
    (
        "비밀은 달의 중력에 있습니다. 달을 마주 보는 바닷물은 달 쪽으로 끌려가 부풉니다.",
        "달이 물을 당긴다",
        "the moon above a dark ocean at night with stars",
    ),
    (
        "반대쪽 바다도 함께 부풀어 오릅니다. 지구가 끌려가면서 물이 뒤에 남기 때문이죠.",
        "반대쪽도 부푼다",
        "planet earth in space with the orbit of the moon",
    ),
    (
        "그래서 우리는 날마다 두 번의 밀물과 두 번의 썰물을 만나게 됩니다.",
        "하루에 두 번",
        "a city skyline at dawn over a river bridge",
    ),
)
_PICTURE_SIZE = (1024, 1536)
"""What image models make for a 9:16 video."""


async def order_of(bench: Bench, scenes: int) -> Order:
    """Return what the media task makes of a script of so many scenes."""
    script = _script(scenes)
    bench.models.will_answer(*(paint(scene.image_prompt, _PICTURE_SIZE) for scene in script.scenes))
    voices = [await spoken(scene.narration, voice="alloy", speed=1) for scene in script.scenes]
    bench.models.will_answer(*voices)
    settings = MediaSettings(calls_at_once=1)
    outcome = await bench.run(agent, _BRIEF, script, task="media", settings=settings, timeout_s=600)
    return Order(_BRIEF, script, _SEO, await bench.output(outcome, Media))


def _script(count: int) -> Script:
    scenes = [
        Scene(
            narration=narration,
            on_screen_text=headline,
            image_prompt=f"{prompt}, {number}",
            target_s=7,
        )
        for number, (narration, headline, prompt) in enumerate(islice(cycle(_SCENES), count))
    ]
    return Script(title=_BRIEF.topic, language="ko", hook="왜?", scenes=tuple(scenes))
