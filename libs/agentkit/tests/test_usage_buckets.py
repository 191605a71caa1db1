"""Whatever a provider reports, the buckets are disjoint and sum to its own totals."""

import pytest
from anthropic.types import CacheCreation, OutputTokensDetails, ServerToolUsage
from anthropic.types import Usage as ClaudeUsage
from hypothesis import given
from hypothesis import strategies as st
from openai.types import CompletionUsage
from openai.types.completion_usage import CompletionTokensDetails, PromptTokensDetails
from openai.types.images_response import Usage as ImageUsage
from openai.types.images_response import UsageInputTokensDetails, UsageOutputTokensDetails

from agentkit.providers import anthropic, openai
from contracts.calls import Usage

COUNT = st.integers(min_value=0, max_value=10**7)
MAYBE = st.none() | COUNT


CLAUDE = st.builds(
    ClaudeUsage,
    input_tokens=COUNT,
    output_tokens=COUNT,
    cache_creation_input_tokens=MAYBE,
    cache_read_input_tokens=MAYBE,
    cache_creation=st.none()
    | st.builds(CacheCreation, ephemeral_1h_input_tokens=COUNT, ephemeral_5m_input_tokens=COUNT),
    output_tokens_details=st.none() | st.builds(OutputTokensDetails, thinking_tokens=COUNT),
    server_tool_use=st.none(),
)
OPENAI = st.builds(
    CompletionUsage,
    prompt_tokens=COUNT,
    completion_tokens=COUNT,
    total_tokens=COUNT,
    prompt_tokens_details=st.none() | st.builds(PromptTokensDetails, cached_tokens=MAYBE),
    completion_tokens_details=st.none()
    | st.builds(CompletionTokensDetails, reasoning_tokens=MAYBE, audio_tokens=MAYBE),
)
IMAGE = st.builds(
    ImageUsage,
    input_tokens=COUNT,
    input_tokens_details=st.builds(UsageInputTokensDetails, text_tokens=COUNT, image_tokens=COUNT),
    output_tokens=COUNT,
    output_tokens_details=st.none()
    | st.builds(UsageOutputTokensDetails, text_tokens=COUNT, image_tokens=COUNT),
    total_tokens=COUNT,
)


def all_positive(usage: Usage) -> bool:
    return all(count >= 0 for count in usage.model_dump().values())


@given(CLAUDE)
def test_claude_counts_every_token_once(usage: ClaudeUsage) -> None:
    buckets = anthropic.usage_of(usage)

    written, read = usage.cache_creation_input_tokens, usage.cache_read_input_tokens
    assert buckets.prompt_tokens == usage.input_tokens + (written or 0) + (read or 0)
    assert buckets.completion_tokens == usage.output_tokens
    assert all_positive(buckets)


def test_claude_tells_cache_lifetimes_thinking_and_searches_apart() -> None:
    usage = ClaudeUsage(
        input_tokens=10,
        output_tokens=8,
        cache_creation_input_tokens=7,
        cache_read_input_tokens=5,
        cache_creation=CacheCreation(ephemeral_1h_input_tokens=3, ephemeral_5m_input_tokens=4),
        output_tokens_details=OutputTokensDetails(thinking_tokens=6),
        server_tool_use=ServerToolUsage(web_search_requests=2, web_fetch_requests=0),
    )

    assert anthropic.usage_of(usage) == Usage(
        input_fresh=10,
        cache_read=5,
        cache_write_5m=4,
        cache_write_1h=3,
        output=2,
        reasoning=6,
        web_searches=2,
    )


@given(OPENAI)
def test_openai_counts_every_token_once(usage: CompletionUsage) -> None:
    buckets = openai.usage_of(usage)

    assert buckets.prompt_tokens == usage.prompt_tokens
    assert buckets.completion_tokens == usage.completion_tokens
    assert all_positive(buckets)


@given(IMAGE)
def test_a_picture_counts_every_token_once(usage: ImageUsage) -> None:
    buckets = openai.usage_of_image(usage)

    assert buckets.prompt_tokens == usage.input_tokens
    assert buckets.completion_tokens == usage.output_tokens
    assert buckets.images == 1
    assert all_positive(buckets)


def test_a_picture_without_usage_is_still_one_picture() -> None:
    assert openai.usage_of_image(None) == Usage(images=1)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(1080, 1920, "1024x1536"), (1920, 1080, "1536x1024"), (640, 640, "1024x1024")],
)
def test_the_nearest_shape_is_ordered(width: int, height: int, size: str) -> None:
    assert openai.size_for(width, height) == size


def test_a_streamed_wav_is_given_its_real_size() -> None:
    endless = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + b"\0" * 16 + b"data\xff\xff\xff\xffabcd"

    wav = openai.sized(endless)

    assert wav[4:8] == (len(endless) - 8).to_bytes(4, "little")
    assert wav.endswith(b"data\x04\0\0\0abcd")
    assert openai.sized(wav) == wav


def test_what_is_no_wav_is_left_alone() -> None:
    assert openai.sized(b"RIFFxxxx") == b"RIFFxxxx"
