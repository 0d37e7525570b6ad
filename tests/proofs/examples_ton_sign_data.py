"""signData of a text: tonutils' published sample, and @ton/crypto over our own text."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example
from proofs.examples_ton_proof import DOMAIN, PUBLISHED, SIGNED_BY, V3R2, V4, V5R1

from recovery.proofs.values import SignedAnswer


def _example(address: str, signature: str, state_init: str) -> Example:
    extras = {"timestamp": "1796000000", "domain": DOMAIN, "state_init": state_init}
    return Example("TON", address, CHALLENGE, SignedAnswer(signature, extras=extras), SIGNED_BY)


EXAMPLES = (
    Example(
        network="TON",
        address=PUBLISHED.address,
        message="Hello from tonutils!",
        answer=SignedAnswer(
            "D802ocFTDfQsBtG8RDOI7jiBAfhr9J0GJxArXmbspB6WfzcyVsX/+iTjdCPObLEX9fAT/QE9EkeFusUvwAnoDA==",
            extras={
                "timestamp": "1754503448",
                "domain": "github.com",
                "state_init": PUBLISHED.answer.extras["state_init"],
            },
        ),
        source="tonutils, the example of VerifySignData: a wallet of version 5 signs a text",
    ),
    _example(
        "EQBXmSboJBBCda8-_hS-EScV1qguOyteXc35BekiK5iPRoEE",
        "w6cppZVIffBRgbxVLYUd0n537mO96R4GMG/A0WWut7JgveAOaIDClYyvLrIjO3ms7vUXFG8rtv11oF201kNWCw==",
        V3R2,
    ),
    _example(
        "EQAfOEHwTpozSfZP4WJsbwRbVNbC2DnT4AAVGDMdbCAzUn--",
        "Ty6shQI+DrO1D0dotkCEYJhQ4XF09vuSS6boSGL79jHii1/tBZEHAOHhSrXuOfe8KVzkKK3m7GzO0UHvsr/lDQ==",
        V4,
    ),
    _example(
        "EQCNWLNcjB7mqmaccPu742w7wq87Dc0SMCmpFkOETcXCrg-e",
        "MOMxaNY0UKH1Tcn9p759gzvAmZX8Y1pi9DkO4Ot1vZvnKylKIUalG3dDDW3Y032ax7JI7k3ewijmXPmPKZR0Cw==",
        V5R1,
    ),
)
