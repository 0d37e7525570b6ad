"""Providers that refuse, limit, lag and fail: the scan finds the same, or says that it could not ask."""

from __future__ import annotations

import pytest
from nodes.evm import Chain

from recovery.chains.scan import Window
from recovery.errors import SourceError
from recovery.scan.findings import load_cursors
from recovery.scan.looking import Job

from .conftest import ETH, Exchange, Making
from .proxy import Call, Proxy, Refusal, error

ETHER = 10**18


@pytest.fixture(scope="module")
def busy(eth: Chain) -> tuple[int, int, str]:
    """Sixty blocks with a token and a coin transfer to one address in every fifth: first, last, whom."""
    address = "0x000000000000000000000000000000000000b0b0"
    token = eth.deploy("Erc20", "Tether USD", "USDT", 6, 10**15)
    first = int(eth.anvil.rpc("eth_blockNumber"), 16) + 1
    for _ in range(6):
        token.send("transfer", address, 1_000_000)
        eth.anvil.send(from_=eth.account(0), to=address, value=ETHER)
        eth.anvil.mine(8)
    last = int(eth.anvil.rpc("eth_blockNumber"), 16)
    eth.anvil.mine(3)
    return first, last, address


def _span(call: Call) -> int:
    query = call["params"][0]
    return int(query["toBlock"], 16) - int(query["fromBlock"], 16) + 1


def _watch(exchange: Exchange, address: str) -> Exchange:
    exchange.add_address(address, "bob")
    return exchange


