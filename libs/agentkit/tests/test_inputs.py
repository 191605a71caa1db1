"""What a handler is given when its step ran before, runs for each item, or was skipped over."""

import asyncio

import pytest

from agentkit import Agent, Settings, Step
from agentkit.inputs import LISTS_KEPT, Lists
from agentkit.step import task_of
from agentkit.testing import Bench
from contracts.artifacts import Artifact, ArtifactRef, BlobRef, Brief, Item, Items, Joined, Revision
from contracts.events import StepFailed, StepOutcome

BRIEF = Brief(topic="tides", channel_id="demo", brand_name="Demo")


class Note(Artifact):
    text: str


class Report(Artifact):
    text: str


echo = Agent("echo")


@echo.step
async def each(item: Item, notes: tuple[Note, ...]) -> Note:
    return Note(text=f"{item.index}/{item.count} {item.value} {len(notes)}")


@echo.step
async def maybe(brief: Brief, item: Item | None, note: Note | None) -> Report:
    return Report(text=f"{brief.topic} {item and item.value} {note and note.text}")


@echo.step
async def every(notes: tuple[Note, ...]) -> Report:
    return Report(text=" ".join(note.text for note in notes))


@echo.step
async def one(note: Note) -> Report:
    return Report(text=note.text)


@echo.step
async def again(brief: Brief, revision: Revision | None, step: Step) -> Note:
    if revision is None:
        return Note(text=brief.topic)
    previous = await step.previous(revision, Note)
    return Note(text=f"{previous and previous.text}, {revision.comment}")


@echo.step
async def remarks(revisions: tuple[Revision, ...]) -> Note:
    return Note(text=" ".join(each.comment for each in revisions))


async def said(bench: Bench, outcome: StepOutcome) -> str:
    if outcome.type == "step.failed":
        return outcome.error.message
    kind: type[Note | Report] = Note if outcome.output.kind == "Note" else Report
    return (await bench.output(outcome, kind)).text


async def test_an_instance_is_given_its_item(bench: Bench) -> None:
    first = await bench.run(echo, task="each", items=("a", "b"), index=0)
    second = await bench.run(echo, task="each", items=("a", "b"), index=1)

    assert first.step == "each:0"
    assert [await said(bench, first), await said(bench, second)] == ["0/2 a 0", "1/2 b 0"]


async def test_a_step_that_runs_once_has_no_item(bench: Bench) -> None:
    outcome = await bench.run(echo, task="each")

    assert isinstance(outcome, StepFailed)
    assert not outcome.error.retryable
    assert "add for_each to step 'each'" in outcome.error.message


async def test_an_index_behind_the_list_is_a_rejection(bench: Bench) -> None:
    outcome = await bench.run(echo, task="each", items=("a",), index=7)

    assert isinstance(outcome, StepFailed)
    assert not outcome.error.retryable
    assert "has 1 items, none at 7" in outcome.error.message


async def test_what_may_be_missing_is_none_when_it_is(bench: Bench) -> None:
    without = await bench.run(echo, BRIEF, task="maybe")
    given = await bench.run(echo, BRIEF, Note(text="n"), task="maybe", items=(5,), attempt=2)

    assert await said(bench, without) == "tides None None"
    assert await said(bench, given) == "tides 5 n"


async def test_what_may_be_missing_must_still_be_one(bench: Bench) -> None:
    outcome = await bench.run(echo, BRIEF, Note(text="a"), Note(text="b"), task="maybe")

    assert "takes one Note but note-1, note-2 give one each" in await said(bench, outcome)


async def test_a_list_that_lies_in_the_store_is_read_once_for_all_instances(bench: Bench) -> None:
    reads = list[str]()
    read = bench.artifacts.read

    async def counted(ref: BlobRef) -> bytes:
        reads.append(ref.sha256)
        return await read(ref)

    bench.artifacts.read = counted  # type: ignore[method-assign]  # counts, and is the real one
    items = [f"item {n:05} of a long list" for n in range(1000)]

    outcomes = await asyncio.gather(
        *(bench.run(echo, task="each", items=items, index=n) for n in range(0, 1000, 10))
    )

    assert [await said(bench, each) for each in outcomes][1] == f"10/1000 {items[10]} 0"
    assert len(reads) == 1


async def test_only_the_last_few_lists_are_kept(bench: Bench) -> None:
    lists, store = Lists(), bench.artifacts
    refs = list[ArtifactRef]()
    for n in range(LISTS_KEPT + 1):
        refs.append(await store.put_artifact(Items(values=(f"{n}" * 9000,))))
    first, *others = [await lists.read(ref, Items, store) for ref in refs]

    assert await lists.read(refs[-1], Items, store) is others[-1]
    assert await lists.read(refs[0], Items, store) is not first


