"""The gateway as the CLI speaks to it. Every way it can refuse becomes one sentence."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from httpx2 import (
    URL,
    AsyncClient,
    HTTPError,
    InvalidURL,
    Response,
    ServerSentEvent,
    Timeout,
    TransportError,
)
from pydantic import TypeAdapter, ValidationError

from yaa.address import KEY_VARIABLE, api_key, key_place
from yaa.approval_views import ApprovalPage, ApprovalView, Decided, DecisionOrder
from yaa.errors import UsageError
from yaa.schedule_views import ScheduleDraft, SchedulePage, ScheduleView
from yaa.views import (
    Accepted,
    ChannelChange,
    ChannelDraft,
    ChannelView,
    DeadPage,
    DeadView,
    Heeded,
    Plan,
    Repeated,
    RerunOrder,
    RetryOrder,
    RunDetail,
    RunOrder,
    RunPage,
    RunSummary,
    TrialsView,
    printable,
)

API = "/api/v1"
KEY_HEADER = "X-API-Key"
PAGE = 100
"""So many runs are answered at once."""
CALM = Timeout(30, connect=5)
STREAM = Timeout(30, connect=5, read=45)
"""The gateway sends a ping every 15 s; a silent stream is a broken one."""


class GatewayError(UsageError):
    """What the gateway refused, or that none answers, in one sentence for a person."""


class UnavailableError(GatewayError):
    """Nothing answers at the gateway's address, or what answers cannot just now."""


