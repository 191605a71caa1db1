"""Writer: turns findings into a script, and a script into what a viewer searches for and reads."""

from collections.abc import Iterable, Iterator

from agentkit import Agent, Expect, Step, StepRejectedError
from contracts.artifacts import Brief, Chapter, Findings, Revision, Scene, Script, Seo
from contracts.calls import Usage
from writer.drafts import SeoDraft, script_draft
from writer.prompts import SCRIPT_SYSTEM, SEO_SYSTEM, again, script_prompt, seo_prompt
from writer.tags import hashtags_of, tags_of

CHAPTER_CHARS = 60

agent = Agent("writer")


@agent.step(expects=(Expect("script", Usage(input_fresh=2600, output=1500)),))
async def script(brief: Brief, findings: Findings, revision: Revision | None, step: Step) -> Script:
    """Return a script whose every fact is one of the findings' claims.

    With a revision it is a new version of the last one, changed as a person asked.

    Raises:
        StepRejectedError: there is no claim to write from.
    """
    if not findings.claims:
        raise StepRejectedError(
            f"the findings about {findings.topic!r} hold no claim to write from: "
            "run again with a topic that can be researched"
        )
    prompt = script_prompt(brief, findings)
    if revision is not None:
        prompt = again(prompt, revision.comment, await step.previous(revision, Script))
    draft = await step.models.ask(
        prompt,
        returns=script_draft(brief.language),
        use="script",
        system=SCRIPT_SYSTEM,
    )
    return Script(
        title=draft.title,
        language=brief.language,
        hook=draft.hook,
        scenes=tuple(Scene(**scene.model_dump()) for scene in draft.scenes),
    )


@agent.step(expects=(Expect("seo", Usage(input_fresh=1700, output=700)),))
async def seo(brief: Brief, script: Script, revision: Revision | None, step: Step) -> Seo:
    """Return title, description and tags as platforms take them; chapters as planned so far.

    With a revision it is a new version of the last one, changed as a person asked.
    """
    prompt = seo_prompt(brief, script)
    if revision is not None:
        prompt = again(prompt, revision.comment, await step.previous(revision, Seo))
    draft = await step.models.ask(prompt, returns=SeoDraft, use="seo", system=SEO_SYSTEM)
    return Seo(
        title=" ".join(draft.title.split()),
        description=draft.description,
        tags=tags_of(draft.tags),
        hashtags=hashtags_of(draft.hashtags),
        chapters=tuple(_chapters(script.scenes)),
        thumbnail_text=draft.thumbnail_text,
    )


def _chapters(scenes: Iterable[Scene]) -> Iterator[Chapter]:
    start_s = 0.0
    for scene in scenes:
        title = " ".join((scene.on_screen_text or scene.narration).split())
        yield Chapter(start_s=round(start_s, 3), title=title[:CHAPTER_CHARS])
        start_s += scene.target_s
