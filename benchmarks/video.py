"""Seconds that a second of upright 1080p video takes: zoom, fades, Korean subtitles, narration.

The media agent renders two videos as in production, over an in-memory store; the shorter one is
then gone through stage by stage and held against the reference of the tests. The floor is x264
with the same options on as many frames of a picture that stands still.

Prints a table and, as the last line, the same as JSON.

    python benchmarks/video.py [--scenes 5] [--long 20]
"""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from loguru import logger
from reference import likeness
from video_material import order_of
from video_meter import Measured, measured
from video_stages import Studio, floor_of, stages_of, studio_of

from agentkit.testing import Bench
from contracts.artifacts import Video
from media.editing import Order
from media.handler import agent
from media.settings import MediaSettings

SCENES = 5
SCENES_OF_LONG = 20
TIMEOUT_S = 3600.0

MAX_RATIO = 0.5
MAX_RSS_MIB = 800.0
MIN_SSIM = 0.97


@dataclass(frozen=True, slots=True)
class Rendered:
    video: Video
    path: Path
    took: Measured


def main() -> int:
    logger.remove()
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--scenes", type=int, default=SCENES)
    arguments.add_argument("--long", type=int, default=SCENES_OF_LONG, help="0: no long video")
    asked = arguments.parse_args()
    settings = MediaSettings(min_free_bytes=0)
    with tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder:
        figures = asyncio.run(measure(Path(folder), settings, asked.scenes))
        if asked.long:
            figures |= asyncio.run(measure_long(Path(folder), settings, asked.long))
    print(json.dumps(figures))
    is_good = (
        figures["ratio"] <= MAX_RATIO
        and figures["peak_rss_mib"] < MAX_RSS_MIB
        and figures["ssim"] >= MIN_SSIM
    )
    return 0 if is_good else 1


async def measure(folder: Path, settings: MediaSettings, scenes: int) -> dict[str, float]:
    bench = Bench()
    order = await order_of(bench, scenes)
    rendered = await rendered_of(order, bench, folder, settings)
    (folder / "stages").mkdir()
    studio = await studio_of(order, bench, folder / "stages", settings)
    stages = await stages_of(studio, order)
    floor = await floor_of(studio)
    ssim = likeness(studio.footage, rendered.path, settings.render_fps)
    show(rendered, studio, stages, floor)
    print(f"{'SSIM with the reference':<28}{ssim:>10.4f}\n")
    shared = {f"{name} cpu_s": round(took.cpu_s, 2) for name, took in stages.items()}
    whole = figures_of(rendered) | {"ssim": round(ssim, 4)}
    return whole | {"floor_wall_s": floor.wall_s, "floor_cpu_s": floor.cpu_s} | shared


async def measure_long(folder: Path, settings: MediaSettings, scenes: int) -> dict[str, float]:
    bench = Bench()
    order = await order_of(bench, scenes)
    rendered = await rendered_of(order, bench, folder, settings)
    show_whole(rendered)
    return {f"long_{name}": value for name, value in figures_of(rendered).items()}


async def rendered_of(
    order: Order, bench: Bench, folder: Path, settings: MediaSettings
) -> Rendered:
    with measured() as took:
        outcome = await bench.run(
            agent,
            *(order.brief, order.script, order.seo, order.media),
            task="edit",
            settings=settings,
            timeout_s=TIMEOUT_S,
        )
    video = await bench.output(outcome, Video)
    path = folder / "video.mp4"
    await bench.blobs.save(video.video, path)
    return Rendered(video, path, took)


def figures_of(rendered: Rendered) -> dict[str, float]:
    video, took = rendered.video, rendered.took
    return {
        "video_s": video.duration_s,
        "ratio": took.wall_s / video.duration_s,
        "size_bytes": video.video.size_bytes,
        **asdict(took),
    }


def show(rendered: Rendered, studio: Studio, stages: dict[str, Measured], floor: Measured) -> None:
    settings, length_s = studio.settings, rendered.video.duration_s
    print(
        f"{rendered.video.width}x{rendered.video.height}, {settings.render_fps} frames/s, "
        f"{settings.render_preset}, {settings.render_workers} at once"
    )
    print(f"{'seconds a second of video':<28}{'wall':>10}{'CPU':>10}")
    for name, took in {**stages, "floor: x264, still": floor}.items():
        print(f"{name:<28}{took.wall_s / length_s:>10.3f}{took.cpu_s / length_s:>10.3f}")
    show_whole(rendered)
    wall, cpu = rendered.took.wall_s / floor.wall_s, rendered.took.cpu_s / floor.cpu_s
    print(f"{'times the floor':<28}{wall:>10.2f}{cpu:>10.2f}")


def show_whole(rendered: Rendered) -> None:
    video, took = rendered.video, rendered.took
    wall, cpu = took.wall_s / video.duration_s, took.cpu_s / video.duration_s
    size = video.video.size_bytes
    print(f"{f'whole render of {video.duration_s:.1f} s':<28}{wall:>10.3f}{cpu:>10.3f}")
    print(f"{'peak RSS, MiB':<28}{took.peak_rss_mib:>10.0f}")
    print(f"{'size':<28}{size:>10,} bytes, {size * 8 / video.duration_s / 1e6:.2f} Mbit/s")


if __name__ == "__main__":
    sys.exit(main())
