"""Sealing, blind index and the master key file."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.crypto import keys
from yiwang.kernel.base.crypto.errors import DecryptionFailedError, KeyUnavailableError

PURPOSE = "party.citizen_id_no"


@given(st.text(st.characters(codec="utf-8")))
def test_what_was_sealed_opens_again_and_no_two_ciphertexts_are_equal(plain):
    first, second = keys.encrypt(plain, PURPOSE), keys.encrypt(plain, PURPOSE)
    assert keys.decrypt(first, PURPOSE) == keys.decrypt(second, PURPOSE) == plain
    assert first != second


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_changed_bit_anywhere_is_refused(plain, data):
    sealed = bytearray(keys.encrypt_bytes(plain, PURPOSE))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((DecryptionFailedError, KeyUnavailableError)):
        keys.decrypt_bytes(bytes(sealed), PURPOSE)


@given(st.integers(0, 48))
def test_a_cut_ciphertext_is_refused(length):
    sealed = keys.encrypt("441723199001011234", PURPOSE)
    with pytest.raises((DecryptionFailedError, KeyUnavailableError)):
        keys.decrypt(sealed[: min(length, len(sealed) - 1)], PURPOSE)


def test_a_ciphertext_does_not_open_in_another_column():
    sealed = keys.encrypt("13900001234", "party.phone")
    with pytest.raises(DecryptionFailedError) as caught:
        keys.decrypt(sealed, PURPOSE)
    assert caught.value.code == "CRYPTO_DECRYPTION_FAILED"
    assert "13900001234" not in str(caught.value.as_problem())


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_blind_index_meets_for_equal_text_only(one, other):
    assert keys.blind_index(one, PURPOSE) == keys.blind_index(one, PURPOSE)
    assert len(keys.blind_index(one, PURPOSE)) == keys.BLIND_INDEX_BYTES
    assert (keys.blind_index(one, PURPOSE) == keys.blind_index(other, PURPOSE)) is (one == other)
    assert keys.blind_index(one, PURPOSE) != keys.blind_index(one, "party.phone")


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(own_ring):
    sealed = keys.encrypt("䶮", PURPOSE)
    assert stat.S_IMODE(own_ring.stat().st_mode) == 0o600
    keys.forget_keys()
    assert keys.decrypt(sealed, PURPOSE) == "䶮"
    assert [path.name for path in own_ring.parent.iterdir()] == ["master.key"]


def test_processes_that_start_together_agree_on_one_key(own_ring):
    def start(_):
        keys.forget_keys()
        return keys.keyring().roots[1]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(40)))) == 1


def test_after_a_rotation_old_text_opens_and_indexes_stand(own_ring):
    sealed, index = keys.encrypt("旧", PURPOSE), keys.blind_index("旧", PURPOSE)
    assert keys.add_version() == 2
    assert keys.decrypt(sealed, PURPOSE) == "旧"
    assert keys.blind_index("旧", PURPOSE) == index
    assert not keys.is_current(sealed)
    assert keys.is_current(keys.encrypt("新", PURPOSE))
    assert stat.S_IMODE(own_ring.stat().st_mode) == 0o600


def test_another_installations_key_does_not_open_it(own_ring, settings, tmp_path):
    sealed = keys.encrypt("秘密", PURPOSE)
    settings.MASTER_KEY_FILE = tmp_path / "other.key"
    with pytest.raises(DecryptionFailedError):
        keys.decrypt(sealed, PURPOSE)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"current": 1}',
        '{"current": 2, "roots": {"1": "QUFB"}, "index_root": "QUFB"}',
        '{"current": 1, "roots": {"1": "QUFB"}, "index_root": "QUFB"}',
        '{"current": 1, "roots": [], "index_root": "QUFB"}',
        "密钥",
    ],
)
def test_a_spoiled_key_file_is_named_and_never_replaced(own_ring, content):
    own_ring.parent.mkdir()
    own_ring.write_text(content, encoding="utf-8")
    with pytest.raises(KeyUnavailableError) as caught:
        keys.encrypt("x", PURPOSE)
    assert str(own_ring) in caught.value.__notes__[0]
    assert str(own_ring) not in str(caught.value.as_problem())
    assert own_ring.read_text(encoding="utf-8") == content


def test_threads_seal_and_open_at_once():
    def round_trip(number):
        return keys.decrypt(keys.encrypt(str(number), PURPOSE), PURPOSE)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(round_trip, range(400))) == [str(n) for n in range(400)]
