"""What is stored of languages is what the CLDR says; `python -m tests.contract.languages` stores it again."""

import msgspec
import pytest
from babel.localedata import locale_identifiers

from connectors_shared.definition.mappings.numbers import TABLE, Table, UnknownLocaleError, language_of

from .languages import NAME, written

STORED = msgspec.json.decode(TABLE.read_bytes(), type=Table)


def test_every_language_is_there() -> None:
    assert set(STORED.locales) == {name.replace("_", "-") for name in locale_identifiers() if NAME.fullmatch(name)}


@pytest.mark.parametrize("name", ["ar", "de", "de_CH", "en", "en_IN", "es_MX", "fr", "hi", "ja", "pt_BR", "ru", "sv"])
def test_a_language_is_stored_as_the_cldr_has_it(name: str) -> None:
    assert STORED.languages[STORED.locales[name.replace("_", "-")]] == written(name)


def test_a_language_is_found_by_either_sign_and_months_by_each_name() -> None:
    assert language_of("de_CH") == language_of("de-CH")
    assert language_of("de").months["märz"] == language_of("de").months["mär"] == 3
    for unknown in ("tlh", "DE", "de-de", "", "../de"):
        with pytest.raises(UnknownLocaleError):
            language_of(unknown)
