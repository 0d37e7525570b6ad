"""Step 7: the receiving key is ours, but was not issued for this network.

Knows: forms of keys, custody's word on where it can sign. Must not know: listings, memos. Network
pairs are never listed: equal keys make them.
"""

from __future__ import annotations

from dataclasses import replace

from recovery.classify.facts import Facts, Place
from recovery.classify.results import after, custody_can_sign, recover, refuse, wait
from recovery.classify.rules.layers import find_hidden_layer
from recovery.classify.verdict import Cause, Condition, Outcome, Reason, Recoverability, Verdict
from recovery.model import NetworkCode, Note
from recovery.records.port import KeyScheme

_SCRIPT_KEYS = frozenset({"p2sh", "p2sh32", "p2wsh"})
"""Keys that are the hash of a script: who spends them must know the script, and each chain's rules."""

_OTHER_DERIVATION = frozenset({NetworkCode("ZKSYNC"), NetworkCode("TRX")})
"""Networks whose contracts get other addresses from the same deployer and code, so that a contract of
another network can never come to stand at its address there (their accounts do share keys)."""

_UNSUPPORTED_SECONDS = 30 * 86_400


def wrong_network_same_key(facts: Facts) -> Verdict | None:
    """The address was issued for another network, and the same key controls it on this one."""
    if not _is_elsewhere(facts) or _is_contract(facts) or _is_script(facts):
        return None
    signs = custody_can_sign(facts)
    if signs is False:
        return None
    issued = _issued_for(facts)
    text = f"The address was issued for {issued}; the same key controls it on the network that was used."
    reason = Reason("same_key", text, {"issued_for": issued})
    conditions = (_key_available(facts),)
    return recover(
        facts,
        Cause.WRONG_NETWORK_SAME_KEY,
        reason,
        conditional=signs is None,
        conditions=conditions,
    )


def wrong_network_contract_address(facts: Facts) -> Verdict | None:
    """Our address is a contract on the network it was issued for, and nothing or another one here."""
    if not _is_elsewhere(facts) or not _is_contract(facts):
        return None
    assert facts.transfer is not None
    assert facts.evidence is not None
    issued = _issued_for(facts)
    public = Reason(
        "issued_elsewhere", f"The address was issued for {issued} only.", {"issued_for": issued}
    )
    homes = {r.network for r in facts.rows}
    apart = _OTHER_DERIVATION & (homes | {facts.evidence.network})
    if apart and facts.evidence.network not in homes and len(homes | {facts.evidence.network}) > 1:
        code = min(apart)
        inside = Reason(
            "contract_elsewhere",
            f"Contracts get other addresses on {code}: ours can't be deployed at this one.",
        )
        return refuse(
            facts,
            Cause.WRONG_NETWORK_CONTRACT_ADDRESS,
            public,
            inside,
            transfer=facts.transfer.index,
        )
    inside = Reason(
        "contract_elsewhere",
        "The address is a contract on its own network. It may be deployed here with the same deployer "
        "and code. Confidential: a stranger may deploy first.",
    )
    verdict = recover(
        facts,
        Cause.WRONG_NETWORK_CONTRACT_ADDRESS,
        public,
        inside,
        conditional=True,
        conditions=(_key_available(facts),),
    )
    # The network's own condition would tell outsiders what the internal reason keeps from them.
    told = tuple(c for c in verdict.conditions if c.code != "deployable_contract")
    return replace(verdict, conditions=told)


def wrong_network_unsupported(facts: Facts) -> Verdict | None:
    """Custody does not sign for this key on this network, or not yet."""
    if not _is_elsewhere(facts) or _is_contract(facts) or _is_script(facts):
        return None
    if custody_can_sign(facts) is not False:
        return None
    assert facts.transfer is not None
    issued = _issued_for(facts)
    text = (
        f"The address was issued for {issued}. The key is ours, but it is not in use on the network "
        "that was used; the case is looked at again when it is."
    )
    return wait(
        facts,
        Cause.WRONG_NETWORK_UNSUPPORTED,
        Reason("signing_not_enabled", text, {"issued_for": issued}),
        transfer=facts.transfer.index,
        look_again=after(facts, seconds=_UNSUPPORTED_SECONDS),
    )


def wrong_network_script(facts: Facts) -> Verdict | None:
    """A sibling chain's script address: it is spent with the script, by this chain's own rules."""
    if not _is_elsewhere(facts) or _is_contract(facts) or not _is_script(facts):
        return None
    issued = _issued_for(facts)
    public = Reason(
        "script_address",
        f"The address is a script that was issued for {issued}.",
        {"issued_for": issued},
    )
    inside = Reason(
        "script_elsewhere",
        "Where this chain has no SegWit, a wrapped SegWit output may be spent by whoever knows the "
        "script. Confidential until it is moved.",
    )
    known = Condition(
        "redeem_script_known", met=False, text="Custody has the redeem script of this address."
    )
    return recover(
        facts,
        Cause.WRONG_NETWORK_SCRIPT,
        public,
        inside,
        conditional=True,
        conditions=(known, _key_available(facts)),
    )


def wrong_layer(facts: Facts) -> Verdict | None:
    """The value is in a layer beside the plain chain, or waits to be claimed."""
    evidence, transfer = facts.evidence, facts.transfer
    if evidence is None or (transfer is not None and not facts.rows):
        return None
    text = find_hidden_layer(evidence, transfer)
    if text is None:
        return None
    condition = Condition(
        "viewing_key_available" if transfer is None else "claimable",
        met=False,
        text="Custody shows from its own wallet that the value is, or can be, on an address of ours.",
    )
    if transfer is None:
        # No transfer and so no owner: what custody finds decides, not the claim.
        return Verdict(
            None,
            Cause.WRONG_LAYER,
            Recoverability.CONDITIONAL,
            Outcome.RETURN,
            (Reason("hidden_layer", text),),
            conditions=(condition,),
            notes=(
                Note("amount_unseen", "Neither amount nor recipient can be read from the chain."),
            ),
        )
    return recover(
        facts,
        Cause.WRONG_LAYER,
        Reason("unclaimed", text),
        conditional=True,
        conditions=(condition,),
    )


def _is_elsewhere(facts: Facts) -> bool:
    return facts.transfer is not None and facts.route is not None and not facts.route.here


def _is_contract(facts: Facts) -> bool:
    route = facts.route
    assert route is not None
    return route.place is Place.CONTRACT or route.row.key_scheme is KeyScheme.CONTRACT


def _is_script(facts: Facts) -> bool:
    route = facts.route
    assert route is not None
    return route.row.key_scheme is KeyScheme.SCRIPT or route.row.key.scheme in _SCRIPT_KEYS


def _issued_for(facts: Facts) -> str:
    return ", ".join(sorted({r.network for r in facts.rows}))


def _key_available(facts: Facts) -> Condition:
    signs = custody_can_sign(facts)
    text = "Custody confirms that it can sign for this key on the network that was used."
    return Condition("key_available", met=signs is True, text=text)
