import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_mapper.coercion import (
    CustomFieldType,
    UserFieldCoercion,
    ValueRefusedError,
    coerce_custom_value,
    is_absent,
    type_of,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("phone", "6266958105", "+16266958105"),
        ("phone", 6266958105, "+16266958105"),
        ("alternate_phone", "(626) 695-8105", "+16266958105"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        ("email", " Ann@Example.COM ", "Ann@example.com"),
        ("zip_code", 91723, "91723"),
        ("zip_code", 91723.0, "91723"),
        ("zip_code", "01234", "01234"),
        ("website", "example.com/a", "https://example.com/a"),
        ("website", "http://example.com", "http://example.com"),
        ("tags", "a, b,,a", ["a", "b"]),
        ("tags", ["x", 1, "x", " "], ["x", "1"]),
        ("notes", True, "true"),
        ("first_name", "  José ", "José"),
    ],
)
def test_a_value_is_stored_in_the_form_of_its_field(
    coerce: UserFieldCoercion, field: str, value: Any, stored: Any
) -> None:
    assert coerce(field, value) == stored


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "call me"),
        ("phone", "123"),
        ("phone", "626 695 8105 ext. 12"),
        ("phone", "1" * 500),
        ("email", "nobody"),
        ("email", "a@b@c.d"),
        ("email", "a" * 300 + "@example.com"),
        ("website", "javascript:alert(1)"),
        ("website", "ftp://example.com"),
        ("website", "https://exa mple.com"),
        ("website", "http://[::1"),
        ("first_name", {"a": 1}),
        ("first_name", ["a"]),
        ("first_name", "a\x00b"),
        ("tags", [["a"]]),
        ("tags", {"a": 1}),
        ("notes", math.inf),
        pytest.param("notes", 10**5000, id="an integer of 5000 digits"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_without_repeating_it(
    coerce: UserFieldCoercion, field: str, value: Any
) -> None:
    with pytest.raises(ValueRefusedError) as refused:
        coerce(field, value)
    assert str(refused.value)
    assert len(str(refused.value)) < 200


def test_the_default_region_decides_what_a_number_without_country_means() -> None:
    assert UserFieldCoercion("GB")("phone", "020 7946 0958") == "+442079460958"
    with pytest.raises(ValueError, match="XX"):
        UserFieldCoercion("XX")


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("number", "187500", 187500),
        ("number", "0.5", 0.5),
        ("number", 2**70, 2**70),
        ("integer", 5.0, 5),
        ("boolean", "Yes", True),
        ("boolean", 0, False),
        ("date", "2025-01-31T10:00:00Z", "2025-01-31"),
        ("datetime", "2025-01-31T10:00:00", "2025-01-31T10:00:00+00:00"),
        ("text", 7, "7"),
        ("json", {"a": [1, None]}, {"a": [1, None]}),
    ],
)
def test_a_custom_value_is_stored_in_the_type_of_its_field(kind: str, value: Any, stored: Any) -> None:
    coerced = coerce_custom_value(CustomFieldType(kind), value)
    assert coerced == stored
    assert type(coerced) is type(stored)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "plenty"),
        ("number", True),
        ("number", "1e999"),
        ("number", math.nan),
        ("integer", 5.5),
        ("integer", "5.5"),
        ("boolean", "maybe"),
        ("boolean", 2),
        ("date", 20250131),
        ("date", "31.01.2025"),
        ("datetime", "yesterday"),
        ("text", ["a"]),
        ("json", {"a\x00": 1}),
        ("json", [math.inf]),
    ],
)
def test_a_custom_value_that_does_not_fit_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(ValueRefusedError):
        coerce_custom_value(CustomFieldType(kind), value)


@given(JSON, st.sampled_from(CustomFieldType))
def test_coercion_is_stable_and_its_result_is_json_that_postgres_holds(value: Any, kind: CustomFieldType) -> None:
    try:
        once = coerce_custom_value(kind, value)
    except ValueRefusedError:
        return
    assert coerce_custom_value(kind, once) == once
    assert "\\u0000" not in json.dumps(once, allow_nan=False)


@given(JSON.filter(lambda value: not is_absent(value)))
def test_the_type_of_a_storable_first_value_takes_that_value(value: Any) -> None:
    try:
        coerce_custom_value(CustomFieldType.JSON, value)
    except ValueRefusedError:
        return
    coerce_custom_value(type_of(value), value)


@given(JSON, st.sampled_from(["phone", "email", "website", "tags", "notes"]))
def test_a_stored_user_field_fits_itself(value: Any, field: str) -> None:
    coerce = UserFieldCoercion("US")
    try:
        once = coerce(field, value)
    except ValueRefusedError:
        return
    assert not once or coerce(field, once) == once


@pytest.mark.parametrize("text", ["030 1234567", "(626) 695-8105", "112", "0171/123.45-67"])
@pytest.mark.parametrize("field", ["phone", "alternate_phone"])
def test_a_national_number_of_no_known_region_is_kept_as_it_is_written(field: str, text: str) -> None:
    assert UserFieldCoercion()(field, text) == text


@pytest.mark.parametrize("text", ["none", "12", "1" * 16, "030 12345 ext 5", "+", "٠٣٠١٢٣٤", "()", "030\n123"])
def test_what_is_no_number_in_any_region_is_refused_without_one_too(text: str) -> None:
    with pytest.raises(ValueRefusedError):
        UserFieldCoercion()("phone", text)


def test_an_international_number_needs_no_region() -> None:
    assert UserFieldCoercion()("phone", "+49 30 1234567") == "+49301234567"


@pytest.mark.parametrize(
    ("region", "text", "stored"),
    [
        ("IT", "06 6982", "+39066982"),
        ("DE", "030 12", "+493012"),
        ("DE", "0 30", "+4930"),
    ],
)
def test_the_beginning_of_a_number_is_found_with_and_without_its_zero(region: str, text: str, stored: str) -> None:
    assert stored in UserFieldCoercion(region).phone_prefixes(text)


@pytest.mark.parametrize("text", ["((", "( ", "(-./", "+(", "00", "0(0"])
def test_what_has_no_digits_to_look_for_is_the_beginning_of_no_countrys_numbers(text: str) -> None:
    prefixes = UserFieldCoercion("DE").phone_prefixes(text)
    assert not {"+", "+49", ""} & set(prefixes)
