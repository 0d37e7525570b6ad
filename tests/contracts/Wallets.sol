// SPDX-License-Identifier: AGPL-3.0-or-later
// Smart-contract wallets that are asked about signatures (ERC-1271): honest ones and dishonest ones.
// Compiled by compile.cjs into Wallets.json; the tests read only that.
pragma solidity ^0.8.20;

abstract contract Owned {
    address public owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function _signed(bytes32 hash, bytes memory signature) internal view returns (bool) {
        if (signature.length != 65) return false;
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
        return owner != address(0) && ecrecover(hash, v, r, s) == owner;
    }
}

contract HonestWallet is Owned {
    constructor(address owner_) Owned(owner_) {}

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return _signed(hash, signature) ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

contract RevertingWallet is Owned {
    constructor(address owner_) Owned(owner_) {}

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        require(_signed(hash, signature), "not signed");
        return 0x1626ba7e;
    }
}

// A Safe's way: the owners sign a message on the chain, and the signature is empty.
contract OnChainWallet is Owned {
    mapping(bytes32 => bool) public signedMessages;

    constructor(address owner_) Owned(owner_) {}

    function sign(bytes32 hash) external {
        require(msg.sender == owner, "not the owner");
        signedMessages[hash] = true;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return signature.length == 0 && signedMessages[hash] ? bytes4(0x1626ba7e) : bytes4(0);
    }
}

contract YesWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0x1626ba7e;
    }
}

// Whatever is called, it answers with the call: the selector is the very word for a yes.
contract EchoWallet {
    fallback(bytes calldata data) external returns (bytes memory) {
        return data;
    }
}

// Answers the yes, and more behind it.
contract LongWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4, uint256) {
        return (0x1626ba7e, 1);
    }
}

contract BurningWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        assembly {
            invalid()
        }
    }
}
