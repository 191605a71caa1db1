"""Fills any JSON schema: with what there is to say where a name is known, sensibly elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.chance import Chance
from simulator.content.ask import Ask
from simulator.content.material import candidates_for, material_of
from simulator.content.rules import Schemas, types_of
from simulator.content.wording import default_number, numbered, worded
from simulator.wire import Json, dumped

_DEEP = 8
_BOTTOMLESS = 60
_DEFAULT_ITEMS = 3
_TRIES = 40
_SHARES = ("score", "confidence", "probability", "ratio", "relevance", "weight")
_PLAIN_NAMES = ("text", "narration", "url", "title", "name")

_SIMPLEST_FIRST = ("null", "string", "integer", "number", "boolean", "array", "object")
_TYPE_NAMES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    float: "number",
    int: "integer",
    bool: "boolean",
}


def fill(schema: Json, ask: Ask) -> object:
    """Return a value that fits `schema` and answers `ask`."""
    schemas = Schemas(schema)
    material = material_of(ask, _scene_count(schemas, ask))
    filler = _Filler(schemas, material, ask)
    return filler.value(schema, _Place("", (material,), 0), None)


def _scene_count(schemas: Schemas, ask: Ask) -> int:
    rules = next(filter(None, map(schemas.find_property, candidates_for("scenes"))), {})
    count = len(ask.bullets("scenes")) or ask.scenes or ask.default_scenes
    return max(1, int(rules.get("minItems", 1)), min(count, int(rules.get("maxItems", count))))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: a property's name, the nearest objects of the material, the depth."""

    name: str
    scopes: tuple[Json, ...]
    depth: int

    def below(self, name: str, *scopes: Json) -> "_Place":
        return _Place(name, (*scopes, *self.scopes), self.depth + 1)

    @property
    def is_deep(self) -> bool:
        return self.depth > _DEEP