class Gateway:
    """One gateway. Use it as an async context manager."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._client = _client_of(url, api_key(url))

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def start(self, order: RunOrder, *, idempotency_key: str = "") -> Accepted:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        body = order.model_dump(exclude_none=True)
        return await self._ask(Accepted, "POST", f"{API}/pipeline/run", json=body, headers=headers)

    async def plan(self, order: RunOrder) -> Plan:
        body = order.model_dump(exclude_none=True)
        return await self._ask(Plan, "POST", f"{API}/pipeline/plan", json=body)

    async def runs(self, wanted: Mapping[str, str], *, limit: int) -> RunPage:
        """Return the newest runs that fit `wanted`, from as many pages as hold them.

        Args:
            wanted: The filters of the API by their names; empty ones do not matter.
            limit: So many runs at most.
        """
        items, cursor = list[RunSummary](), ""
        while True:
            left = str(min(limit - len(items), PAGE))
            params = {**wanted, "limit": left, "cursor": cursor}
            page = await self._ask(RunPage, "GET", f"{API}/pipeline/runs", params=params)
            items += page.items
            if len(items) == limit or page.next_cursor is None:
                return RunPage(items=tuple(items), next_cursor=page.next_cursor)
            cursor = page.next_cursor

    async def run(self, run_id: str) -> RunDetail:
        return await self._ask(RunDetail, "GET", _path_of(run_id))

    async def steer(self, run_id: str, action: str, **order: str) -> Heeded:
        """Ask for `action`, such as `pause`, of a run that is under way."""
        path = f"{_path_of(run_id)}/{action}"
        return await self._ask(Heeded, "POST", path, json=order)

    async def retry(self, run_id: str, order: RetryOrder) -> Repeated:
        path = f"{_path_of(run_id)}/retry"
        return await self._ask(Repeated, "POST", path, json=order.model_dump())

    async def rerun(self, run_id: str, order: RerunOrder) -> Repeated:
        path = f"{_path_of(run_id)}/rerun"
        return await self._ask(Repeated, "POST", path, json=order.model_dump())

    async def approvals(self, *, status: str, channel: str, limit: int) -> ApprovalPage:
        wanted = {"status": status, "channel_id": channel, "limit": str(limit)}
        params = {name: value for name, value in wanted.items() if value}
        return await self._ask(ApprovalPage, "GET", f"{API}/approvals", params=params)

    async def open_approvals(self, run_id: str) -> ApprovalPage:
        """Return what a run asks right now."""
        return await self._ask(ApprovalPage, "GET", _path_of_approvals(run_id))

    async def approval(self, run_id: str, step: str) -> ApprovalView:
        path = f"{_path_of_approvals(run_id)}/{quote(step, safe='')}"
        return await self._ask(ApprovalView, "GET", path)

    async def decide(self, run_id: str, step: str, order: DecisionOrder) -> Decided:
        path = f"{_path_of_approvals(run_id)}/{quote(step, safe='')}/decision"
        return await self._ask(Decided, "POST", path, json=order.model_dump())

    async def channels(self) -> tuple[ChannelView, ...]:
        return await self._ask(tuple[ChannelView, ...], "GET", f"{API}/channels")

    async def add_channel(self, draft: ChannelDraft) -> ChannelView:
        return await self._ask(ChannelView, "POST", f"{API}/channels", json=draft.model_dump())

    async def channel(self, channel_id: str) -> ChannelView:
        return await self._ask(ChannelView, "GET", _path_of_channel(channel_id))

    async def change_channel(self, channel_id: str, change: ChannelChange) -> ChannelView:
        body = change.model_dump(exclude_none=True)
        return await self._ask(ChannelView, "PATCH", _path_of_channel(channel_id), json=body)

    async def remove_channel(self, channel_id: str) -> None:
        await self._answer("DELETE", _path_of_channel(channel_id))

    async def dead_letters(self, *, limit: int = 20) -> DeadPage:
        return await self._ask(DeadPage, "GET", f"{API}/dead", params={"limit": str(limit)})

    async def dead_letter(self, dead_id: str) -> DeadView:
        return await self._ask(DeadView, "GET", _path_of_dead(dead_id))

    async def redrive(self, dead_id: str) -> Repeated:
        return await self._ask(Repeated, "POST", f"{_path_of_dead(dead_id)}/redrive")

    async def try_notices(self) -> TrialsView:
        return await self._ask(TrialsView, "POST", "/admin/notices/trial")

    async def add_schedule(self, draft: ScheduleDraft, *, idempotency_key: str) -> ScheduleView:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        body = draft.model_dump(exclude_none=True)
        return await self._ask(ScheduleView, "POST", f"{API}/schedules", json=body, headers=headers)

    async def schedules(self, *, limit: int) -> SchedulePage:
        return await self._ask(SchedulePage, "GET", f"{API}/schedules", params={"limit": limit})

    async def schedule(self, schedule_id: str) -> ScheduleView:
        return await self._ask(ScheduleView, "GET", _path_of_schedule(schedule_id))

    async def steer_schedule(self, schedule_id: str, action: str) -> ScheduleView:
        """Ask for `pause` or `resume`."""
        path = f"{_path_of_schedule(schedule_id)}/{action}"
        return await self._ask(ScheduleView, "POST", path)

    async def remove_schedule(self, schedule_id: str) -> None:
        await self._answer("DELETE", _path_of_schedule(schedule_id))

    @asynccontextmanager
    async def events(
        self, run_id: str, *, after: str = ""
    ) -> AsyncGenerator[AsyncIterator[ServerSentEvent]]:
        """Open the run's event stream behind the event `after`.

        Raises:
            httpx2.TransportError: there is no connection, or it broke.
            GatewayError: the gateway refuses.
        """
        headers = {"Last-Event-ID": after} if after else {}
        path = f"{_path_of(run_id)}/events"
        async with self._client.sse(path, headers=headers, timeout=STREAM) as source:
            if source.response.is_error:
                await source.response.aread()
                raise _refusal_of(source.response)
            yield aiter(source)

    async def _ask[T](self, returns: type[T], method: str, path: str, **request: Any) -> T:  # noqa: ANN401 - passed on
        response = await self._answer(method, path, **request)
        try:
            return TypeAdapter(returns).validate_json(response.content)
        except ValidationError as error:
            raise _not_yaa(self.url) from error

    async def _answer(self, method: str, path: str, **request: Any) -> Response:  # noqa: ANN401 - passed on
        try:
            response = await self._client.request(method, path, **request)
        except TransportError as error:
            raise UnavailableError(
                f'no yaa answers at {self.url}: start it with "yaa up" or set YAA_URL'
            ) from error
        except HTTPError as error:
            raise GatewayError(f"{self.url} broke off: {error}; try again") from error
        if not response.is_success:
            raise _refusal_of(response)
        return response


def _client_of(url: str, key: str) -> AsyncClient:
    try:
        host = URL(url).host
    except InvalidURL as error:
        raise _bad_url(url) from error
    if not url.startswith(("http://", "https://")) or not host:
        raise _bad_url(url)
    is_local = host in ("localhost", "127.0.0.1", "::1")
    headers = {KEY_HEADER: key} if key else {}
    try:
        return AsyncClient(base_url=url, headers=headers, timeout=CALM, trust_env=not is_local)
    except UnicodeEncodeError:
        raise GatewayError(
            f"{KEY_VARIABLE} is no key: set it to one that yaa keys create has made"
        ) from None


def _bad_url(url: str) -> GatewayError:
    return GatewayError(f"{url!r} is no address of a yaa: write it like http://127.0.0.1:8400")


def _not_yaa(url: str) -> GatewayError:
    return GatewayError(f"what answers at {url} is no yaa of this version: check YAA_URL")


def _path_of(run_id: str) -> str:
    return f"{API}/pipeline/runs/{_quoted(run_id)}"


def _path_of_approvals(run_id: str) -> str:
    return f"{API}/approvals/{_quoted(run_id)}"


def _quoted(run_id: str) -> str:
    if not run_id.strip():
        raise GatewayError('the run id is empty: "yaa runs" lists them')
    return quote(run_id, safe="")


def _path_of_channel(channel_id: str) -> str:
    if not channel_id.strip():
        raise GatewayError('the id of the channel is empty: "yaa channels list" has them')
    return f"{API}/channels/{quote(channel_id, safe='')}"


def _path_of_dead(dead_id: str) -> str:
    if not dead_id.strip():
        raise GatewayError('the number of the dead letter is empty: "yaa dead list" has them')
    return f"{API}/dead/{quote(dead_id, safe='')}"


def _path_of_schedule(schedule_id: str) -> str:
    if not schedule_id.strip():
        raise GatewayError('the id of the schedule is empty: "yaa schedule list" has them')
    return f"{API}/schedules/{quote(schedule_id, safe='')}"


def _refusal_of(response: Response) -> GatewayError:
    """Return the gateway's own sentence from its problem document (RFC 9457)."""
    url = response.request.url
    problem = _problem_of(response)
    sentence = printable(str(problem.get("detail") or problem.get("title") or ""))
    if response.is_server_error:
        answer = sentence or f"{url.host} answers {response.status_code} {response.reason_phrase}"
        return UnavailableError(f"{answer}; try again in a moment")
    if not sentence:
        return _not_yaa(f"{url.scheme}://{url.netloc.decode()}")
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return UnavailableError(sentence)
    if str(problem.get("type")).rpartition(":")[2] in _ABOUT_KEYS:
        return _refused_key(response, sentence)
    return GatewayError(sentence)


def _problem_of(response: Response) -> dict[str, object]:
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _refused_key(response: Response, sentence: str) -> GatewayError:
    if KEY_HEADER not in response.request.headers:
        url = response.request.url
        return GatewayError(
            f"{url.scheme}://{url.netloc.decode()} wants a key: set {KEY_VARIABLE} to one that "
            "yaa keys create has made there"
        )
    return GatewayError(f"{sentence} (yours is in {key_place()})")


_ABOUT_KEYS = {"key-missing", "key-refused", "scope-missing"}
"""The kinds of problems that another key would do away with."""
