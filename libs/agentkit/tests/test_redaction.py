"""Keys are taken out of whatever is read."""

import pytest

from agentkit.redaction import redacted

ID, SECRET = "0123456789ab", "c0ffee" * 8


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"yaa_{ID}_{SECRET}", f"yaa_{ID}_…"),
        (f"X-API-Key: yaa_{ID}_{SECRET}, twice yaa_{ID}_{SECRET}",
         f"X-API-Key: yaa_{ID}_…, twice yaa_{ID}_…"),
        (f'{{"key": "yaa_{ID}_{SECRET[:20]}…"}}', f'{{"key": "yaa_{ID}_……"}}'),
        (f"\\nyaa_{ID}_{SECRET}", f"\\nyaa_{ID}_…"),
        (f"key_yaa_{ID}_{SECRET}", f"key_yaa_{ID}_…"),
        (f"yaa_{ID}", f"yaa_{ID}"),
        ("no such key: sk-ant-api03-" + "x" * 20, "no such key: sk-…"),
        (r"refused:\nsk-proj-" + "x" * 20, r"refused:\nsk-…"),
        ("a risk-adjusted-very-long-word stays", "a risk-adjusted-very-long-word stays"),
        (f"seed SU{'A2' * 28}.", "seed SU…."),
        ("postgresql://yaa:p4ss!word@db:5432/yaa", "postgresql://yaa:…@db:5432/yaa"),
        ("http://127.0.0.1:8400/docs a@b.example", "http://127.0.0.1:8400/docs a@b.example"),
        ("yaa_llm_tokens_total", "yaa_llm_tokens_total"),
    ],
)  # fmt: skip
def test_the_secret_of_a_key_is_left_out_and_its_id_stays(text, shown):
    assert redacted(text) == shown