REFUSALS = {
    "infura": (
        -32005,
        "query returned more than 10000 results. Try with this block range [0x1, 0x2].",
    ),
    "alchemy": (
        -32602,
        "Log response size exceeded. You can make eth_getLogs requests with up to a 2K",
    ),
    "quicknode": (-32614, "eth_getLogs is limited to a 10,000 range"),
    "ankr": (-32000, "block range is too wide"),
    "geth": (-32000, "query timeout exceeded"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refused_range_is_halved_until_it_is_taken(
    eth: Chain, quick_exchange_at: Making, busy: tuple[int, int, str], kind: str
) -> None:
    first, last, address = busy

    def rule(call: Call) -> Refusal | None:
        refused = call["method"] == "eth_getLogs" and _span(call) > 7
        return error(call, *REFUSALS[kind]) if refused else None

    with Proxy(eth.anvil.url, rule) as proxy:
        exchange = _watch(quick_exchange_at(proxy.url), address)
        report = exchange.scan(first, last)
        assert report.is_whole
        assert len(exchange.findings()) == 12
        refused = sum(c["method"] == "eth_getLogs" and _span(c) > 7 for c in proxy.calls)
        assert refused <= 8, "what was refused once is not asked again and again"


def test_after_refusals_the_range_grows_again(
    eth: Chain, quick_exchange_at: Making, busy: tuple[int, int, str]
) -> None:
    first, last, address = busy
    spans = []

    def rule(call: Call) -> Refusal | None:
        if call["method"] != "eth_getLogs":
            return None
        spans.append(_span(call))
        return error(call, *REFUSALS["infura"]) if len(spans) <= 4 else None

    with Proxy(eth.anvil.url, rule) as proxy:
        exchange = _watch(quick_exchange_at(proxy.url), address)
        eyes = exchange.eyes()
        look = eyes.look(Job(ETH, "tokens", Window(first, last)))
        eyes.nodes.close()
    assert len(look.seen) == 6
    assert spans[4] < spans[0] // 8
    assert max(spans[5:]) > spans[4]


def test_one_block_that_is_too_much_is_read_by_its_receipts(
    eth: Chain, quick_exchange_at: Making, busy: tuple[int, int, str]
) -> None:
    first, _, address = busy
    with Proxy(
        eth.anvil.url,
        lambda c: error(c, *REFUSALS["infura"]) if c["method"] == "eth_getLogs" else None,
    ) as proxy:
        exchange = _watch(quick_exchange_at(proxy.url), address)
        report = exchange.scan(first, first + 20)
        tokens = report.walks[0]
        assert tokens.is_covered
        assert tokens.methods == ("eth_getBlockReceipts",)
        assert tokens.findings == 3


def test_another_endpoint_goes_on_where_one_fails_in_the_middle(
    eth: Chain, quick_exchange_at: Making, busy: tuple[int, int, str]
) -> None:
    first, last, address = busy

    def dies(call: Call) -> Refusal | None:
        late = (
            call["method"] == "eth_getLogs" and int(call["params"][0]["toBlock"], 16) > first + 40
        )
        return (500, {}, "broken") if late else None

    with Proxy(eth.anvil.url, dies) as failing, Proxy(eth.anvil.url) as steady:
        exchange = _watch(quick_exchange_at(failing.url, steady.url), address)
        report = exchange.scan(first, last)
        assert report.is_whole
        assert len(exchange.findings()) == 12
        assert steady.calls
        assert len({source for walk in report.walks for source in walk.sources}) == 2


def test_too_many_requests_are_waited_for(
    eth: Chain, quick_exchange_at: Making, busy: tuple[int, int, str]
) -> None:
    first, last, address = busy
    waits: list[float] = []

    def rule(call: Call) -> Refusal | None:
        refused = call["method"] == "eth_getLogs" and proxy.count("eth_getLogs") <= 4
        return (429, {"Retry-After": "7"}, {}) if refused else None

    with Proxy(eth.anvil.url, rule) as proxy:
        exchange = _watch(quick_exchange_at(proxy.url, timeout_seconds=1), address)
        eyes = exchange.eyes()
        eyes.rest = waits.append
        look = eyes.look(Job(ETH, "tokens", Window(first, last)))
        eyes.nodes.close()
    assert len(look.seen) == 6
    assert set(waits) == {7.0}, "the provider's own words say how long"


def test_an_outage_keeps_what_was_seen_and_the_next_run_finds_the_rest(
    eth: Chain, exchange_at: Making, busy: tuple[int, int, str]
) -> None:
    first, _, address = busy
    down = first + 25

    def rule(call: Call) -> Refusal | None:
        if not broken:
            return None
        if call["method"] == "eth_getLogs":
            late = int(call["params"][0]["toBlock"], 16) >= down
            return (503, {}, {}) if late else None
        if call["method"] == "eth_getBlockByNumber" and call["params"][1]:
            return (503, {}, {}) if int(call["params"][0], 16) >= down else None
        return None

    broken = True
    with Proxy(eth.anvil.url, rule) as proxy:
        exchange = _watch(exchange_at(proxy.url, timeout_seconds=1), address)
        report = exchange.scan()
        assert not report.is_whole
        assert report.walks[0].error is not None
        assert "503" in report.walks[0].error
        before = len(exchange.findings())
        cursor = load_cursors(exchange.store, ETH).get(("ETH", "tokens"))
        assert cursor is None or cursor.height < down
        broken = False
        assert exchange.scan().is_whole
        assert before < len(exchange.findings()) == 12


@pytest.mark.parametrize("lacks", ["first", "last"])
def test_a_node_that_lacks_an_end_of_the_range_says_nothing_about_it(
    eth: Chain, quick_exchange_at: Making, busy: tuple[int, int, str], lacks: str
) -> None:
    """A lagging or pruned node behind a load balancer answers an empty list as readily as an empty block."""
    first, last, address = busy
    missing = hex(first if lacks == "first" else last)

    def edit(call: Call, result: object) -> object:
        if call["method"] == "eth_getLogs":
            return []
        gone = call["method"] == "eth_getBlockByNumber" and call["params"][0] == missing
        return None if gone else result

    with Proxy(eth.anvil.url, edit=edit) as proxy:
        exchange = _watch(quick_exchange_at(proxy.url), address)
        report = exchange.scan(first, last)
        for walk in report.walks[:2]:
            assert walk.error is not None
            assert "does not have block" in walk.error
            assert not walk.is_covered


def test_a_node_of_another_chain_is_not_scanned(eth: Chain, quick_exchange_at: Making) -> None:
    def lies(call: Call) -> Refusal | None:
        if call["method"] == "eth_chainId":
            return 200, {}, [{"jsonrpc": "2.0", "id": call["id"], "result": "0x38"}]
        return None

    with Proxy(eth.anvil.url, lies) as proxy, pytest.raises(SourceError):
        quick_exchange_at(proxy.url).scan()


def test_a_transaction_that_is_listed_and_unknown_stops_the_pass(
    eth: Chain, quick_exchange_at: Making, busy: tuple[int, int, str]
) -> None:
    first, last, address = busy

    def forgets(call: Call, result: object) -> object:
        return None if call["method"].startswith("eth_getTransaction") else result

    with Proxy(eth.anvil.url, edit=forgets) as proxy:
        exchange = _watch(quick_exchange_at(proxy.url, timeout_seconds=1), address)
        report = exchange.scan(first, last)
        natives = next(walk for walk in report.walks if walk.name == "natives")
        assert natives.error is not None
        assert "does not know it" in natives.error
        assert natives.reached is None or natives.reached < last
        assert {f.position for f in exchange.findings()} == {"log:0"}
