"""Proofs of TON wallets: one from a published sample, the others over our own text.

`PUBLISHED` names no domain in its payload, so `verify` rightly refuses it; `test_ton_proof.py` checks its
signature and key by `check_payload`.
"""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

DOMAIN = "recovery.example.com"
SIGNED_BY = (
    "state-init and signature made with @ton/ton 16.3 and @ton/crypto 3.3, seed of bytes 0x09"
)


def _example(address: str, signature: str, state_init: str) -> Example:
    extras = {"timestamp": "1796000000", "domain": DOMAIN, "state_init": state_init}
    return Example(
        network="TON",
        address=address,
        message=CHALLENGE,
        answer=SignedAnswer(signature, extras=extras),
        source=SIGNED_BY,
    )


PUBLISHED = Example(
    network="TON",
    address="EQCDrgGaI6gWK-qlyw69xWZosurGxrpRgIgSkVsgahUtxcmx",
    message="f85774c9762007d20000000068941ae3",
    answer=SignedAnswer(
        "d8GGkzgRbyPCiAt4a2EN+xiNK6fLHo/ptQdDT3YQcUD4cg3TUnE2Airf37y+xRkEP/aiQq38ytS4Ho4ZDHM5CQ==",
        extras={
            "timestamp": "1754535788",
            "domain": "github.com",
            "state_init": (
                "te6cckECFgEAArEAAgE0AgEAUYAAAAA///+IvOIjLL7fwNzMP0gs70ruKr3mzxYhjTbYs7u0PB6FzPugART/APSk"
                "E/S88sgLAwIBIAYEAQLyBQEeINcLH4IQc2lnbrry4Ip/EQIBSBAHAgEgCQgAGb5fD2omhAgKDrkPoCwCASANCgIB"
                "SAwLABGyYvtRNDXCgCAAF7Ml+1E0HHXIdcLH4AIBbg8OABmvHfaiaEAQ65DrhY/AABmtznaiaEAg65Drhf/AAtzQ"
                "INdJwSCRW49jINcLHyCCEGV4dG69IYIQc2ludL2wkl8D4IIQZXh0brqOtIAg1yEB0HTXIfpAMPpE+Cj6RDBYvZFb"
                "4O1E0IEBQdch9AWDB/QOb6ExkTDhgEDXIXB/2zzgMSDXSYECgLmRMOBw4hIRAeaO8O2i7fshgwjXIgKDCNcjIIAg"
                "1yHTH9Mf0x/tRNDSANMfINMf0//XCgAK+QFAzPkQmiiUXwrbMeHywIffArNQB7Dy0IRRJbry4IVQNrry4Ib4I7vy"
                "0IgikvgA3gGkf8jKAMsfAc8Wye1UIJL4D95w2zzYEgP27aLt+wL0BCFukmwhjkwCIdc5MHCUIccAs44tAdcoIHYe"
                "Q2wg10nACPLgkyDXSsAC8uCTINcdBscSwgBSMLDy0InXTNc5MAGk6GwShAe78uCT10rAAPLgk+1V4tIAAcAAkVvg"
                "69csCBQgkXCWAdcsCBwS4lIQseMPINdKFRQTABCTW9sx4ddM0AByMNcsCCSOLSHy4JLSAO1E0NIAURO68tCPVFAw"
                "kTGcAYEBQNch1woA8uCO4sjKAFjPFsntVJPywI3iAJYB+kAB+kT4KPpEMFi68uCR7UTQgQFB1xj0BQSdf8jKAEAE"
                "gwf0U/Lgi44UA4MH9Fvy4Iwi1woAIW4Bs7Dy0JDiyFADzxYS9ADJ7VSiwRtT"
            ),
        },
    ),
    source="tonutils, the example of verify_ton_proof: a wallet of version 5 signs for github.com",
)

