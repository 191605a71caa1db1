"""Every kind of problem there is: the status it has, and a sentence that one of it may say."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

URN = "urn:yaa:problem:"

_RUN = "01a1fc5f-3ceb-7713-b6ac-8bebfe0192c0"
_FILE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_ASKED = f"step 'publish' of run {_RUN}"


class Kind(NamedTuple):
    status: HTTPStatus
    example: str


KINDS: Mapping[str, Kind] = {
    name: Kind(status, example)
    for status, kinds in {
        HTTPStatus.BAD_REQUEST: {
            "malformed-json": (
                "the body is no JSON (unexpected end of data: line 1 column 11 (char 10)): "
                "correct it"
            ),
            "preflight-refused": (
                "pages of 'https://evil.example' may not ask here: name their origin in "
                "YAA_CORS_ORIGINS"
            ),
        },
        HTTPStatus.UNAUTHORIZED: {
            "address-refused": (
                "this address of a file has expired or was changed: take it from the run again, or "
                "send a key in the header X-API-Key"
            ),
            "key-missing": "send a key in the header X-API-Key: there is none",
            "key-refused": "the key 'minji' was deactivated: use another one",
        },
        HTTPStatus.FORBIDDEN: {
            "not-yourself": (
                "the key 'minji' cannot speak for 'jun': leave the name out, or use a key with the "
                "scope admin"
            ),
            "own-run": (
                f"jin asked for run {_RUN} and may not approve it: somebody else has to approve "
                "'publish'"
            ),
            "scope-missing": (
                "the key 'minji' has the scope read, and this needs run: use another key"
            ),
        },
        HTTPStatus.NOT_FOUND: {
            "no-output": f"run {_RUN} has no output of 'seo': use one of research, script",
            "not-found": ("there is nothing at '/api/v1/runs': /docs lists what there is"),
            "unknown-approval": (
                f"run {_RUN} asks for no approval of step 'seo': it asks for publish"
            ),
            "unknown-artifact": (
                f"there is no file {_FILE}: the detail of a run has their addresses"
            ),
            "unknown-channel": "there is no channel 'nope': use one of demo, or create it",
            "unknown-dead-letter": ("there is no dead letter '7': yaa dead list has their ids"),
            "unknown-key": "there is no key '01a1fc5f3ceb': the list of keys has their ids",
            "unknown-pipeline": "there is no pipeline 'vidoe': use one of video",
            "unknown-run": "there is no run 'nope': the list of runs has their ids",
            "unknown-schedule": ("there is no schedule 'evening': yaa schedule list has their ids"),
            "unknown-step": (
                "'script' is no step that runs for each item of a list: use one of scenes"
            ),
        },
        HTTPStatus.METHOD_NOT_ALLOWED: {
            "method-not-allowed": "DELETE is not for this address: use GET, POST",
        },
        HTTPStatus.REQUEST_TIMEOUT: {
            "request-timeout": "the body did not come within 10 seconds: send it faster",
        },
        HTTPStatus.CONFLICT: {
            "approval-changed": (
                f"{_ASKED} is for something else than what was shown to you (9f86d081…, now "
                "60303ae2…): look at it again"
            ),
            "approval-decided": (
                f"{_ASKED} was approved by minji at 2026-01-01 09:00 UTC: it cannot be decided "
                "again"
            ),
            "approval-expired": (
                f"{_ASKED} expired at 2026-01-02 00:00 UTC and counts as rejected"
            ),
            "key-exists": (
                "the key '01a1fc5f3ceb' was made under this Idempotency-Key, and it is shown once "
                "only: deactivate it and make another one"
            ),
            "channel-exists": ("there is a channel 'science' already: choose another channel_id"),
            "channel-needed": (
                "schedule 'morning' makes runs of channel 'science': remove it first"
            ),
            "no-notifier": (
                "no notifier answers, so nobody is told anything: start it beside the gateway"
            ),
            "run-ended": (
                f"run {_RUN} has completed already: only a run under way can be cancelled"
            ),
            "run-not-failed": (
                f"run {_RUN} has completed: only one that failed or was cancelled can be retried"
            ),
            "run-under-way": (
                f"run {_RUN} is under way: wait for its end, or cancel it, and rerun it then"
            ),
            "schedule-exists": (
                "there is a schedule 'morning' already: choose another id, or remove that one"
            ),
            "time-passed": (
                "the one time of schedule 'morning' has passed: remove it, or add another one"
            ),
        },
        HTTPStatus.CONTENT_TOO_LARGE: {
            "content-too-large": "the body has more than 1048576 bytes: send less",
        },
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: {
            "unsupported-media-type": ("the body is sent as 'text/plain': send application/json"),
        },
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: {
            "range-not-satisfiable": (
                "the range 'bytes=900-' lies behind the end: the file has 812 bytes"
            ),
        },
        HTTPStatus.UNPROCESSABLE_CONTENT: {
            "idempotency-key-reused": (
                "the Idempotency-Key 'a1' stands for another request: use a new key, or send the "
                "request that it was first used for"
            ),
            "invalid-cursor": (
                "the cursor is not one that this list gave: use next_cursor as it is, or none"
            ),
            "invalid-edit": "script has no field 'titel': use one of title, hook, scenes",
            "invalid-last-event-id": (
                "Last-Event-ID is 'x7': send the id of an event of this stream, or none"
            ),
            "invalid-request": "topic is missing: add it",
            "nothing-to-review": (
                "no step of pipeline 'video' asks a person, so nothing can be reviewed: leave out "
                "review, or give a step an approval with risk high"
            ),
            "pipeline-unusable": "pipelines/video.yaml, line 3: step is missing: add it",
            "request-too-large": (
                "a run of pipeline 'video' takes 300,000 bytes to ask for, at most 262,144 are "
                "taken: use fewer steps or shorter expressions"
            ),
            "rerun-impossible": (
                f"run {_RUN} has no step 'scrpt': use one of research, script, seo"
            ),
            "revision-impossible": (f"{_ASKED} takes no revision: approve it or reject it"),
            "revision-not-taken": (
                "the approval of step 'publish' may send step 'media' back, but task 'media' of "
                "agent 'media' takes no Revision: let its handler take one, or name another step "
                "in revise"
            ),
            "schedule-refused": (
                "the broker does not know the time zone: install tzdata where nats-server runs"
            ),
            "time-not-ahead": (
                "at 2020-01-01 09:00 has passed, it is 2026-01-01 09:00 in Asia/Seoul: use a time "
                "to come"
            ),
            "time-skipped": (
                "at 2026-03-29 02:30 never comes in Europe/Berlin, where the clocks are put "
                "forward over it: use another time"
            ),
            "time-too-far": ("at 2040-01-01 09:00 is too far away: use one in the next ten years"),
            "unknown-agent": (
                "pipeline 'video' gives step 'check' to agent 'checker', which has never been "
                "started here: start it, or name one that has (media, writer)"
            ),
            "unknown-task": (
                "step 'check' asks agent 'writer' for task 'chek', which it does not have: name "
                "one of script, seo in task"
            ),
            "unreadable-artifact": (
                f"'script' of run {_RUN} is lost or too large to be edited: rerun from an earlier "
                "step instead"
            ),
        },
        HTTPStatus.TOO_MANY_REQUESTS: {
            "rate-limited": (
                "the key 'minji' asks more than 6000 times a minute: try again in 1 s"
            ),
            "too-many-streams": (
                "the key 'minji' watches 2000 runs already, as many as it may at once: close one, "
                "or use another key"
            ),
        },
        HTTPStatus.INTERNAL_SERVER_ERROR: {
            "internal": (
                "the gateway met an error of its own; its log tells more under "
                "01a1fc5f-a8a4-7643-8d70-d351c9262060"
            ),
        },
        HTTPStatus.SERVICE_UNAVAILABLE: {
            "unavailable": ("the event log does not answer right now: try again in 2 seconds"),
        },
    }.items()
    for name, example in kinds.items()
}
