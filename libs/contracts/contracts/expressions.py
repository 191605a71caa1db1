"""Conditions of steps in CEL: checked when a pipeline is loaded, evaluated when it is their turn.

An expression sees `brief`, `run`, the outputs of the needed steps by their names, and `steps`,
which has them all, whatever their names are: `steps["my-step"]`. A need without output is null.
The library bounds what an expression may do: it is nested 32 deep and loops 10,000 times at most.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Literal

from cel_expr_python import cel
from cel_expr_python.ext.ext_strings import ExtStrings
from pydantic import JsonValue

MAX_ITEMS = 10_000
"""A step runs for each item of a list of at most this length."""
MAX_CHARS = 4_000_000
"""What a list of items may come to, as JSON, about."""
ALWAYS = ("brief", "run", "steps")

type Kind = Literal["bool", "list"]
type Values = Mapping[str, JsonValue]

_GIVES: dict[Kind, str] = {"bool": "true or false", "list": "a list"}
_TYPES = frozenset(
    ("bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint")
)
"""Names that CEL has a meaning for; a step called so is reached through `steps`."""
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
_WORD = re.compile(r"\w+")
_PROBLEM = re.compile(r"ERROR: <input>:\d+:(?P<column>-?\d+): (?P<problem>.*)")
_UNDECLARED = re.compile(r"undeclared reference to '(?P<name>[^']*)'")
_MISSING_KEY = re.compile(r'Key not found in map : "?(?P<key>.*?)"?$')
_STEP = re.compile(r"""\bsteps\s*(?:\.\s*(?P<dot>\w+)|\[\s*["'](?P<bracket>[^"']*)["']\s*\])""")
_WITHOUT_DATA = ("divide by zero", "modulus by zero", "integer overflow", "Index error", "cannot")
"""Beginnings of what the library says of a failure without saying what a value is."""


class ConditionError(ValueError):
    """An expression cannot be used; the message is one sentence with the way out."""


def check(expression: str, needs: Iterable[str], kind: Kind) -> None:
    """Compile `expression` of a step that has `needs`.

    Raises:
        ConditionError: it is no CEL, gives no `kind`, or names what the step does not have.
    """
    known = tuple(needs)
    given = _compiled(expression, _variables(known)).return_type()
    if given != cel.Type.DYN and not _is(kind, given):
        raise ConditionError(_gives_another(expression, kind, given))
    for found in _STEP.finditer(expression):
        name = found["dot"] or found["bracket"]
        if name not in known:
            raise ConditionError(_unknown(expression, name, _variables(known)))


@lru_cache(maxsize=1024)
def reads(expression: str, needs: tuple[str, ...]) -> frozenset[str]:
    """Return what must be known to evaluate `expression`: `brief` and some of `needs`."""
    names = _variables(needs)
    written = names.intersection(_WORD.findall(expression))
    used = {name for name in written if not _compiles(expression, names - {name})}
    return frozenset(needs if "steps" in used else used.intersection(needs)) | (used & {"brief"})


def is_true(expression: str, *, brief: JsonValue, run: Values, steps: Values) -> bool:
    """Return what `expression` says.

    Raises:
        ConditionError: it cannot be evaluated, or gives neither true nor false.
    """
    value = _evaluate(expression, brief, run, steps)
    if not _is("bool", value.type()):
        raise ConditionError(_gives_another(expression, "bool", value.type()))
    return bool(value.value())


def items_of(
    expression: str, *, brief: JsonValue, run: Values, steps: Values
) -> tuple[JsonValue, ...]:
    """Return the list that `expression` gives.

    Raises:
        ConditionError: it cannot be evaluated, gives no list or one that is too long, or an item
            is what JSON has no word for.
    """
    value = _evaluate(expression, brief, run, steps)
    if not _is("list", value.type()):
        raise ConditionError(_gives_another(expression, "list", value.type()))
    items: list[cel.Value] = value.value()
    if len(items) > MAX_ITEMS:
        raise ConditionError(
            f"{expression!r} gives a list of {len(items):,} items, at most {MAX_ITEMS:,} are "
            "allowed: give a part of it, or a list of groups"
        )
    return tuple(_Plain(expression).item(index, item) for index, item in enumerate(items))


def _evaluate(expression: str, brief: JsonValue, run: Values, steps: Values) -> cel.Value:
    names = _variables(steps)
    data = {**steps, "brief": brief, "run": run, "steps": dict(steps)}
    try:
        value = _compiled(expression, names).eval(data={name: data[name] for name in names})
    except RuntimeError as error:
        raise ConditionError(_failed(expression, str(error))) from error
    if value.type() == cel.Type.ERROR:
        raise ConditionError(_failed(expression, str(value.value())))
    return value


class _Plain:
    """Makes JSON of a value, as long as it does not come to too much."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._chars_left = MAX_CHARS

    def item(self, index: int, value: cel.Value) -> JsonValue:
        try:
            return self._json(value.value())
        except _NoJsonError as error:
            raise ConditionError(
                f"item {index} of {self._expression!r} holds {error}: items are text, numbers, "
                "true, false, null, lists and maps; convert it with string()"
            ) from error

    def _json(self, value: object) -> JsonValue:
        self._count(value)
        match value:
            case None | bool() | int() | str():
                return value
            case float() if value - value == 0:
                return value
            case list():
                return [self._json(each.value()) for each in value]
            case dict():
                return {_key(key): self._json(each.value()) for key, each in sorted(value.items())}
            case _:
                raise _NoJsonError(_name_of(value))

    def _count(self, value: object) -> None:
        self._chars_left -= 8 + (len(value) if isinstance(value, str) else 0)
        if self._chars_left < 0:
            raise ConditionError(
                f"{self._expression!r} gives more than {MAX_CHARS:,} characters: give what names "
                "each item and let the step look up the rest"
            )


