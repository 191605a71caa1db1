"""The spans of agents and of what they ask models, in the words of OpenTelemetry for GenAI."""

from contextlib import AbstractContextManager

from agentkit import tracing
from agentkit.providers.base import Answer, CallRejectedError, ProviderError, Request
from agentkit.providers.failure import word_of
from agentkit.tracing import Span, SpanKind
from agentkit.watchers import CallContext
from contracts.calls import Capability
from contracts.events import StepRequested

_OPERATIONS: dict[Capability, str] = {
    "text": "chat",
    "search": "chat",
    "image": "generate_content",
    "speech": "generate_content",
    "embedding": "embeddings",
}
_OUTPUTS: dict[Capability, str] = {
    "text": "json",
    "search": "text",
    "image": "image",
    "speech": "speech",
}


def step_span(request: StepRequested) -> AbstractContextManager[Span]:
    """Do the block as one delivery of a request, in the trace of its run."""
    return tracing.span(
        request.agent,
        f"invoke_agent {request.agent}",
        kind=SpanKind.CONSUMER,
        parent=request.traceparent,
        state=request.tracestate,
        attributes={
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": request.agent,
            "yaa.run.id": request.run_id,
            "yaa.step": request.step,
            "yaa.task": request.task,
            "yaa.attempt": request.attempt,
        },
    )


def call_span(
    provider: str, request: Request, context: CallContext
) -> AbstractContextManager[Span]:
    """Do the block as one call of a model, with all its tries."""
    operation = _OPERATIONS[request.capability]
    output = _OUTPUTS.get(request.capability)
    return tracing.span(
        context.agent,
        f"{operation} {request.model}",
        kind=SpanKind.CLIENT,
        attributes={
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": request.model,
            "gen_ai.agent.name": context.agent,
            "yaa.capability": request.capability,
            "yaa.simulated": context.simulated,
            **({"gen_ai.output.type": output} if output else {}),
        },
        word_of=_word_of,
    )


def tell_answer(span: Span, answer: Answer) -> None:
    usage = answer.usage
    if answer.model:
        span.set_attribute("gen_ai.response.model", answer.model)
    span.set_attribute("gen_ai.usage.input_tokens", usage.prompt_tokens)
    span.set_attribute("gen_ai.usage.output_tokens", usage.completion_tokens)
    if usage.cache_read:
        span.set_attribute("gen_ai.usage.cache_read.input_tokens", usage.cache_read)
    if usage.reasoning:
        span.set_attribute("gen_ai.usage.reasoning.output_tokens", usage.reasoning)


def _word_of(error: BaseException) -> str:
    if isinstance(error, ProviderError | CallRejectedError):
        return word_of(error.failure)
    return type(error).__name__
