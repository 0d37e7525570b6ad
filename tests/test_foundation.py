from recovery.model import AddressKey


def test_an_address_key_reads_back_what_it_printed() -> None:
    key = AddressKey("p2pkh", bytes(range(20)))
    assert AddressKey.from_text(str(key)) == key
