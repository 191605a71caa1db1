"""The broker's configuration of who may do what: accounts and users with their public keys.

Why each agent has an account: whoever may publish chooses the subject of the reply, and the
broker does not look whether he may publish there. In an account of its own a reply reaches
nothing of ours; what the agent may do here is exported to it, one subject after another.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from agentkit.keys import public_key
from agentkit.permissions import API, SERVICES, Rights, rights_of
from agentkit.standing import EXPIRES_S
from contracts import subjects

_OURS = (f"{API}.CONSUMER.INFO.", f"{API}.STREAM.MSG.GET.")
"""Requests that the broker would answer for the account of the agent, which has no streams."""

type Json = dict[str, Any]


def config_of(
    keys_dir: Path, agents: Iterable[str], *, operators: Iterable[str] = (subjects.OPERATOR,)
) -> str:
    """Return what to include in the configuration of nats-server.

    Keys that are missing in `keys_dir` are made. `operators` may do everything.
    """
    users = {name: public_key(keys_dir, name) for name in (*SERVICES, *operators)}
    own = {agent: public_key(keys_dir, agent) for agent in agents}
    return f"accounts: {json.dumps(accounts(users, own), indent=2)}\n"


def accounts(users: Mapping[str, str], agents: Mapping[str, str]) -> Json:
    """Return the accounts for services and agents with their public keys.

    A user who is neither may do everything.
    """
    rights = {agent: rights_of(agent) for agent in sorted(agents)}
    ours = {
        "jetstream": "enabled",
        "users": [_user(key, SERVICES.get(name)) for name, key in users.items()],
        "exports": _exports(rights),
    }
    theirs = {_account_of(name): _agent(name, agents[name], may) for name, may in rights.items()}
    return {subjects.ACCOUNT: ours, **theirs}


def _account_of(agent: str) -> str:
    return subjects.durable_of(agent)


def _user(key: str, rights: Rights | None) -> Json:
    if rights is None:
        return {"nkey": key}
    permissions: Json = {
        "publish": {"allow": list(rights.publish)},
        "subscribe": {"allow": list(rights.subscribe)},
    }
    return {"nkey": key, "permissions": permissions | {"allow_responses": rights.responds}}


def _agent(agent: str, key: str, rights: Rights) -> Json:
    """Return the account of an agent: only what it imports leads out of it."""
    renamed = {said: _renamed(said) for said in rights.publish if said.startswith(_OURS)}
    may = Rights((*rights.publish, *renamed.values()), rights.subscribe)
    services = [
        {"service": {"account": subjects.ACCOUNT, "subject": said}}
        | ({"to": renamed[said]} if said in renamed else {})
        for said in rights.publish
    ]
    streams = [
        {"stream": {"account": subjects.ACCOUNT, "subject": heard}}
        for heard in _heard_from_us(agent, rights)
    ]
    return {"users": [_user(key, may)], "mappings": renamed, "imports": services + streams}


def _renamed(said: str) -> str:
    """Return a name that only we answer: the broker itself says that the account has no streams."""
    return f"ours.{said.removeprefix(API + '.')}"


def _exports(rights: Mapping[str, Rights]) -> list[Json]:
    """Return what agents are let in to. Each request has one answer but that for messages."""
    services, streams = dict[str, list[str]](), dict[str, list[str]]()
    for agent, may in rights.items():
        for said in may.publish:
            services.setdefault(said, []).append(_account_of(agent))
        for heard in _heard_from_us(agent, may):
            streams.setdefault(heard, []).append(_account_of(agent))
    return [
        *(
            {"service": said, "accounts": names} | _answers(said)
            for said, names in services.items()
        ),
        *({"stream": heard, "accounts": names} for heard, names in streams.items()),
    ]


def _answers(said: str) -> Json:
    """Let a request for messages be answered with many, until after it has expired."""
    if not said.startswith(f"{API}.CONSUMER.MSG.NEXT."):
        return {}
    return {"response_type": "Stream", "response_threshold": f"{2 * EXPIRES_S:g}s"}


def _heard_from_us(agent: str, rights: Rights) -> list[str]:
    inbox = subjects.inbox_of(agent)
    return [heard for heard in rights.subscribe if not heard.startswith(f"{inbox}.")]
