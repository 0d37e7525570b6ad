"""Signed data of Cardano wallets."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

_BASE = "addr1qyxst3dzgs3gvqu24ufqtf927sdza8pmk8p5jcke3e362pxx29z2vzvwf8x372g80v6t70f3d05vwdwprpr62c433vnqrvc08z"

EXAMPLES = (
    Example(
        network="ADA",
        address="addr1qxtu4w2rq2mdguw4fkms2ge4m070nq8cmlyjfhghwlh8sjscnp7pvysxn4qgpg8ty3uzpjuc0l4gr0w74t7ag8uev2qseuyw6u",
        message="Hello World",
        answer=SignedAnswer(
            "845846a20127676164647265737358390197cab94302b6d471d54db7052335dbfcf980f8dfc924dd1777ee784a18987c1612069d4080a0eb247820cb987fea81bddeaafdd41f996281a166686173686564f44b48656c6c6f20576f726c645840b65cb33e107a692605a479811a8405e44eeac5217c6ef92b79c221c2309305ec2db927fb75a7d197602e1eb2e663dae227aa7c0510b6484f5591b2b4bd47b70d",
            "a4010103272006215820472be3f30b51ead6d020e0d370774861e242ca23eaca2f4eff4ddb8eaa3abefd",
        ),
        source="cardano-foundation/cardano-verify-datasignature, index.test.ts: signed in a wallet",
    ),
    Example(
        network="ADA",
        address="addr1qxtu4w2rq2mdguw4fkms2ge4m070nq8cmlyjfhghwlh8sjscnp7pvysxn4qgpg8ty3uzpjuc0l4gr0w74t7ag8uev2qseuyw6u",
        message="hello world",
        answer=SignedAnswer(
            "845846a20127676164647265737358390197cab94302b6d471d54db7052335dbfcf980f8dfc924dd1777ee784a18987c1612069d4080a0eb247820cb987fea81bddeaafdd41f996281a166686173686564f44b68656c6c6f20776f726c645840d1a116c02d6ea035928f85ae59b7181f2b1cc31e673e1d890a5f92d6d3def81d667664ac091b42bd746dcd60b1a735b6c0ecceaa6672434ecf719b380db87808",
            "a4010103272006215820472be3f30b51ead6d020e0d370774861e242ca23eaca2f4eff4ddb8eaa3abefd",
        ),
        source="cardano-foundation/cardano-verify-datasignature, index.test.ts: signed in a wallet",
    ),
    Example(
        network="ADA",
        address=_BASE,
        message=CHALLENGE,
        answer=SignedAnswer(
            "845882a30127045839010d05c5a2442286038aaf1205a4aaf41a2e9c3bb1c34962d98e63a504c65144a6098e49cd1f29077b34bf3d316be8c735c11847a562b18b2667616464726573735839010d05c5a2442286038aaf1205a4aaf41a2e9c3bb1c34962d98e63a504c65144a6098e49cd1f29077b34bf3d316be8c735c11847a562b18b26a166686173686564f458a35265636f7665727920636173652052432d323032362d303030313233206174207265636f766572792e6578616d706c652e636f6d0a492073656e7420746865206465706f73697420776974682074686973206164647265737320616e64204920636c61696d2069742e0a4e6f6e63653a20376633633961353264316538346236300a56616c696420756e74696c3a20323032362d31322d30315431323a30303a30305a5840622896e3522f40e66067707f02634fde9c98978625b0c42c6f9954013caad2971db074d41754b204dc1a091f94e9cd58dc571d23a1892a717205bf971d2ee505",
            "a50101025839010d05c5a2442286038aaf1205a4aaf41a2e9c3bb1c34962d98e63a504c65144a6098e49cd1f29077b34bf3d316be8c735c11847a562b18b260327200621582079b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664",
        ),
        source="signed with @emurgo/cardano-message-signing-nodejs 1.1.0, with key ids; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="ADA",
        address=_BASE,
        message=CHALLENGE,
        answer=SignedAnswer(
            "845846a2012767616464726573735839010d05c5a2442286038aaf1205a4aaf41a2e9c3bb1c34962d98e63a504c65144a6098e49cd1f29077b34bf3d316be8c735c11847a562b18b26a166686173686564f5581cd4e1311183cb6ecb1459b71446140dc36f153fbd20638ce318e4607e5840dbaa3999f54bfe3a3c13550fae73fe2cac506a3f0ce201d7f03a8f9cf41f5d9855d4a1034208c8a819ca1290263684f5a308bacb53ba91bc4246ce2598154100",
            "a401010327200621582079b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664",
        ),
        source="signed with @emurgo/cardano-message-signing-nodejs 1.1.0, the text hashed; the key's seed is the bytes 1 to 32",
    ),
)
