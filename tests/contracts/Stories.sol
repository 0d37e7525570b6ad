// SPDX-License-Identifier: AGPL-3.0-or-later
// Contracts that the tests tell stories with: honest tokens, dishonest ones, and payers.
// Compiled by compile.cjs into Stories.json; the tests read only that.
pragma solidity ^0.8.20;

contract Erc20 {
    string public name;
    string public symbol;
    uint8 public decimals;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(string memory name_, string memory symbol_, uint8 decimals_, uint256 supply) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }

    function transfer(address to, uint256 value) external virtual returns (bool) {
        _move(msg.sender, to, value);
        return true;
    }

    // A transfer of nothing needs no allowance, as with many real tokens: address poisoning.
    function transferFrom(address from, address to, uint256 value) external virtual returns (bool) {
        allowance[from][msg.sender] -= value;
        _move(from, to, value);
        return true;
    }

    function _move(address from, address to, uint256 value) internal virtual {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

// The event says all, the recipient gets nine tenths.
contract FeeToken is Erc20 {
    constructor() Erc20("Fee Token", "FEE", 18, 1e24) {}

    function _move(address from, address to, uint256 value) internal override {
        balanceOf[from] -= value;
        balanceOf[to] += value - value / 10;
        balanceOf[address(this)] += value / 10;
        emit Transfer(from, to, value);
    }
}

// Refuses by returning false: no event, no revert, a successful transaction.
contract FalseToken is Erc20 {
    constructor() Erc20("False Token", "FALSE", 18, 1e24) {}

    function transfer(address, uint256) external pure override returns (bool) {
        return false;
    }
}

// Says that it moved, and does not.
contract LyingToken is Erc20 {
    constructor() Erc20("Tether USD", "USDT", 6, 0) {}

    function claim(address from, address to, uint256 value) external {
        emit Transfer(from, to, value);
    }
}

// From before events were indexed.
contract OldToken {
    event Transfer(address from, address to, uint256 value);

    function transfer(address to, uint256 value) external {
        emit Transfer(msg.sender, to, value);
    }
}

contract Erc721 {
    event Transfer(address indexed from, address indexed to, uint256 indexed id);

    string public name = "Story Art";
    string public symbol = "ART";
    mapping(uint256 => address) public ownerOf;

    function mint(address to, uint256 id) external {
        ownerOf[id] = to;
        emit Transfer(address(0), to, id);
    }
}

contract Erc1155 {
    event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value);
    event TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values);

    function single(address to, uint256 id, uint256 value) external {
        emit TransferSingle(msg.sender, msg.sender, to, id, value);
    }

    function batch(address to, uint256[] calldata ids, uint256[] calldata values) external {
        emit TransferBatch(msg.sender, msg.sender, to, ids, values);
    }
}

// Wraps the chain's coin as WETH9 does: a Deposit, and no Transfer.
contract Wrapped {
    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);

    mapping(address => uint256) public balanceOf;

    function deposit() external payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 wad) external {
        balanceOf[msg.sender] -= wad;
        payable(msg.sender).transfer(wad);
        emit Withdrawal(msg.sender, wad);
    }
}

contract Payer {
    receive() external payable {}

    function pay(address payable to, uint256 value) external {
        (bool done,) = to.call{value: value}("");
        require(done, "payment refused");
    }

    function payMany(address payable[] calldata to, uint256 each) external payable {
        for (uint256 i = 0; i < to.length; i++) to[i].transfer(each);
    }

    function payManyTokens(Erc20 token, address[] calldata to, uint256 each) external {
        for (uint256 i = 0; i < to.length; i++) token.transferFrom(msg.sender, to[i], each);
    }

    // The inner call pays and then fails; the outer one goes on as if nothing had happened.
    function payThenFail(address payable to, uint256 value) external {
        to.transfer(value);
        revert("changed my mind");
    }

    function swallow(address payable to, uint256 value) external payable {
        try this.payThenFail(to, value) {} catch {}
    }

    function recover(bytes32 hash) external payable {
        ecrecover(hash, 27, hash, hash);
    }

    // A call without value to a precompile stands before the payment: paths must not depend on it.
    function checkAndPay(address payable to, uint256 value) external payable {
        ecrecover(bytes32(uint256(1)), 27, bytes32(uint256(1)), bytes32(uint256(1)));
        to.transfer(value);
    }

    // The value of a delegatecall frame is the caller's own: nothing moves by it.
    function delegated(address target) external payable {
        (bool done,) = target.delegatecall(abi.encodeWithSignature("nothing()"));
        require(done);
    }

    function nothing() external payable {}

    function fails() external payable {
        revert("not today");
    }

    function create() external payable {
        new Bomb{value: msg.value}();
    }
}

contract Bomb {
    constructor() payable {}

    receive() external payable {}

    function explode(address payable to) external {
        selfdestruct(to);
    }
}
