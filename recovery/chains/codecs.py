"""Addresses and hashes of all networks: the one door to the families' codecs.

Knows: which module reads which family's addresses, and how a refusal names the network that the
text belongs to. Must not know: any format (that is each family's ``codec.py``), nodes, records.

Schemes of `AddressKey`: equal keys mean the same lock, on whichever network the text was issued.

    scheme              payload                          networks             source
    p2pkh               hash160 of a public key          BTC LTC DOGE BCH     Base58Check; CashAddr type 0, 2;
                                                         DASH ZEC             ZIP-320 (tex); pay-to-pubkey scripts
    p2sh                hash160 of a script              the same             BIP-16; CashAddr type 1, 3
    p2sh32              sha256d of a script              BCH                  CHIP-2022-05
    p2wpkh p2wsh p2tr   witness program                  BTC LTC              BIP-141, BIP-173, BIP-350, BIP-341
    witness             version byte, program            BTC LTC              BIP-350, versions without meaning yet
    mweb                two public keys                  LTC                  LIP-4 stealth addresses
    sprout sapling      shielded receivers               ZEC                  Zcash protocol, ZIP-316
      unified
    evm                 20 bytes of keccak(public key)   EVM TRX HBAR NEAR    EIP-55; Tron's 0x41 form; HIP-583
                                                                              aliases; NEP-518 implicit accounts
    ed25519             public key                       SOL XLM ALGO NEAR    the bare key is the address
                                                         HBAR
    secp256k1           public key, 33 bytes             HBAR                 HIP-32 key aliases
    account32           AccountId32                      DOT                  SS58: any prefix, one account
    xrpl                AccountID, 20 bytes              XRP                  hash160, but another lock than p2pkh
    cosmos              20 or 32 bytes                   ATOM                 ADR-028; every HRP, one account
    stellar-contract    32 bytes                         XLM                  SEP-23 strkeys C, B, L
      stellar-claimable stellar-pool
    ton                 workchain byte, account id       TON                  TEP-2
    hedera              shard, realm, number (8 each)    HBAR                 HIP-15; long-zero EVM addresses
    near                account name                     NEAR                 NEP-448 names, NEP-616
    aptos, sui          32 bytes                         APT, SUI             AIP-40; other hashes, so never equal
    cardano-key         28 bytes of payment credential   ADA                  CIP-19: the stake part is no lock
      cardano-script cardano-byron
    tezos               the protocol's 22 bytes          XTZ                  tag, hash, padding
    antelope            the name as 64 bits              EOS                  eosio::name
"""

from __future__ import annotations

import functools
import importlib
from typing import Protocol, cast

from recovery.chains.hashes import (
    HashReading,
    find_networks_for_hash,
    parse_hash,
    read_hash,
)
from recovery.chains.spelling import bad_address, clean, looks_secret
from recovery.errors import BadInput
from recovery.model import Address, AddressKey
from recovery.networks import Network, Registry, load_registry

__all__ = [
    "HashReading",
    "find_networks_for_address",
    "find_networks_for_hash",
    "format_address",
    "name_address_networks",
    "parse_address",
    "parse_hash",
    "read_hash",
]


_SAYS_NOTHING = frozenset({"named", "account-name", "entity-number", "implicit"})


class _Codec(Protocol):
    def parse_address(self, network: Network, text: str) -> Address: ...

    def format_address(self, network: Network, key: AddressKey) -> str | None: ...


@functools.cache
def _codec(family: str) -> _Codec:
    return cast(_Codec, importlib.import_module(f"recovery.chains.{family}.codec"))


def parse_address(network: Network, text: str) -> Address:
    """Parse an address of this network, its checksum verified where the spelling has one.

    Raises `BadInput` that says what is wrong, and which network's address it is instead.
    """
    plain = clean(text)
    try:
        return _codec(network.family).parse_address(network, _without_surprises(plain))
    except BadInput as wrong:
        others = [code for code in name_address_networks(plain) if code != network.code]
        if not others:
            raise
        raise BadInput(
            wrong.reference,
            f"{wrong.text}; it is an address of {' '.join(others)}",
            hint=wrong.hint,
        ) from None


def _without_surprises(plain: str) -> str:
    if not plain:
        raise bad_address(plain, "it is empty")
    if looks_secret(plain):
        raise BadInput(
            "secret-key-given",
            "the text is a secret key or seed, not an address; it was not kept",
            hint="whoever has seen it can take the money: move the funds to a new key now",
        )
    if not plain.isascii() or not plain.isprintable() or " " in plain:
        odd = sorted({c for c in plain if not c.isascii() or not c.isprintable() or c == " "})
        shown = ", ".join(f"U+{ord(c):04X}" for c in odd[:4])
        raise bad_address(plain, f"it holds characters that no address has ({shown})")
    return plain


def name_address_networks(text: str) -> tuple[str, ...]:
    """Networks that take the text for an address; what any word or number could be, says nothing."""
    found = find_networks_for_address(load_registry(), text)
    return tuple(a.network for a in found if a.form not in _SAYS_NOTHING)


def format_address(network: Network, key: AddressKey) -> str | None:
    """The network's canonical text of a key, None where the network can't express that lock."""
    return _codec(network.family).format_address(network, key)


def find_networks_for_address(registry: Registry, text: str) -> tuple[Address, ...]:
    """The text read as an address of every network that accepts it; may be empty."""
    try:
        plain = _without_surprises(clean(text))
    except BadInput:
        return ()
    found = []
    for network in registry:
        try:
            found.append(_codec(network.family).parse_address(network, plain))
        except BadInput:
            continue
    return tuple(found)
