"""Does a few things at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def each[T, R](
    items: Iterable[T], work: Callable[[T], Awaitable[R]], *, at_once: int
) -> list[R]:
    """Return what `work` makes of each item, `at_once` items at a time, in order.

    After a failure nothing new is begun, but what is under way ends first: a paid call that is
    cut off would be paid again. Then the first failure is raised, as it is.
    """
    places = asyncio.Semaphore(at_once)
    failures = list[Exception]()

    async def one(item: T) -> R:
        async with places:
            if failures:
                raise failures[0]
            try:
                return await work(item)
            except Exception as error:
                failures.append(error)
                raise

    results = await asyncio.gather(*map(one, items), return_exceptions=True)
    if failures:
        raise failures[0]
    return [result for result in results if not isinstance(result, BaseException)]
