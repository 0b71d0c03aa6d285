"""The laws of Scale: a commutative group under multiplication, with one absorbing element beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accumlint.scale import LOSS, ONE, UNKNOWN, B, M, N, Scale, join

NAMES = ("ℓ", "b", "m", "N", "S", "log_every", "m@train_loader")

exponents = st.integers(min_value=-4, max_value=4)
known = st.dictionaries(st.sampled_from(NAMES), exponents).map(lambda powers: Scale.of(**powers))
scales = known | st.just(UNKNOWN)


@given(scales, scales)
def test_multiplication_commutes(a: Scale, b: Scale) -> None:
    assert a * b == b * a


@given(scales, scales, scales)
def test_multiplication_associates(a: Scale, b: Scale, c: Scale) -> None:
    assert (a * b) * c == a * (b * c)


@given(scales)
def test_one_changes_nothing(a: Scale) -> None:
    assert a * ONE == a == a / ONE


@given(known)
def test_a_known_scale_divided_by_itself_is_one(a: Scale) -> None:
    assert a / a == ONE


@given(scales, known)
def test_division_undoes_multiplication(a: Scale, b: Scale) -> None:
    assert a * b / b == a


@given(scales, exponents, exponents)
def test_exponents_add_up(a: Scale, i: int, j: int) -> None:
    assert a**i * a**j == a ** (i + j)


@given(scales, exponents, exponents)
def test_powers_of_powers_multiply(a: Scale, i: int, j: int) -> None:
    assert (a**i) ** j == a ** (i * j)


@given(scales, scales, exponents)
def test_a_power_of_a_product_is_the_product_of_powers(a: Scale, b: Scale, i: int) -> None:
    assert (a * b) ** i == a**i * b**i


@given(known, known, st.sampled_from(NAMES))
def test_an_exponent_of_a_product_is_the_sum(a: Scale, b: Scale, name: str) -> None:
    assert (a * b).exponent(name) == a.exponent(name) + b.exponent(name)


@given(scales)
def test_unknown_absorbs(a: Scale) -> None:
    assert a * UNKNOWN == UNKNOWN == UNKNOWN / a == a / UNKNOWN


@given(exponents)
def test_every_power_of_unknown_is_unknown(i: int) -> None:
    assert UNKNOWN**i == UNKNOWN


@pytest.mark.parametrize("name", NAMES)
def test_unknown_has_no_exponent_that_a_rule_could_mistake_for_zero(name: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        UNKNOWN.exponent(name)
    assert not UNKNOWN.known


@given(known)
def test_no_factor_is_kept_with_exponent_zero(a: Scale) -> None:
    assert a.factors is not None
    assert all(power != 0 for _, power in a.factors)


@given(st.dictionaries(st.sampled_from(NAMES), exponents))
def test_the_order_of_the_factors_does_not_matter(powers: dict[str, int]) -> None:
    backwards = Scale.of(**dict(reversed(powers.items())))
    assert backwards == Scale.of(**powers)
    assert hash(backwards) == hash(Scale.of(**powers))


@given(scales)
def test_a_join_with_itself_is_itself(a: Scale) -> None:
    assert join(a, a) == a == join(a)


@given(scales, scales)
def test_joins_commute(a: Scale, b: Scale) -> None:
    assert join(a, b) == join(b, a)


@given(scales, scales, scales)
def test_joins_associate(a: Scale, b: Scale, c: Scale) -> None:
    assert join(join(a, b), c) == join(a, join(b, c)) == join(a, b, c)


@given(scales)
def test_a_join_with_unknown_is_unknown(a: Scale) -> None:
    assert join(a, UNKNOWN) == UNKNOWN


@given(known, known)
def test_a_join_never_invents_a_scale(a: Scale, b: Scale) -> None:
    assert join(a, b) == (a if a == b else UNKNOWN)


@given(scales, scales, known)
def test_a_known_factor_may_be_taken_out_of_a_join(a: Scale, b: Scale, c: Scale) -> None:
    assert join(a * c, b * c) == join(a, b) * c


@given(scales, st.sampled_from(NAMES))
def test_without_forgets_the_factor_and_nothing_else(a: Scale, name: str) -> None:
    rest = a.without(name)
    assert name not in rest.names()
    assert rest.without(name) == rest
    if a.known:
        assert rest * Scale.of(name) ** a.exponent(name) == a


@given(known, st.sampled_from(NAMES))
def test_renaming_a_factor_to_itself_changes_nothing(a: Scale, name: str) -> None:
    assert a.renamed(name, Scale.of(name)) == a


@given(scales, known)
def test_renaming_replaces_every_power(a: Scale, meaning: Scale) -> None:
    renamed = (a * Scale.of("K")).renamed("K", meaning)
    assert renamed == a * meaning


def test_names_lists_each_factor_once() -> None:
    assert (LOSS * B / N).names() == ("N", "b", "ℓ")
    assert ONE.names() == () == UNKNOWN.names()


@pytest.mark.parametrize(
    ("scale", "text"),
    [
        (ONE, "1"),
        (UNKNOWN, "?"),
        (LOSS, "ℓ"),
        (LOSS / N, "ℓ/N"),
        (ONE / N, "1/N"),
        (M * B, "b·m"),
        (N * M * B * LOSS, "ℓ·b·m·N"),
        (LOSS * M / N, "ℓ·m/N"),
        (LOSS / (B * N), "ℓ/(b·N)"),
        (LOSS * N**2 / M**3, "ℓ·N^2/m^3"),
        (LOSS * Scale.of("S") / N, "ℓ·S/N"),
        (LOSS * Scale.of("epochs") * M, "ℓ·m·epochs"),
        (Scale.of("m@train_loader") * LOSS, "ℓ·m"),
    ],
)
def test_printing_reads_as_one_says_it(scale: Scale, text: str) -> None:
    assert str(scale) == text
    assert repr(scale) == f"Scale({text!r})"


def test_counts_over_two_loaders_print_alike_but_do_not_cancel() -> None:
    train, valid = Scale.of("m@train_loader"), Scale.of("m@valid_loader")
    assert str(train) == str(valid) == "m"
    assert train != valid
    assert train / valid != ONE


@given(scales)
def test_printing_never_fails_and_never_shows_an_identity(a: Scale) -> None:
    assert str(a)
    assert "@" not in str(a)


def test_the_two_right_averages_and_the_two_wrong_ones() -> None:
    raw, divided = LOSS, LOSS / N
    micro_batches, optimizer_steps = M, M / N
    assert raw * M / micro_batches == LOSS
    assert divided * M / optimizer_steps == LOSS
    assert raw * M / optimizer_steps == LOSS * N
    assert divided * M / micro_batches == LOSS / N


@given(known, known)
def test_a_scale_contains_what_lies_between_it_and_one(a: Scale, b: Scale) -> None:
    assert a.contains(a)
    assert a.contains(ONE)
    assert not (a.contains(b) and b.contains(a)) or a == b


def test_a_scale_does_not_contain_its_inverse_nor_more_factors() -> None:
    assert (B / N).contains(B)
    assert not N.contains(ONE / N)
    assert not B.contains(B * N)
    assert not (UNKNOWN.contains(ONE) or ONE.contains(UNKNOWN))
