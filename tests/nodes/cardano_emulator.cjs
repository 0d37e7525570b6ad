// Executes transactions in Blaze's emulator of Cardano's ledger and prints, as one JSON document, what
// a Blockfrost server would say of each, and all balances before and after it, by the ledger itself.
const { Emulator } = require("@blaze-cardano/emulator");
const { Core, makeValue } = require("@blaze-cardano/sdk");

const EPOCH = 1795100000; // the emulator's clock begins at zero

const amounts = (value) => {
  const units = [{ unit: "lovelace", quantity: value.coin().toString() }];
  for (const [unit, quantity] of value.multiasset() ?? []) units.push({ unit, quantity: quantity.toString() });
  return units;
};

const balances = (emulator) => {
  const all = {};
  for (const utxo of emulator.utxos()) {
    const held = (all[utxo.output().address().toBech32()] ??= {});
    for (const { unit, quantity } of amounts(utxo.output().amount()))
      held[unit] = (BigInt(held[unit] ?? 0) + BigInt(quantity)).toString();
  }
  return all;
};

const row = (output, index) => ({
  address: output.address().toBech32(),
  amount: amounts(output.amount()),
  output_index: Number(index),
  data_hash: null,
  inline_datum: null,
  reference_script_hash: null,
  collateral: false,
});

const main = async () => {
  const emulator = new Emulator([]);
  const told = [];
  const people = {};
  for (const name of ["alice", "bob", "carol"]) {
    await emulator.register(name, makeValue(500_000_000n));
    people[name] = await emulator.addressOf(name);
  }

  const run = async (name, build) => {
    await emulator.as("alice", async (blaze, alice) => {
      const tx = await (await build(blaze.newTransaction(), alice)).complete();
      const signed = await blaze.signTransaction(tx);
      const body = signed.body();
      const hash = signed.getId();
      const inputs = [...body.inputs().values()].map((input) => ({
        ...row(emulator.getOutput(input), input.index()),
        tx_hash: input.transactionId(),
        reference: false,
      }));
      const before = balances(emulator);
      await blaze.provider.postTransactionToChain(signed);
      await blaze.provider.awaitTransactionConfirmation(hash);
      let refused = null;
      try {
        await blaze.provider.postTransactionToChain(signed);
      } catch (error) {
        refused = String(error.message ?? error);
      }
      const outputs = [...body.outputs()].map((output, i) => row(output, i));
      const total = {};
      for (const { amount } of outputs)
        for (const { unit, quantity } of amount) total[unit] = (total[unit] ?? 0n) + BigInt(quantity);
      const metadata = signed.auxiliaryData()?.metadata()?.metadata();
      told.push({
        name,
        before,
        after: balances(emulator),
        refused,
        tx: {
          hash,
          block: hash.split("").reverse().join(""),
          block_height: emulator.clock.block,
          block_time: EPOCH + emulator.clock.slot,
          slot: emulator.clock.slot,
          output_amount: Object.entries(total).map(([unit, q]) => ({ unit, quantity: q.toString() })),
          fees: body.fee().toString(),
          deposit: "0",
          invalid_before: null,
          invalid_hereafter: body.ttl() === undefined ? null : String(body.ttl()),
          withdrawal_count: 0,
          asset_mint_or_burn_count: body.mint()?.size ?? 0,
          valid_contract: true,
        },
        utxos: { hash, inputs, outputs },
        metadata: metadata?.has(674n)
          ? [{ label: "674", json_metadata: { msg: ["from the emulator"] } }]
          : [],
        cbor: { cbor: signed.toCbor() },
      });
    });
  };

  await run("coin", async (tx) => tx.payLovelace(people.bob, 25_000_000n));
  await run("several", async (tx) =>
    tx.payLovelace(people.bob, 3_000_000n).payLovelace(people.carol, 4_000_000n).payLovelace(people.bob, 5_000_000n));
  await run("message", async (tx) => {
    const lines = Core.Metadatum.newList(
      (() => {
        const list = new Core.MetadatumList();
        list.add(Core.Metadatum.newText("from the emulator"));
        return list;
      })(),
    );
    const map = new Core.MetadatumMap();
    map.insert(Core.Metadatum.newText("msg"), lines);
    return tx.payLovelace(people.bob, 6_000_000n).setMetadata(new Core.Metadata(new Map([[674n, Core.Metadatum.newMap(map)]])));
  });

  const key = (address) => address.asBase().getPaymentCredential().hash;
  const script = Core.Script.newNativeScript(
    Core.NativeScript.newScriptPubkey(new Core.ScriptPubkey(Core.Ed25519KeyHashHex(key(people.alice)))),
  );
  const policy = Core.PolicyId(script.hash());
  const gold = Core.AssetName(Buffer.from("GOLD").toString("hex"));
  const bare = Core.AssetName("");
  const units = [Core.AssetId(policy + gold), Core.AssetId(policy)];
  await run("mint", async (tx) =>
    tx
      .addMint(policy, new Map([[gold, 1_000_000n], [bare, 7n]]))
      .provideScript(script)
      .payAssets(people.bob, makeValue(2_000_000n, [units[0], 250_000n], [units[1], 3n])));
  await run("token", async (tx) => tx.payAssets(people.carol, makeValue(2_000_000n, [units[0], 40_000n])));
  await run("burn", async (tx) =>
    tx.addMint(policy, new Map([[gold, -10_000n]])).provideScript(script).payLovelace(people.bob, 2_000_000n));
  for (let i = 0; i < 40; i++) emulator.stepForwardBlock();

  const head = {
    height: emulator.clock.block,
    slot: emulator.clock.slot,
    time: EPOCH + emulator.clock.slot,
    hash: "00".repeat(32),
  };
  const addresses = Object.fromEntries(Object.entries(people).map(([n, a]) => [n, a.toBech32()]));
  console.log(JSON.stringify({ head, people: addresses, units, told }));
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