V3R2 = (
    "te6cckEBAwEAoAACATQBAgDe/wAg3SCCAUyXuiGCATOcurGfcbDtRNDTH9MfMdcL/+ME4KTyYIMI1xgg0x/TH9Mf"
    "+CMTu/Jj7UTQ0x/TH9P/0VEyuvKhUUS68qIE+QFUEFX5EPKj+ACTINdKltMH1AL7AOjRAaTIyx/LH8v/ye1UAFAA"
    "AAAAKamjF/0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYYfhQ/Nw=="
)

V4 = (
    "te6cckECFgEAAwQAAgE0ARUBFP8A9KQT9LzyyAsCAgEgAxACAUgEBwLm0AHQ0wMhcbCSXwTgItdJwSCSXwTgAtMf"
    "IYIQcGx1Z70ighBkc3RyvbCSXwXgA/pAMCD6RAHIygfL/8nQ7UTQgQFA1yH0BDBcgQEI9ApvoTGzkl8H4AXTP8gl"
    "ghBwbHVnupI4MOMNA4IQZHN0crqSXwbjDQUGAHgB+gD0BDD4J28iMFAKoSG+8uBQghBwbHVngx6xcIAYUATLBSbP"
    "Flj6Ahn0AMtpF8sfUmDLPyDJgED7AAYAilAEgQEI9Fkw7UTQgQFA1yDIAc8W9ADJ7VQBcrCOI4IQZHN0coMesXCA"
    "GFAFywVQA88WI/oCE8tqyx/LP8mAQPsAkl8D4gIBIAgPAgEgCQ4CAVgKCwA9sp37UTQgQFA1yH0BDACyMoHy//J0"
    "AGBAQj0Cm+hMYAIBIAwNABmtznaiaEAga5Drhf/AABmvHfaiaEAQa5DrhY/AABG4yX7UTQ1wsfgAWb0kK29qJoQI"
    "Cga5D6AhhHDUCAhHpJN9KZEM5pA+n/mDeBKAG3gQFImHFZ8xhAT48oMI1xgg0x/TH9MfAvgju/Jk7UTQ0x/TH9P/"
    "9ATRUUO68qFRUbryogX5AVQQZPkQ8qP4ACSkyMsfUkDLH1Iwy/9SEPQAye1U+A8B0wchwACfbFGTINdKltMH1AL7"
    "AOgw4CHAAeMAIcAC4wABwAORMOMNA6TIyx8Syx/L/xESExQAbtIH+gDU1CL5AAXIygcVy//J0Hd0gBjIywXLAiLP"
    "FlAF+gIUy2sSzMzJc/sAyEAUgQEI9FHypwIAcIEBCNcY+gDTP8hUIEeBAQj0UfKnghBub3RlcHSAGMjLBcsCUAbP"
    "FlAE+gIUy2oSyx/LP8lz+wACAGyBAQjXGPoA0z8wUiSBAQj0WfKnghBkc3RycHSAGMjLBcsCUAXPFlAD+gITy2rL"
    "HxLLP8lz+wAACvQAye1UAFEAAAAAKamjF/0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYYQH7kuok="
)

