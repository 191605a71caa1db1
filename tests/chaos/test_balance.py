"""A bill that is wrong is found in the round in which it goes wrong, whatever was lost before."""

from chaos.balance import CALL_TOKENS, Balance
from chaos.shop import NOTHING, Sales


def sold(calls: int, tokens: int, **more: int) -> Sales:
    return NOTHING._replace(calls=calls, tokens=tokens, **more)


def test_a_bill_to_the_token_has_no_miss() -> None:
    right = Balance(sold(10, 900, cut=2, told=20, used=50), billed=12, tokens=930)

    assert (right.lost, right.short, right.over) == (0, 0, 0)
    assert not list(right.misses(Balance(), may_be_lost=0))


def test_one_token_too_few_or_too_many_is_a_miss() -> None:
    for tokens in (919, 951):
        wrong = Balance(sold(10, 900, cut=2, told=20, used=50), billed=12, tokens=tokens)

        (miss,) = wrong.misses(Balance(), may_be_lost=0)

        assert f"{tokens} tokens are billed, 900 were sold and 20 to 50 cut" in miss


def test_what_was_lost_in_an_earlier_round_covers_nothing_in_a_later_one() -> None:
    before = Balance(sold(10, 900), billed=8, tokens=700)
    same = Balance(sold(20, 1800), billed=18, tokens=1600)
    worse = Balance(sold(20, 1800), billed=17, tokens=1500)

    assert not list(before.misses(Balance(), may_be_lost=2))
    assert not list(same.misses(before, may_be_lost=0))
    assert len(list(worse.misses(before, may_be_lost=0))) == 2
    assert not list(worse.misses(before, may_be_lost=1))


def test_a_call_that_is_billed_twice_is_a_miss_even_where_calls_may_be_lost() -> None:
    twice = Balance(sold(10, 900), billed=11, tokens=990)

    assert len(list(twice.misses(Balance(), may_be_lost=12))) == 2


def test_calls_that_may_be_lost_hide_no_more_tokens_than_they_can_have() -> None:
    short = Balance(sold(10, 9000), billed=10, tokens=9000 - CALL_TOKENS - 1)

    assert len(list(short.misses(Balance(), may_be_lost=1))) == 1


def test_what_is_on_record_is_not_sold_again() -> None:
    before = Balance(sold(10, 900, again=1), billed=9, tokens=800)
    again = Balance(sold(20, 1800, again=2), billed=19, tokens=1700)
    lost = Balance(sold(20, 1800, again=2), billed=18, tokens=1600)

    assert len(list(again.misses(before, may_be_lost=4))) == 1
    assert not list(again.misses(before, may_be_lost=4, may_be_doubled=1))
    assert not list(lost.misses(before, may_be_lost=4))


def test_what_was_given_up_unread_is_on_the_bill_and_not_lost() -> None:
    sales = sold(10, 900, cut=3, told=30, used=90, silent=2, again=2)
    unread = Balance(sales, billed=11, tokens=910, unknown=4)
    lost = Balance(sales, billed=11, tokens=910, unknown=2)
    unheard = Balance(sales, billed=13, tokens=930, unknown=5)

    assert (unread.unread, unread.lost) == (2, 0)
    assert not list(unread.misses(Balance(), may_be_lost=0))
    assert (lost.unread, lost.lost) == (0, 2)
    assert len(list(lost.misses(Balance(), may_be_lost=0))) == 2
    assert len(list(lost.misses(Balance(), may_be_lost=2))) == 0
    assert (unheard.unread, unheard.lost) == (0, 0)
