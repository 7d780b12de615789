"""A secret opens only at its own place, under a key of the ring, undamaged; and no error repeats it."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.runtime.secrets import (
    Keyring,
    KeyringError,
    SecretPlace,
    UnsealError,
    key_id_of,
    last_four,
    mask,
)

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = SecretPlace("workspace-1", "credential-1", "token", ("https://api.test", "https://b.test"))
SECRET = "the-plaintext-of-a-secret"


def text_of(key: bytes) -> str:
    return base64.b64encode(key).decode()


def damaged(part: str, byte: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    raw[byte % len(raw)] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


@given(plaintext=st.text(), workspace=st.text(), credential=st.text(), field=st.text())
def test_what_is_sealed_opens_again(plaintext: str, workspace: str, credential: str, field: str) -> None:
    keyring, place = Keyring({"k1": OLD}), SecretPlace(workspace, credential, field)
    assert keyring.open(keyring.seal(plaintext, place), place) == plaintext


@given(plaintext=st.text(min_size=8))
def test_sealed_text_holds_no_plaintext_and_never_repeats(plaintext: str) -> None:
    keyring = Keyring({"k1": OLD})
    first, second = keyring.seal(plaintext, PLACE), keyring.seal(plaintext, PLACE)
    assert plaintext not in first
    assert set(first.split(".")[2:]).isdisjoint(second.split(".")[2:])


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, workspace_id="workspace-2"),
        replace(PLACE, credential_id="credential-2"),
        replace(PLACE, field="password"),
        replace(PLACE, origins=("https://evil.test",)),
        replace(PLACE, origins=("https://api.test", "https://evil.test")),
        replace(PLACE, origins=()),
        SecretPlace("credential-1", "workspace-1", "token"),
        SecretPlace("workspace-1credential-1", "", "token"),
    ],
)
def test_a_secret_copied_to_another_place_does_not_open(elsewhere: SecretPlace) -> None:
    keyring = Keyring({"k1": OLD})
    with pytest.raises(UnsealError):
        keyring.open(keyring.seal(SECRET, PLACE), elsewhere)


@given(part=st.sampled_from([2, 3]), byte=st.integers(0, 1000))
def test_one_changed_bit_anywhere_is_noticed(part: int, byte: int) -> None:
    keyring = Keyring({"k1": OLD})
    parts = keyring.seal(SECRET, PLACE).split(".")
    parts[part] = damaged(parts[part], byte)
    with pytest.raises(UnsealError):
        keyring.open(".".join(parts), PLACE)


def test_a_sealed_text_relabelled_with_another_key_does_not_open() -> None:
    version, _, wrapped, sealed = Keyring({"k1": OLD}).seal(SECRET, PLACE).split(".")
    same_bytes_other_name = Keyring({"k2": OLD})
    with pytest.raises(UnsealError):
        same_bytes_other_name.open(".".join((version, "k2", wrapped, sealed)), PLACE)


@pytest.mark.parametrize("sealed", ["", "v1", "v1.k1..", "v1.k1.AAAA.AAAA", "v1.k1.é.é", "v2.k1.a.b", "a.b.c.d.e"])
def test_what_was_never_sealed_is_an_unseal_error(sealed: str) -> None:
    with pytest.raises(UnsealError):
        Keyring({"k1": OLD}).open(sealed, PLACE)


def test_after_a_rotation_old_secrets_open_and_new_ones_use_the_new_key() -> None:
    sealed_before = Keyring({"old": OLD}).seal(SECRET, PLACE)
    rotated = Keyring({"new": NEW, "old": OLD})
    assert rotated.open(sealed_before, PLACE) == SECRET
    assert key_id_of(rotated.seal(SECRET, PLACE)) == "new"
    again = replace(PLACE, origins=PLACE.origins[::-1])
    assert rotated.open(sealed_before, again) == SECRET


def test_once_the_old_key_is_gone_its_secrets_do_not_open() -> None:
    with pytest.raises(UnsealError, match="unknown key"):
        Keyring({"new": NEW}).open(Keyring({"old": OLD}).seal(SECRET, PLACE), PLACE)


def test_the_errors_of_opening_repeat_neither_secret_nor_key() -> None:
    sealed = Keyring({"k1": OLD}).seal(SECRET, PLACE)
    attempts = [(Keyring({"k1": NEW}), sealed), (Keyring({"k2": OLD}), sealed), (Keyring({"k1": OLD}), SECRET)]
    for keyring, text in attempts:
        with pytest.raises(UnsealError) as caught:
            keyring.open(text, PLACE)
        said = str(caught.value) + repr(caught.value) + repr(keyring)
        for hidden in (SECRET, text_of(OLD), text_of(NEW), OLD.decode(), NEW.decode(), sealed):
            assert hidden not in said
        assert caught.value.__suppress_context__


def test_keys_are_read_from_text_and_the_first_one_seals() -> None:
    keyring = Keyring.parse(f" new:{text_of(NEW)} , old:{text_of(OLD)},")
    assert keyring.seal(SECRET, PLACE).split(".")[1] == "new"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no encryption key"),
        (" , ", "no encryption key"),
        (text_of(OLD), "id:base64"),
        (f"a.b:{text_of(OLD)}", "id:base64"),
        (f"k1:{text_of(OLD)[:-4]}", "base64|32 bytes"),
        (f"k1:{text_of(b'short')}", "32 bytes"),
        (f"k1:{text_of(OLD)[1:]}", "not base64"),
    ],
)
def test_a_wrong_key_text_is_refused_without_repeating_it(text: str, reason: str) -> None:
    with pytest.raises(KeyringError, match=reason) as caught:
        Keyring.parse(text)
    assert text_of(OLD)[:20] not in str(caught.value)


def test_an_empty_ring_is_refused() -> None:
    with pytest.raises(KeyringError):
        Keyring({})


@given(secret=st.text())
def test_a_mask_shows_at_most_the_last_four_characters_of_a_long_secret(secret: str) -> None:
    shown = mask(last_four(secret)).removeprefix("••••")
    assert mask(last_four(secret)).startswith("••••")
    assert shown == (secret[-4:] if len(secret) >= 12 else "")