async def test_all_outputs_of_the_instances_are_given_in_order(bench: Bench) -> None:
    joined = await bench.joined(Note(text="a"), None, Note(text="c"), Report(text="other"))

    outcome = await bench.run(echo, Note(text="before"), joined, Note(text="after"), task="every")

    assert await said(bench, outcome) == "before a c after"


async def test_many_outputs_that_lie_in_the_store_are_given_in_order(bench: Bench) -> None:
    notes = [Note(text=f"{n:04}" * 3000) for n in range(40)]

    outcome = await bench.run(echo, await bench.joined(*notes), task="every")

    assert await said(bench, outcome) == " ".join(note.text for note in notes)


async def test_the_only_output_of_the_instances_may_be_taken_alone(bench: Bench) -> None:
    outcome = await bench.run(echo, await bench.joined(None, Note(text="b")), task="one")

    assert await said(bench, outcome) == "b"


async def test_one_of_many_outputs_is_not_chosen(bench: Bench) -> None:
    joined = await bench.joined(*(Note(text=f"{n}") for n in range(8)))

    outcome = await bench.run(echo, joined, task="one")

    assert isinstance(outcome, StepFailed)
    assert not outcome.error.retryable
    assert "joined-0:4 and 3 more give one each" in outcome.error.message
    assert "tuple[Note, ...]" in outcome.error.message


async def test_a_step_run_again_is_given_the_comment_and_what_it_gave(bench: Bench) -> None:
    first = await bench.run(echo, BRIEF, task="again")
    revision = await bench.revision("but shorter", Note(text="tides"))
    second = await bench.run(echo, BRIEF, revision, task="again", attempt=2)
    every_one = await bench.run(echo, revision, task="remarks")

    assert await said(bench, first) == "tides"
    assert await said(bench, second) == "tides, but shorter"
    assert await said(bench, every_one) == "but shorter"


@pytest.mark.parametrize(("index", "text"), [(0, "None"), (1, "b"), (2, "None"), (3, "None")])
async def test_an_instance_run_again_is_given_what_it_gave_itself(
    bench: Bench, index: int, text: str
) -> None:
    joined = await bench.joined(None, Note(text="b"), Report(text="another kind"))
    revision = await bench.revision("shorter", joined)

    outcome = await bench.run(echo, BRIEF, revision, task="again", items=("x",) * 4, index=index)

    assert await said(bench, outcome) == f"{text}, shorter"


async def test_a_comment_that_the_handler_would_not_hear_is_refused(bench: Bench) -> None:
    outcome = await bench.run(echo, Note(text="a"), await bench.revision("shorter"), task="one")

    assert isinstance(outcome, StepFailed)
    assert not outcome.error.retryable
    assert "task 'one' cannot follow a comment" in outcome.error.message


async def takes_joined(joined: Joined) -> Note:
    raise NotImplementedError(joined)


async def takes_all_joined(joined: tuple[Joined, ...]) -> Note:
    raise NotImplementedError(joined)


async def takes_all_items(items: tuple[Item, ...]) -> Note:
    raise NotImplementedError(items)


async def takes_a_revision(revision: Revision) -> Note:
    raise NotImplementedError(revision)


async def takes_anything(artifact: Artifact) -> Note:
    raise NotImplementedError(artifact)


async def takes_a_pair(notes: tuple[Note, Note]) -> Note:
    raise NotImplementedError(notes)


async def takes_either(either: Note | Report) -> Note:
    raise NotImplementedError(either)


async def takes_text_or_none(text: str | None) -> Note:
    raise NotImplementedError(text)


async def takes_what_it_likes(whatever) -> Note:  # type: ignore[no-untyped-def]
    raise NotImplementedError(whatever)


@pytest.mark.parametrize(
    ("handler", "way_out"),
    [
        (takes_joined, "'joined': take the outputs themselves"),
        (takes_all_joined, "take the outputs themselves"),
        (takes_all_items, "annotate it with Item"),
        (takes_a_revision, r"annotate it with Revision \| None"),
        (takes_anything, "'artifact': annotate it with an Artifact, one or None"),
        (takes_a_pair, "annotate it with"),
        (takes_either, "annotate it with"),
        (takes_text_or_none, "annotate it with"),
        (takes_what_it_likes, "'takes_what_it_likes' cannot be given 'whatever'"),
    ],
)
def test_what_cannot_be_given_is_refused_at_once(handler: object, way_out: str) -> None:
    with pytest.raises(TypeError, match=way_out):
        task_of(handler)  # type: ignore[arg-type]  # what the test is about


def test_a_card_parts_what_must_be_given_from_what_may_be() -> None:
    card = echo.card(Settings().models, simulated=True)

    assert {task.task: (task.inputs, task.optional) for task in card.tasks} == {
        "each": ((), ("Item", "Note")),
        "maybe": (("Brief",), ("Item", "Note")),
        "every": ((), ("Note",)),
        "one": (("Note",), ()),
        "again": (("Brief",), ("Revision",)),
        "remarks": ((), ("Revision",)),
    }
