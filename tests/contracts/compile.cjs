// Compiles Stories.sol into Stories.json, and Wallets.sol likewise: `npm i solc@0.8.37 && node compile.cjs`.
// The result is committed; the tests need neither this file nor a compiler.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const settings = {
  evmVersion: "paris", // no PUSH0: the same code runs on Ethereum Classic's rules
  optimizer: { enabled: true, runs: 200 },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};
for (const name of ["Stories.sol", "Wallets.sol"]) {
  const source = fs.readFileSync(path.join(__dirname, name), "utf8");
  const input = { language: "Solidity", sources: { [name]: { content: source } }, settings };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors || []).filter((e) => e.severity === "error");
  if (errors.length) {
    console.error(errors.map((e) => e.formattedMessage).join("\n"));
    process.exit(1);
  }
  const contracts = {};
  for (const [contract, made] of Object.entries(output.contracts[name]))
    contracts[contract] = { abi: made.abi, bytecode: "0x" + made.evm.bytecode.object };
  const text = JSON.stringify({ solc: solc.version(), evm: settings.evmVersion, contracts }, null, 1);
  fs.writeFileSync(path.join(__dirname, name.replace(".sol", ".json")), text + "\n");
}
