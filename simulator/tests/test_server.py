"""The simulator as a whole: deterministic, counting, easy to start and to stop."""

import asyncio
import json
import socket
import subprocess
import sys
import time

import httpx2
import pytest

from simulator.server import PortTakenError, running
from simulator.settings import SimulatorSettings

CHAT = "/openai/v1/chat/completions"
ASKED = {"model": "m", "messages": [{"role": "user", "content": "Topic: 달\nLanguage: ko"}]}


async def answers(seed: int) -> list[bytes]:
    requests = [
        (CHAT, ASKED),
        (CHAT, ASKED | {"stream": True}),
        ("/anthropic/v1/messages", ASKED | {"max_tokens": 100}),
        ("/openai/v1/images/generations", {"model": "m", "prompt": "달", "size": "256x256"}),
    ]
    settings = SimulatorSettings(port=0, latency_s=0, seed=seed)
    async with running(settings) as url, httpx2.AsyncClient(base_url=url) as http:
        return [(await http.post(path, json=body)).content for path, body in requests]


async def test_the_same_request_gets_the_same_bytes_from_another_simulator():
    assert await answers(1) == await answers(1)


async def test_another_seed_gives_other_answers():
    assert all(one != other for one, other in zip(await answers(1), await answers(2), strict=True))


async def test_the_log_counts_what_was_asked_and_what_was_answered_twice(http):
    await http.post(CHAT, json=ASKED, headers={"x-yaa-fault": "500"})
    for _ in range(2):
        await http.post(CHAT, json=ASKED)
    await http.post(CHAT, json=ASKED | {"stream": True})

    log = (await http.get("/simulator/requests?last=2")).json()
    assert log["requests"] == {CHAT: 4}
    assert log["answered"] == {CHAT: 3}
    assert [(each["path"], each["times"]) for each in log["repeated"]] == [(CHAT, 2)]
    assert [each["number"] for each in log["last"]] == [3, 4]
    assert (log["last"][0]["status"], log["last"][0]["digest"]) == (
        200,
        log["repeated"][0]["digest"],
    )


async def test_what_two_runs_ask_alike_is_not_answered_twice(http):
    traces = [f"00-{trace:032x}-{span:016x}-01" for trace, span in ((1, 1), (2, 2), (2, 3))]
    for trace in traces:
        await http.post(CHAT, json=ASKED, headers={"traceparent": trace})

    log = (await http.get("/simulator/requests")).json()

    assert log["answered"] == {CHAT: 3}
    assert [each["times"] for each in log["repeated"]] == [2]


async def test_the_log_holds_no_content_and_is_cleared(http):
    await http.post(CHAT, json=ASKED, headers={"authorization": "Bearer sk-secret"})
    log = await http.get("/simulator/requests")
    await http.delete("/simulator/requests")

    assert "달" not in log.text
    assert "secret" not in log.text
    assert (await http.get("/simulator/requests")).json()["requests"] == {}


async def test_a_stream_nobody_reads_to_its_end_is_not_an_answer():
    async with (
        running(SimulatorSettings(port=0, latency_s=0.2)) as url,
        httpx2.AsyncClient(base_url=url) as http,
    ):
        async with http.stream("POST", CHAT, json=ASKED | {"stream": True}) as response:
            await anext(response.aiter_bytes())
        async with asyncio.timeout(15):
            while (await _status(http)) == "pending":  # noqa: ASYNC110, it is across HTTP
                await asyncio.sleep(0.02)

        assert await _status(http) == "abandoned"


async def _status(http: httpx2.AsyncClient) -> object:
    return (await http.get("/simulator/requests")).json()["last"][-1]["status"]


async def test_an_answer_takes_the_configured_time_and_a_stream_a_little_longer():
    async with (
        running(SimulatorSettings(port=0, latency_s=0.1)) as url,
        httpx2.AsyncClient(base_url=url) as http,
    ):
        started = time.perf_counter()
        await http.post(CHAT, json=ASKED)
        answered = time.perf_counter()
        await http.post(CHAT, json=ASKED | {"stream": True})
        streamed = time.perf_counter()

    assert answered - started > 0.1
    assert streamed - answered > 0.15


async def test_it_is_ready_when_it_runs_and_gone_when_it_does_not():
    async with running(SimulatorSettings(port=0)) as url, httpx2.AsyncClient() as http:
        assert (await http.get(f"{url}/health/ready")).status_code == 200

    async with httpx2.AsyncClient() as http:
        with pytest.raises(httpx2.ConnectError):
            await http.get(f"{url}/health/ready")


async def test_other_packages_get_one_by_a_fixture(simulator_url):
    async with httpx2.AsyncClient(base_url=simulator_url) as http:
        assert (await http.get("/health/live")).json() == {"status": "ok"}


async def test_an_error_inside_the_block_comes_out_as_it_is():
    with pytest.raises(KeyError, match="mine"):
        async with running(SimulatorSettings(port=0)):
            raise KeyError("mine")


async def test_a_taken_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTakenError, match=rf"127.0.0.1:{port}.*YAA_SIMULATOR_PORT"):
            async with running(SimulatorSettings(port=port)):
                pass


def test_as_a_process_it_starts_says_where_and_stops_on_a_signal(monkeypatch):
    monkeypatch.setenv("YAA_SIMULATOR_PORT", "0")
    command = [sys.executable, "-m", "simulator"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603, our own
        try:
            assert process.stdout is not None
            messages = (json.loads(line)["message"] for line in process.stdout)
            url = next(each.split()[-1] for each in messages if each.startswith("listening on"))
            httpx2.get(f"{url}/health/ready").raise_for_status()
            process.terminate()

            assert process.wait(timeout=5) == 0
        finally:
            process.kill()


def test_starting_loads_no_picture_and_no_speech_library():
    command = [sys.executable, "-c", "import sys, simulator.server; print(*sys.modules)"]

    modules = subprocess.check_output(command, text=True).split()  # noqa: S603, our own

    assert "simulator.app" in modules
    assert not {"PIL", "espeakng_loader", "numpy", "anthropic", "openai"} & set(modules)