class _NoJsonError(Exception):
    """A value is of a kind that JSON does not have."""


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise _NoJsonError(f"a map with the key {key!r}, which is no text")
    return key


def _name_of(value: object) -> str:
    match value:
        case datetime():
            return "a timestamp"
        case timedelta():
            return "a duration"
        case float():
            return "a number that is not finite"
        case bytes() | bytearray():
            return "bytes"
        case _:
            return f"a {type(value).__name__}"


def _variables(needs: Iterable[str]) -> frozenset[str]:
    return frozenset((*ALWAYS, *filter(_IDENTIFIER.fullmatch, needs))) - _TYPES


@cache
def _strings() -> ExtStrings:
    return ExtStrings()


@lru_cache(maxsize=256)
def _environment(names: frozenset[str]) -> cel.Env:
    anything = cel.Type.DYN
    record = cel.Type.Map(cel.Type.STRING, anything)
    types = {name: record if name in ALWAYS else anything for name in sorted(names)}
    return cel.NewEnv(variables=types, extensions=[_strings()])


@lru_cache(maxsize=1024)
def _compiled(expression: str, names: frozenset[str]) -> cel.Expression:
    try:
        return _environment(names).compile(expression)
    except RuntimeError as error:
        raise ConditionError(_malformed(expression, str(error), names)) from error


def _compiles(expression: str, names: frozenset[str]) -> bool:
    try:
        _environment(names).compile(expression)
    except RuntimeError:
        return False
    return True


def _is(kind: Kind, given: cel.Type) -> bool:
    return given == cel.Type.BOOL if kind == "bool" else given.name().startswith("LIST")


def _gives_another(expression: str, kind: Kind, given: cel.Type) -> str:
    name = given.name().partition("<")[0].lower()
    return f"{expression!r} gives {name}, not {_GIVES[kind]}: compare or convert it"


def _malformed(expression: str, said: str, names: frozenset[str]) -> str:
    """Tell the first problem the compiler has."""
    if "recursion" in said:
        return f"{expression!r} is nested too deeply: make it flatter"
    found = _PROBLEM.search(said)
    if found is None:
        return f"{expression!r} is no CEL ({' '.join(said.split())}): correct it"
    if undeclared := _UNDECLARED.search(found["problem"]):
        return _unknown(expression, undeclared["name"].partition(".")[0], names)
    if "range of a comprehension" in found["problem"]:
        return f"{expression!r} loops over what may be no list: write dyn(…) around it"
    problem = found["problem"].partition(" expecting ")[0].removesuffix("[INVALID_ARGUMENT]")
    return f"{expression!r} is no CEL, column {found['column']}: {problem.strip()}: correct it"


def _unknown(expression: str, name: str, names: frozenset[str]) -> str:
    if re.search(rf"\b{re.escape(name)}\s*\(", expression):
        return f"{expression!r} calls {name!r}, which CEL does not have: use its own functions"
    return (
        f"{expression!r} names {name!r}, which is not known here: use {', '.join(sorted(names))}, "
        f'or add the step to the needs (a name with a hyphen is written steps["a-b"])'
    )


def _failed(expression: str, said: str) -> str:
    """Tell why an expression failed, without a value: it may be what nobody else should see."""
    reason = said.partition(": ")[2]
    if "budget" in reason:
        return f"{expression!r} loops more than {MAX_ITEMS:,} times: ask for less"
    if "SELECT" in reason:
        return (
            f"{expression!r} takes a field of what has none: a step without output is null, "
            "so ask `name != null && …` first"
        )
    if (missing := _MISSING_KEY.search(reason)) and missing["key"] in expression:
        key = missing["key"]
        return f"{expression!r} takes the field {key!r}, which is not there: ask has() first"
    if reason.startswith("No matching overloads"):
        reason = f"no operation for {reason.partition(': ')[2]}"
    elif not reason.startswith(_WITHOUT_DATA):
        reason = "a value does not fit"
    return f"{expression!r} cannot be evaluated ({reason}): correct it, or ask for the case first"
