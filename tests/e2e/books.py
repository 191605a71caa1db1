"""What must hold of all runs: each is published once, and no call is bought twice for nothing."""

import json
import time
from collections import Counter
from dataclasses import dataclass

from contracts import subjects

from .stack import BROKER, SIMULATOR, Stack

SETTLED_TIMEOUT_S = 60.0
LOOK_S = 0.5
BILLED = "SELECT count(*) FROM usage.usage_events"

PUBLISHED = """
import json, re
from publisher.settings import PublisherSettings
library = PublisherSettings().library_dir
folders = [json.loads(each.read_text())["run_id"] for each in library.glob("*/[!.]*/metadata.json")]
entries = [
    entry
    for feed in library.glob("*/feed.xml")
    for entry in re.findall("<entry>\\\\s*<id>urn:uuid:([^<]+)</id>", feed.read_text())
]
print(json.dumps([folders, entries]))
"""


@dataclass(frozen=True, slots=True)
class Published:
    """How often each run is in the library: as a folder of its own, and in a feed."""

    folders: Counter[str]
    entries: Counter[str]

    @classmethod
    def of(cls, stack: Stack) -> "Published":
        folders, entries = json.loads(stack.execute("publisher", "python", "-c", PUBLISHED))
        return cls(Counter(folders), Counter(entries))

    def misses(self, wanted: set[str]) -> list[str]:
        """Return which of the runs that are wanted are there not once, and what else is there."""
        return [
            f"run {run_id} is {self.folders[run_id]} times in the library and "
            f"{self.entries[run_id]} times in its feed"
            for run_id in wanted
            if (self.folders[run_id], self.entries[run_id]) != (1, 1)
        ]


@dataclass(frozen=True, slots=True)
class Books:
    """Calls as the simulator of the providers counts them, and as they are billed.

    `again` were answered whole before, `cut` broke off on the way. Of those that are billed,
    `unread` were given up before anybody had read what they used: they are bought again.
    """

    sold: int
    again: int
    cut: int
    billed: int
    unread: int

    @property
    def lost(self) -> int:
        """Return how many were sold, whole or in part, and are on no bill."""
        return self.sold + self.cut - self.billed

    def since(self, before: "Books") -> "Books":
        return Books(
            self.sold - before.sold,
            self.again - before.again,
            self.cut - before.cut,
            self.billed - before.billed,
            self.unread - before.unread,
        )

    @classmethod
    def closed(cls, stack: Stack) -> "Books":
        """Return the books once every call on record is on the bill."""
        deadline = time.monotonic() + SETTLED_TIMEOUT_S
        while unbilled := _unbilled(stack):
            if time.monotonic() > deadline:
                raise AssertionError(f"{unbilled} calls are on record and not billed")
            time.sleep(LOOK_S)
        address = "http://127.0.0.1:8430/simulator"
        asked = stack.fetch(SIMULATOR, f"{address}/sold", f"{address}/requests?last=0")
        sold, requests = map(json.loads, asked)
        return cls(
            sold=sum(row["calls"] for row in sold["sold"]),
            again=sum(each["times"] - 1 for each in requests["repeated"]),
            cut=sum(row["calls"] for row in sold["cut"]),
            billed=int(stack.ask_database(BILLED)),
            unread=int(stack.ask_database(f"{BILLED} WHERE buckets = '{{}}'")),
        )


def _unbilled(stack: Stack) -> int:
    """Return how many entries of the journal the usage service has still to read."""
    (page,) = stack.fetch("usage", f"http://{BROKER}:8222/jsz?accounts=1&streams=1&consumers=1")
    return sum(
        consumer["num_pending"] + consumer["num_ack_pending"]
        for account in json.loads(page)["account_details"]
        for stream in account.get("stream_detail", ())
        if stream["name"] == subjects.CALLS
        for consumer in stream.get("consumer_detail") or ()
    )
