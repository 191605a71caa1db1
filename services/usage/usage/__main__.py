"""The usage service as a process: bills paid calls and answers what calls would cost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from loguru import logger

from agentkit import levels
from agentkit.errors import SettingsError
from agentkit.http import Readiness
from agentkit.nats import connected
from agentkit.reader import Reader
from agentkit.service import Service, main
from contracts import subjects
from contracts.documents import DocumentError, read_document
from usage.consumer import Biller
from usage.prices import PriceList, PriceTable
from usage.quotes import answer_quotes
from usage.settings import UsageSettings
from usage.store import open_store

OWN_PRICES = Path(__file__).with_name("prices.yaml")


@asynccontextmanager
async def start(settings: UsageSettings) -> AsyncIterator[Readiness]:
    """Bill calls until the block is left; the batch at hand is finished first."""
    prices = price_table(settings.prices_file)
    async with (
        connected(settings, name=subjects.USAGE) as connection,
        open_store(settings.database_url.get_secret_value()) as store,
        answer_quotes(connection, prices),
        Reader(
            connection,
            stream=subjects.CALLS,
            durable=subjects.USAGE,
            handle=Biller(store, prices).handle,
        ) as reader,
    ):
        await levels.obey(connection, subjects.USAGE)

        async def missing() -> list[str]:
            return [*await reader.missing(), *await store.missing()]

        logger.info("usage started")
        yield missing


def price_table(prices_file: Path | None) -> PriceTable:
    """Return the prices in force; those of `prices_file` go first.

    Raises:
        SettingsError: the file is no list of prices.
    """
    lists = [read_document(OWN_PRICES, PriceList)]
    if prices_file is not None:
        try:
            lists.insert(0, read_document(prices_file, PriceList))
        except DocumentError as error:
            raise SettingsError(f"YAA_PRICES_FILE: {error}") from error
    return PriceTable(lists)


service = Service("usage", UsageSettings, start)

if __name__ == "__main__":
    main(service)
