"""Personal messages of Sui, one of each key kind."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

EXAMPLES = (
    Example(
        network="SUI",
        address="0x7573c697fa68450f04fa0dee2d39dcdc8a5ccf5db547f3e47638a6f8eeeec110",
        message=CHALLENGE,
        answer=SignedAnswer(
            "AB08spQDFErlOMWBg7WPklOloILHOZ3nbGKRtdt56IqLgt6M5BL0hsgbL4eD44ApmRO3OdGVfzJqfwbl2Tvjawt5tVYuj+ZU+UB4sRLoqYunkB+FOuaVvtfg45ELrQSWZA=="
        ),
        source="signed with @mysten/sui 1.45.2, signPersonalMessage, ed25519; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="SUI",
        address="0x888ccd887822e692bceebbd29743917e77932d72c7bd5da6a2a502ddef4f5837",
        message=CHALLENGE,
        answer=SignedAnswer(
            "Ac3DNDa/QYZcgoBaxFRu2XC4CybrHICw1lOrXfnxaAAjDxyJcm0PgF5/x2FXYHrjmjbyQye5p283qAXaj4RJDREChL91YiYrvWlACFdI875q+lKuMXFVGB7OMbZjUcz/pLA="
        ),
        source="signed with @mysten/sui 1.45.2, signPersonalMessage, secp256k1; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="SUI",
        address="0xae4618a47eb09f9015de8028a5775f4349eb387f2081c596b14b7bbf7e5a7551",
        message=CHALLENGE,
        answer=SignedAnswer(
            "AlxMSqREoAFwhGfyhsqnNQ+PLkY41ATGafviaqj7z6PKCdxWq0wXV3GsKQrr3dw+117Eq2iOzDsdXdBvaszRBlMCUVw9brnjlrkE0/7Kf1T9zQzB6Ze/N13KUVrQpsO0A18="
        ),
        source="signed with @mysten/sui 1.45.2, signPersonalMessage, secp256r1; the key's seed is the bytes 1 to 32",
    ),
)
