"""In memory what the broker and the providers are outside: the bench's other half."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from agentkit.artifacts import TypedArtifacts
from agentkit.journal import PaidCall
from agentkit.objects import BlobMissingError
from agentkit.providers import Providers
from agentkit.providers.base import (
    Answer,
    Found,
    Listener,
    Provider,
    Request,
    SearchRequest,
    SearchResult,
    TextRequest,
    Written,
)
from contracts.artifacts import BlobRef
from contracts.calls import CallMeta, Usage

type Scripted = BaseModel | Written | Exception | str | bytes | Sequence[Sequence[float]]

_PNG = b"\x89PNG"
_WAV = b"RIFF"


class MemoryJournal:
    def __init__(self) -> None:
        self.calls: dict[str, PaidCall] = {}
        self.saved: dict[str, CallMeta] = {}

    async def find(self, subject: str) -> PaidCall | None:
        return self.calls.get(subject)

    async def append(self, subject: str, call: PaidCall) -> PaidCall:
        return self.calls.setdefault(subject, call)

    async def note_saved(self, subject: str, meta: CallMeta) -> None:
        self.saved.setdefault(subject, meta)


class MemoryArtifacts(TypedArtifacts):
    """Artifacts and files of one test."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, data: bytes, *, media_type: str, name: str) -> BlobRef:
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[sha256] = data
        return BlobRef(sha256=sha256, size_bytes=len(data), media_type=media_type, name=name)

    async def put_file(self, path: Path, *, media_type: str, name: str) -> BlobRef:
        data = await asyncio.to_thread(path.read_bytes)
        return await self.put(data, media_type=media_type, name=name)

    async def read(self, ref: BlobRef) -> bytes:
        if (data := self.files.get(ref.sha256)) is None:
            raise BlobMissingError(f"there is no file {ref.name!r} ({ref.sha256})")
        return data

    async def save(self, ref: BlobRef, path: Path) -> None:
        data = await self.read(ref)
        await asyncio.to_thread(path.write_bytes, data)


class FakeProviders(Providers):
    """Models that say what a test told them to, each capability in the order scripted."""

    def __init__(self, *, simulated: bool = False) -> None:
        super().__init__({}, simulated=simulated)
        self.requests = list[Request]()
        self._script = list[Scripted]()

    @property
    def prompts(self) -> list[str]:
        """The last turn of every text request."""
        return [each.turns[-1].text for each in self.requests if isinstance(each, TextRequest)]

    def will_answer(self, *answers: Scripted) -> None:
        """Add answers.

        A model or text answers a text request, `SearchResult` a search, bytes a picture or
        speech (PNG only the one, WAV only the other), vectors an embedding; an exception is
        raised by whatever call comes to it.
        """
        self._script.extend(answers)

    def of(self, name: str) -> Provider:  # noqa: ARG002 -- it is every provider
        return self

    async def call(self, request: Request, listener: Listener) -> Answer:
        self.requests.append(request)
        scripted = self._next(request)
        if isinstance(scripted, Exception):
            raise scripted
        answer = _answer_of(scripted)
        if isinstance(answer.content, Written):
            await listener.text(answer.content.text)
        return answer

    async def close(self) -> None:
        pass

    def _next(self, request: Request) -> Scripted:
        for index, scripted in enumerate(self._script):
            if isinstance(scripted, Exception) or _suits(scripted, request):
                return self._script.pop(index)
        raise AssertionError(
            f"no answer is scripted for a {request.capability} call: "
            "add one with bench.models.will_answer(...)"
        )


def _suits(scripted: Scripted, request: Request) -> bool:
    match scripted:
        case SearchResult() | Found():
            return isinstance(request, SearchRequest)
        case BaseModel() | str():
            return isinstance(request, TextRequest)
        case bytes():
            kind = {_PNG: ("image",), _WAV: ("speech",)}.get(scripted[:4], ("image", "speech"))
            return request.capability in kind
        case _:
            return request.capability == "embedding"


def _answer_of(scripted: Scripted) -> Answer:
    usage, raw = Usage(input_fresh=10, output=5), {"input_tokens": 10, "output_tokens": 5}
    match scripted:
        case Written() | Found():
            return Answer(scripted, usage, raw)
        case SearchResult():
            return Answer(Found(result=scripted), usage, raw)
        case BaseModel():
            return Answer(Written(text=scripted.model_dump_json()), usage, raw)
        case str():
            return Answer(Written(text=scripted), usage, raw)
        case Exception():
            raise scripted
        case _:
            return Answer(scripted, usage, raw)