class _Filler:
    """Walks a schema and, beside it, the material."""

    def __init__(self, schemas: Schemas, material: Json, ask: Ask) -> None:
        self._schemas = schemas
        self._ask = ask
        self._points: list[Json] = material["points"]
        self._sentences = [str(point["text"]) for point in self._points]

    def value(self, schema: object, place: _Place, given: object) -> object:
        rules = self._schemas.rules_of(schema)
        if "const" in rules:
            return rules["const"]
        if options := rules.get("enum"):
            return given if given in options else self._chance(place).pick(options)
        for key in ("anyOf", "oneOf"):
            if branches := rules.get(key):
                others = {k: v for k, v in rules.items() if k != key}
                branch = self._branch(branches, place, given)
                return self.value({"allOf": [others, branch]}, place.below(place.name), given)
        return self._typed(rules, place, given)

    def _typed(self, rules: Json, place: _Place, given: object) -> object:
        types = types_of(rules)
        kind = next((each for each in types if each != "null"), "null")
        if kind == "null" or place.depth > _BOTTOMLESS or (place.is_deep and "null" in types):
            return None
        match kind:
            case "object":
                return self._object(rules, place, given)
            case "array":
                return self._array(rules, place, given)
            case "boolean":
                return given if isinstance(given, bool) else self._chance(place).below(4) > 0
            case "integer" | "number":
                return self._number(rules, place, given, whole=kind == "integer")
            case _:
                return self._string(rules, place, given)

    def _branch(self, branches: Sequence[object], place: _Place, given: object) -> Json:
        """Choose the branch whose type suits what is given; when deep, the simplest one."""
        choices = [self._schemas.rules_of(branch) for branch in branches]
        if place.is_deep:
            return min(choices, key=lambda rules: _SIMPLEST_FIRST.index(types_of(rules)[0]))
        real = [rules for rules in choices if types_of(rules)[0] != "null"] or choices
        suited = _TYPE_NAMES.get(type(given))
        return next((rules for rules in real if types_of(rules)[0] == suited), real[0])

    def _object(self, rules: Json, place: _Place, given: object) -> Json:
        inner = place.below("", given) if isinstance(given, dict) else place.below("")
        properties: Json = rules.get("properties", {})
        required = rules.get("required", [])
        wanted = [name for name in properties if name in required or not place.is_deep]
        made = {name: self._property(properties[name], name, inner) for name in wanted}
        extra = rules.get("additionalProperties")
        schema = extra if isinstance(extra, dict) and extra else {"type": "string"}
        names = [name for name in required if name not in made]
        lacking = int(rules.get("minProperties", 0)) - len(made) - len(names)
        names += [f"key_{number}" for number in range(1, lacking + 1)]
        made.update({name: self.value(schema, inner.below(name), None) for name in names})
        return made

    def _property(self, schema: object, name: str, place: _Place) -> object:
        is_list = "array" in types_of(self._schemas.rules_of(schema))
        for scope in place.scopes:
            for candidate in candidates_for(name):
                found = scope.get(candidate)
                if found is not None and (is_list or not isinstance(found, list)):
                    return self.value(schema, place.below(name), found)
        return self.value(schema, place.below(name), None)

    def _array(self, rules: Json, place: _Place, given: object) -> list[object]:
        material = self._items(given)
        made, seen, turn = list[object](), set[str](), 0
        count = _count(rules, 0 if place.is_deep else len(material))
        while len(made) < count and turn < count + _TRIES:
            item = self._item(rules, place, material, turn)
            turn += 1
            if not rules.get("uniqueItems") or dumped(item) not in seen:
                made.append(item)
            seen.add(dumped(item))
        return made

    def _item(self, rules: Json, place: _Place, material: Sequence[object], turn: int) -> object:
        """Make one item; past the end of the material the same comes again, told apart."""
        prefix: Sequence[object] = rules.get("prefixItems", ())
        schema = prefix[turn] if turn < len(prefix) else rules.get("items", {})
        item = self._schemas.rules_of(schema)
        source = material[turn % len(material)] if material else None
        again = turn >= len(material)
        if (options := item.get("enum")) and (again or source not in options):
            source = options[turn % len(options)]
        elif again and types_of(item)[0] in {"integer", "number"}:
            source = turn
        elif again and isinstance(source, str):
            source = f"{source} {turn + 1}"
        return self.value(schema, place.below(place.name), source)

    def _items(self, given: object) -> Sequence[object]:
        if isinstance(given, list):
            return given
        return [given] if isinstance(given, str) else self._points[:_DEFAULT_ITEMS]

    def _number(self, rules: Json, place: _Place, given: object, *, whole: bool) -> float | int:
        if isinstance(given, Mapping):
            given = given.get("number")
        if isinstance(given, int | float) and not isinstance(given, bool):
            return numbered(given, rules, whole=whole)
        value = default_number(rules, self._chance(place).between(0.2, 0.8))
        if not whole and any(share in place.name.lower() for share in _SHARES):
            value = 0.8
        return numbered(value if whole else round(value, 2), rules, whole=whole)

    def _string(self, rules: Json, place: _Place, given: object) -> str:
        if isinstance(given, Mapping):
            given = next((given[key] for key in _PLAIN_NAMES if given.get(key)), None)
        if isinstance(given, int | float) and not isinstance(given, bool):
            given = f"{given:g}"
        if not isinstance(given, str):
            given = self._chance(place).pick(self._sentences)
        return worded(given, rules, self._sentences)

    def _chance(self, place: _Place) -> Chance:
        return self._ask.chance.of("fill", place.name)


def _count(rules: Json, wanted: int) -> int:
    """Return how many items there are to be: as many as wanted, within the limits."""
    low, prefix = int(rules.get("minItems", 0)), len(rules.get("prefixItems", ()))
    if prefix:
        wanted = prefix
    return max(low, min(wanted, int(rules.get("maxItems", max(wanted, low)))))
