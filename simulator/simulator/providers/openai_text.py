"""What both OpenAI text APIs share: reading a request and composing its answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.content.answer import answer_to, broken, object_for
from simulator.content.ask import Ask
from simulator.desk import Exchange
from simulator.errors import bad_request
from simulator.schema_check import openai_problem
from simulator.tokens import clip_tokens, count_tokens
from simulator.wire import Json, dumped

REFUSAL = "I'm sorry, but I can't help with that request."

_JSON_ANYTHING: Json = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "summary": {"type": "string"}},
    "required": ["title", "summary"],
}


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Written:
    """An answer: a text, a tool call or a refusal; `cut` when the token limit ended it."""

    text: str = ""
    tool: ToolCall | None = None
    refusal: str | None = None
    cut: bool = False

    @property
    def said(self) -> str:
        return self.tool.arguments if self.tool else self.refusal or self.text

    @property
    def chars(self) -> int:
        return len(self.said)

    @property
    def tokens(self) -> int:
        return max(1, count_tokens(self.said))


def written_for(
    exchange: Exchange, ask: Ask, *, form: Json, tools: Sequence[Json], max_tokens: int | None
) -> Written:
    """Return the answer to `ask`.

    Args:
        exchange: The request, with its fault.
        ask: What is asked.
        form: The form of the answer: `type`, and for `json_schema` also `schema` and `strict`.
        tools: The functions that may be called, the one that is insisted on alone.
        max_tokens: The most tokens to write.

    Raises:
        ProviderError: the form is not one the API takes.
    """
    schema = _schema_of(form)
    if exchange.has_fault("refusal"):
        return Written(refusal=REFUSAL)
    fault = exchange.fault.kind if exchange.fault else ""
    if tools:
        arguments = dumped(object_for(ask, tools[0].get("parameters") or {}, fault))
        arguments = broken(arguments) if fault == "malformed" else arguments
        return Written(tool=ToolCall(tools[0]["name"], arguments))
    text = answer_to(ask, schema, fault)
    text, cut = clip_tokens(text, max_tokens) if max_tokens else (text, False)
    return Written(text=text, cut=cut)


def called_tools(functions: Sequence[Json], choice: object, last_text: str) -> Sequence[Json]:
    """Return the function to call, as a list of one: named by `choice` or by the text."""
    if isinstance(choice, dict):
        name = choice.get("name") or (choice.get("function") or {}).get("name")
        found = [function for function in functions if function.get("name") == name]
        if not found:
            raise bad_request("openai", f"tool_choice: function {name!r} is unknown", "tool_choice")
        return found
    if choice == "required":
        return functions[:1]
    if choice == "none":
        return ()
    return [each for each in functions if str(each.get("name")) in last_text][:1]


def _schema_of(form: Json) -> Json | None:
    match form.get("type"):
        case "json_object":
            return _JSON_ANYTHING
        case "json_schema":
            schema = form.get("schema")
            if not isinstance(schema, dict):
                raise bad_request("openai", "Missing required parameter: 'schema'.")
            if form.get("strict") and (problem := openai_problem(schema)):
                name = form.get("name", "response")
                message = f"Invalid schema for response_format '{name}': {problem}"
                raise bad_request("openai", message, "response_format")
            return schema
        case _:
            return None