V5R1 = (
    "te6cckECFgEAArEAAgE0ARUBFP8A9KQT9LzyyAsCAgEgAw4CAUgEBQLc0CDXScEgkVuPYyDXCx8gghBleHRuvSGC"
    "EHNpbnS9sJJfA+CCEGV4dG66jrSAINchAdB01yH6QDD6RPgo+kQwWL2RW+DtRNCBAUHXIfQFgwf0Dm+hMZEw4YBA"
    "1yFwf9s84DEg10mBAoC5kTDgcOIREAIBIAYNAgEgBwoCAW4ICQAZrc52omhAIOuQ64X/wAAZrx32omhAEOuQ64WP"
    "wAIBSAsMABezJftRNBx1yHXCx+AAEbJi+1E0NcKAIAAZvl8PaiaECAoOuQ+gLAEC8g8BHiDXCx+CEHNpZ2668uCK"
    "fxAB5o7w7aLt+yGDCNciAoMI1yMggCDXIdMf0x/TH+1E0NIA0x8g0x/T/9cKAAr5AUDM+RCaKJRfCtsx4fLAh98C"
    "s1AHsPLQhFEluvLghVA2uvLghvgju/LQiCKS+ADeAaR/yMoAyx8BzxbJ7VQgkvgP3nDbPNgRA/btou37AvQEIW6S"
    "bCGOTAIh1zkwcJQhxwCzji0B1yggdh5DbCDXScAI8uCTINdKwALy4JMg1x0GxxLCAFIwsPLQiddM1zkwAaTobBKE"
    "B7vy4JPXSsAA8uCT7VXi0gABwACRW+Dr1ywIFCCRcJYB1ywIHBLiUhCx4w8g10oSExQAlgH6QAH6RPgo+kQwWLry"
    "4JHtRNCBAUHXGPQFBJ1/yMoAQASDB/RT8uCLjhQDgwf0W/LgjCLXCgAhbgGzsPLQkOLIUAPPFhL0AMntVAByMNcs"
    "CCSOLSHy4JLSAO1E0NIAURO68tCPVFAwkTGcAYEBQNch1woA8uCO4sjKAFjPFsntVJPywI3iABCTW9sx4ddM0ABR"
    "gAAAAD///4j+i5IcLVBjrbJ9vGawF9DsyP71+7WJ4sdrgXVkGvT7DCBIguab"
)

EXAMPLES = (
    _example(  # the payload is the text itself
        "EQBXmSboJBBCda8-_hS-EScV1qguOyteXc35BekiK5iPRoEE",
        "jUTaTQEgv9nCrRwY4rrVfzuyemulZX+8Ha1KhnYDef7cEC//YeAwFZ2hMZg0e+HdUKfKaR9bq7dE539jlSVaBQ==",
        V3R2,
    ),
    _example(  # the payload is its SHA-256
        "EQBXmSboJBBCda8-_hS-EScV1qguOyteXc35BekiK5iPRoEE",
        "Sw3QSPyXoueHp3QsrUDtC8jnMfhsPv5bIB1ttUpCCZ2n9RYMXT3xR+WCqzhLgJa+ofVRdUAdhiEzdJm2IK+GDQ==",
        V3R2,
    ),
    _example(  # the payload is the text itself
        "EQAfOEHwTpozSfZP4WJsbwRbVNbC2DnT4AAVGDMdbCAzUn--",
        "JkiRXgRb40D+ERmevyeqUO8Kbj9NGNprm7vlCu+/QykOx9TJPRLKeyflInd86esf5etA63x03GitUTWdj5iQBg==",
        V4,
    ),
    _example(  # the payload is its SHA-256
        "EQAfOEHwTpozSfZP4WJsbwRbVNbC2DnT4AAVGDMdbCAzUn--",
        "TTqE+o6BVlTZn+dEUr4qxxrgFnqHkOkCWWIeNAHcooL8G9yy+emmpDTuSPYEKcIZYCSYdv9RA62WIrg6J4crCw==",
        V4,
    ),
    _example(  # the payload is the text itself
        "EQCNWLNcjB7mqmaccPu742w7wq87Dc0SMCmpFkOETcXCrg-e",
        "Z8eUDMO4yGs5Pkyj1eQWhuO642FAJo347ts2aSQR9sjlNc7DwIOlas+M3dY9MPtzRX15K8kQg9RnQ+Uy2dOpCg==",
        V5R1,
    ),
    _example(  # the payload is its SHA-256
        "EQCNWLNcjB7mqmaccPu742w7wq87Dc0SMCmpFkOETcXCrg-e",
        "vEqeKXHosFD5QMcn7C1aM2PkkO+L6nuvRUMmTc9cRz9wURJIXCR6pcx7W6X95YA1iF7Mp5q4MfsaUP+j/revCA==",
        V5R1,
    ),
)
