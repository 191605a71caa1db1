"""A few at a time, in order, and a failure lets what is under way end."""

import asyncio

import pytest

from media.bounded import each


async def test_results_come_in_the_order_of_the_items() -> None:
    async def work(number: int) -> int:
        for _ in range(5 - number):
            await asyncio.sleep(0)
        return number * 10

    assert await each(range(5), work, at_once=3) == [0, 10, 20, 30, 40]


async def test_no_more_than_allowed_are_under_way() -> None:
    now, most = 0, 0

    async def work(_: int) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1

    await each(range(9), work, at_once=2)

    assert most == 2


async def test_a_failure_is_raised_as_it_is_after_what_was_under_way() -> None:
    begun, ended = list[int](), list[int]()

    async def work(number: int) -> None:
        begun.append(number)
        await asyncio.sleep(0)
        if number == 0:
            raise LookupError("the first")
        for _ in range(3):
            await asyncio.sleep(0)
        ended.append(number)

    with pytest.raises(LookupError, match="the first"):
        await each(range(6), work, at_once=2)

    assert begun == [0, 1]
    assert ended == [1]


async def test_cancellation_reaches_the_work() -> None:
    cancelled = list[int]()
    started = asyncio.Event()

    async def work(number: int) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(number)

    task = asyncio.create_task(each(range(3), work, at_once=3))
    await started.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(cancelled) == [0, 1, 2]
