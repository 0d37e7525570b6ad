// TON's own virtual machine runs real transactions; their results are served over HTTP as toncenter v3
// writes them. Prints one line with the port; GET /stories tells what was done, with every account's
// balances before and after as the ledger itself holds them. Ends when its standard input closes.
'use strict';
const http = require('node:http');
const { Blockchain } = require('@ton/sandbox');
const core = require('@ton/core');
const { keyPairFromSeed } = require('@ton/crypto');
const { WalletContractV4, WalletContractV5R1 } = require('@ton/ton');
const build = '@ton-community/assets-sdk/dist';
const { jettonWalletCode } = require(`${build}/jetton/contracts/build/jetton-wallet`);
const { jettonMinterCode } = require(`${build}/jetton/contracts/build/jetton-minter`);
const { nftItemCode } = require(`${build}/nft/contracts/build/nft-item`);

const { Address, Cell, beginCell, toNano, internal, external, storeMessage, contractAddress } = core;
const NOW = 1795175990; // ten seconds before the story clock
const WALLET_CODE = Cell.fromBase64(jettonWalletCode.codeBoc);
const MINTER_CODE = Cell.fromBase64(jettonMinterCode.codeBoc);
const NFT_CODE = Cell.fromBase64(nftItemCode.codeBoc);

const raw = (a) => `${a.workChain}:${a.hash.toString('hex').toUpperCase()}`;
const rows = new Map(); // base64 hash → v3 row
const traces = []; // {id, order, external}
const fooled = new Map(); // wallet the index is made to believe in → master it names
const nfts = new Set();
const stories = {};
let chain, seqno = 70000000;
let switchKey; // what the extension of the wallet of version 5 does

const text = (s) => beginCell().storeUint(0, 32).storeStringTail(s).endCell();
const hash = (cell) => cell.hash().toString('base64');

function message(m) {
  if (!m) return null;
  const body = m.body, inside = m.info.type === 'internal', op = body.bits.length >= 32 ? body.beginParse().loadUint(32) : null;
  return {
    hash: hash(beginCell().store(storeMessage(m)).endCell()),
    source: m.info.src && m.info.src.hash ? raw(m.info.src) : null,
    destination: m.info.dest && m.info.dest.hash ? raw(m.info.dest) : null,
    value: inside ? m.info.value.coins.toString() : null,
    value_extra_currencies: inside ? {} : null,
    fwd_fee: inside ? m.info.forwardFee.toString() : null,
    ihr_fee: inside ? '0' : null,
    created_lt: inside ? m.info.createdLt.toString() : null,
    created_at: inside ? String(m.info.createdAt) : null,
    opcode: op === null ? null : '0x' + op.toString(16).padStart(8, '0'),
    ihr_disabled: inside ? m.info.ihrDisabled : null,
    bounce: inside ? m.info.bounce : null,
    bounced: inside ? m.info.bounced : null,
    import_fee: inside ? null : '0',
    message_content: { hash: hash(body), body: body.toBoc().toString('base64'), decoded: null },
    init_state: null,
  };
}

function describe(d) {
  const c = d.computePhase, a = d.actionPhase, b = d.bouncePhase;
  const out = { type: d.type === 'generic' ? 'ord' : d.type, aborted: d.aborted, destroyed: d.destroyed, credit_first: d.creditFirst };
  if (d.creditPhase) out.credit_ph = { credit: d.creditPhase.credit.coins.toString() };
  out.compute_ph = c.type === 'skipped'
    ? { skipped: true, reason: c.reason.replace('-', '_') }
    : { skipped: false, success: c.success, gas_fees: c.gasFees.toString(), gas_used: c.gasUsed.toString(), exit_code: c.exitCode, mode: c.mode, vm_steps: c.vmSteps };
  if (a) out.action = { success: a.success, valid: a.valid, no_funds: a.noFunds, result_code: a.resultCode, tot_actions: a.totalActions, skipped_actions: a.skippedActions, msgs_created: a.messagesCreated };
  if (b) out.bounce = { type: { 'ok': 'ok', 'no-funds': 'nofunds', 'negative-funds': 'negfunds' }[b.type] };
  return out;
}

function row(tx, id, mc) {
  return {
    account: `0:${tx.address.toString(16).padStart(64, '0').toUpperCase()}`,
    hash: tx.hash().toString('base64'), lt: tx.lt.toString(), now: tx.now, mc_block_seqno: mc,
    trace_id: id, prev_trans_hash: Buffer.from(tx.prevTransactionHash.toString(16).padStart(64, '0'), 'hex').toString('base64'),
    prev_trans_lt: tx.prevTransactionLt.toString(), orig_status: tx.oldStatus.replace('uninitialized', 'uninit').replace('non-existing', 'nonexist'),
    end_status: tx.endStatus.replace('uninitialized', 'uninit').replace('non-existing', 'nonexist'),
    total_fees: tx.totalFees.coins.toString(), total_fees_extra_currencies: {},
    description: describe(tx.description), block_ref: { workchain: 0, shard: '8000000000000000', seqno: mc + 1000 },
    in_msg: message(tx.inMessage), out_msgs: tx.outMessages.values().map(message),
    account_state_before: { hash: tx.stateUpdate.oldHash.toString('base64') }, account_state_after: { hash: tx.stateUpdate.newHash.toString('base64') },
    emulated: false, finality: 'finalized',
  };
}

const balance = async (a) => (await chain.getContract(a)).balance.toString();
async function jettons(wallet) {
  try { return (await chain.runGetMethod(wallet, 'get_wallet_data', [])).stackReader.readBigNumber().toString(); } catch { return '0'; }
}

async function tell(name, watched, work) {
  const wallets = watched.filter((a) => a.jettons).map((a) => a.jettons);
  const accounts = watched.map((a) => a.jettons ?? a);
  const look = async () => Object.fromEntries(await Promise.all(accounts.map(async (a) => [raw(a), { coins: await balance(a), jettons: wallets.includes(a) ? await jettons(a) : null }])));
  const before = await look();
  const result = await work();
  const txs = result.transactions, mc = ++seqno, id = txs[0].hash().toString('base64');
  const order = [];
  for (const tx of txs) { const r = row(tx, id, mc); rows.set(r.hash, r); order.push(r.hash); }
  const external = rows.get(id).in_msg.hash;
  const norm = beginCell().store(storeMessage({ info: { type: 'external-in', src: null, dest: txs[0].inMessage.info.dest, importFee: 0n }, init: null, body: txs[0].inMessage.body }, { forceRef: true })).endCell();
  traces.push({ id, order, external, norm: hash(norm), mc });
  stories[name] = { trace_id: id, external_hash: external, external_hash_norm: hash(norm), transactions: order.map((h) => ({ hash: h, account: rows.get(h).account, total_fees: rows.get(h).total_fees })), before, after: await look() };
}

async function play() {
  chain = await Blockchain.create();
  chain.now = NOW;
  const faucet = await chain.treasury('faucet', { balance: toNano(1000000) });
  const wallet = async (n) => {
    const keys = keyPairFromSeed(Buffer.alloc(32, n));
    const opened = chain.openContract(WalletContractV4.create({ workchain: 0, publicKey: keys.publicKey }));
    await faucet.send({ to: opened.address, value: toNano(100), bounce: false });
    const send = (messages) => opened.getSeqno().catch(() => 0).then((s) => chain.sendMessage(external({
      to: opened.address, init: s === 0 ? opened.init : undefined,
      body: opened.createTransfer({ seqno: s, secretKey: keys.secretKey, messages, timeout: NOW + 600, sendMode: 3 }),
    })));
    await send([internal({ to: opened.address, value: 1n, bounce: false })]); // brings its code on the chain
    return { address: opened.address, send };
  };
  const five = keyPairFromSeed(Buffer.alloc(32, 9)); // the seed of tests/proofs/examples_ton_proof.py
  const modern = chain.openContract(WalletContractV5R1.create({ publicKey: five.publicKey }));
  await faucet.send({ to: modern.address, value: toNano(10), bounce: false });
  await modern.sendAddExtension({ seqno: 0, secretKey: five.secretKey, authType: 'external', timeout: NOW + 600, extensionAddress: faucet.address });
  switchKey = (isEnabled) => faucet.send({ to: modern.address, value: toNano('0.1'), bounce: true,
    body: modern.createRequest({ authType: 'extension', seqno: 0, actions: [{ type: 'setIsPublicKeyEnabled', isEnabled }] }) });
  const [alice, desk, mallory] = [await wallet(1), await wallet(2), await wallet(3)];
  const fresh = (n) => new Address(0, Buffer.alloc(32, n)); // addresses nobody has used yet

  const pay = (to, value, body, bounce = false) => internal({ to, value, body, bounce });
  await tell('native', [desk.address, alice.address], () => alice.send([pay(desk.address, toNano('1.5'), text('104857'))]));
  await tell('uninit', [fresh(0xd1)], () => alice.send([pay(fresh(0xd1), toNano('2'))]));
  await tell('bounced', [fresh(0xd2)], () => alice.send([pay(fresh(0xd2), toNano('3'), undefined, true)]));
  await tell('binary', [desk.address], () => alice.send([pay(desk.address, toNano('1'), beginCell().storeUint(0, 32).storeUint(0xff, 8).storeBuffer(Buffer.from('c0ffee', 'hex')).endCell())]));
  await tell('encrypted', [desk.address], () => alice.send([pay(desk.address, toNano('1'), beginCell().storeUint(0x2167da4b, 32).storeBuffer(Buffer.alloc(48, 7)).endCell())]));
  await tell('batch', [desk.address, fresh(0xd3), fresh(0xd4)], () => alice.send([
    pay(desk.address, toNano('1'), text('104857')), pay(fresh(0xd3), toNano('2')), pay(fresh(0xd4), toNano('3'), text('a long comment that does not fit into one cell of one hundred and twenty-seven bytes and is therefore continued in the next one, as texts are'))]));
  await tell('nothing_sent', [fresh(0xd5)], () => alice.send([pay(fresh(0xd5), toNano('1000000'))]));

  const minterData = (admin) => beginCell().storeCoins(0).storeAddress(admin).storeRef(Cell.EMPTY).storeRef(WALLET_CODE).endCell();
  const init = { code: MINTER_CODE, data: minterData(faucet.address) };
  const minter = contractAddress(0, init);
  const mint = (to, amount) => beginCell().storeUint(21, 32).storeUint(0, 64).storeAddress(to).storeCoins(toNano('0.1')).storeRef(
    beginCell().storeUint(0x178d4519, 32).storeUint(0, 64).storeCoins(amount).storeAddress(minter).storeAddress(faucet.address).storeCoins(0).storeBit(0).endCell()).endCell();
  await faucet.send({ to: minter, value: toNano('0.5'), init, bounce: false });
  await faucet.send({ to: minter, value: toNano('0.5'), body: mint(alice.address, 5000000000n) });
  const walletOf = async (owner) => (await chain.runGetMethod(minter, 'get_wallet_address', [{ type: 'slice', cell: beginCell().storeAddress(owner).endCell() }])).stackReader.readAddress();
  const aliceJ = await walletOf(alice.address), deskJ = await walletOf(desk.address);
  const move = (to, amount, forward, payload) => {
    const b = beginCell().storeUint(0x0f8a7ea5, 32).storeUint(7, 64).storeCoins(amount).storeAddress(to).storeAddress(alice.address).storeBit(0).storeCoins(forward);
    if (payload && payload.ref) b.storeBit(1).storeRef(payload.ref); else { b.storeBit(0); if (payload) b.storeSlice(payload.beginParse()); }
    return pay(aliceJ, toNano('0.1') + forward, b.endCell(), true);
  };
  await tell('jetton', [{ jettons: deskJ }, desk.address, alice.address], () => alice.send([move(desk.address, 2500000n, toNano('0.01'), { ref: text('104857') })]));
  await tell('jetton_silent', [{ jettons: deskJ }, desk.address], () => alice.send([move(desk.address, 700000n, 0n, text('104858'))]));
  await tell('jetton_no_payload', [{ jettons: deskJ }], () => alice.send([move(desk.address, 11n, 1n)]));
  await tell('jetton_batch', [{ jettons: deskJ }, { jettons: await walletOf(fresh(0xd6)) }], () => alice.send([move(desk.address, 21n, 1n, text('104857')), move(fresh(0xd6), 22n, 0n)]));
  await tell('jetton_too_much', [{ jettons: deskJ }], () => alice.send([move(desk.address, 99000000000n, 1n)]));
  const notice = (amount) => beginCell().storeUint(0x7362d09c, 32).storeUint(0, 64).storeCoins(amount).storeAddress(mallory.address).storeBit(1).storeRef(text('104857')).endCell();
  await tell('fake_notification', [{ jettons: deskJ }, desk.address], () => mallory.send([pay(desk.address, 1n, notice(9000000000n))]));

  // a wallet with the real wallet's code that obeys Mallory: for her it is the "master"; an index that
  // believes what she wrote would name the real master
  const fakeInit = { code: WALLET_CODE, data: beginCell().storeCoins(0).storeAddress(desk.address).storeAddress(mallory.address).storeRef(WALLET_CODE).endCell() };
  const fakeJ = contractAddress(0, fakeInit);
  fooled.set(raw(fakeJ), minter);
  await tell('fake_wallet', [{ jettons: deskJ }, desk.address], () => mallory.send([internal({ to: fakeJ, value: toNano('0.2'), init: fakeInit, bounce: false,
    body: beginCell().storeUint(0x178d4519, 32).storeUint(0, 64).storeCoins(9000000000n).storeAddress(mallory.address).storeAddress(mallory.address).storeCoins(1n).storeBit(1).storeRef(text('104857')).endCell() })]));

  const nftInit = { code: NFT_CODE, data: beginCell().storeUint(0, 64).storeAddress(faucet.address).endCell() };
  const nft = contractAddress(0, nftInit);
  nfts.add(raw(nft));
  await faucet.send({ to: nft, value: toNano('0.1'), init: nftInit, bounce: false, body: beginCell().storeAddress(alice.address).storeRef(text('item')).endCell() });
  await tell('nft', [desk.address, alice.address], () => alice.send([pay(nft, toNano('0.2'), beginCell().storeUint(0x5fcc3d14, 32).storeUint(0, 64).storeAddress(desk.address).storeAddress(alice.address).storeBit(0).storeCoins(toNano('0.01')).storeBit(0).storeSlice(text('104857').beginParse()).endCell(), true)]));
  Object.assign(stories, { _: { alice: raw(alice.address), desk: raw(desk.address), minter: raw(minter), nft: raw(nft), desk_jettons: raw(deskJ), fake_jettons: raw(fakeJ) } });
}

function traceOf(t) {
  const transactions = Object.fromEntries(t.order.map((h) => [h, rows.get(h)]));
  return { trace_id: t.id, external_hash: t.external, mc_seqno_start: String(t.mc), mc_seqno_end: String(t.mc), is_incomplete: false,
    trace_info: { trace_state: 'complete', messages: t.order.length, transactions: t.order.length, pending_messages: 0, classification_state: 'ok' },
    transactions_order: t.order, transactions, actions: [] };
}

async function jettonWallet(address) {
  const claimed = fooled.get(address);
  try {
    const stack = (await chain.runGetMethod(Address.parseRaw(address), 'get_wallet_data', [])).stackReader;
    const amount = stack.readBigNumber().toString(), owner = stack.readAddress();
    return { address, balance: amount, owner: raw(owner), jetton: raw(claimed ?? stack.readAddress()) };
  } catch { return null; }
}

async function answer(path, query, body) {
  const find = (test) => traces.filter(test).map(traceOf);
  const has = (h) => (m) => m && m.hash === h;
  switch (path) {
    case 'stories': return stories;
    case 'masterchainInfo': { // the same moment in every story, behind them all
      const block = (n) => ({ workchain: -1, shard: '8000000000000000', seqno: n, global_id: -239, gen_utime: String(NOW + 8) });
      return { last: block(70001000), first: block(1) };
    }
    case 'transactions': return { transactions: rows.has(query.hash) ? [rows.get(query.hash)] : [], address_book: {} };
    case 'traces': return { traces: query.tx_hash ? find((t) => t.order.includes(query.tx_hash)) : find((t) => t.norm === query.msg_hash || t.order.some((h) => has(query.msg_hash)(rows.get(h).in_msg))), address_book: {} };
    case 'transactionsByMessage': return { transactions: [...rows.values()].filter((r) => has(query.msg_hash)(r.in_msg) || r.out_msgs.some(has(query.msg_hash))), address_book: {} };
    case 'pendingTraces': return undefined;
    case 'blocks': return { blocks: [{ workchain: -1, shard: '8000000000000000', seqno: Number(query.seqno), root_hash: Buffer.alloc(32, Number(query.seqno) % 251).toString('base64') }] };
    case 'jetton/wallets': { const found = await jettonWallet(query.address.toUpperCase()); return { jetton_wallets: found ? [found] : [], address_book: {} }; }
    case 'jetton/masters': return { jetton_masters: [{ address: query.address, jetton_content: { symbol: 'SAND', name: 'Sand', decimals: '6' } }] };
    case 'nft/items': return { nft_items: nfts.has(query.address.toUpperCase()) ? [{ address: query.address.toUpperCase(), init: true }] : [] };
    case 'accountStates': {
      const account = Address.parseRaw(query.address), state = (await chain.getContract(account)).accountState;
      const boc = query.include_boc === 'true' && state && state.type === 'active';
      const more = boc ? { code_boc: state.state.code.toBoc().toString('base64'), data_boc: state.state.data.toBoc().toString('base64') } : {};
      return { accounts: [{ address: query.address.toUpperCase(), balance: await balance(account), status: 'active', ...more }] };
    }
    case 'switchKey': await switchKey(query.on === '1'); return {};
    case 'runGetMethod': {
      const items = body.stack.map((i) => ({ type: 'slice', cell: Cell.fromBase64(i.value) }));
      const result = await chain.runGetMethod(Address.parseRaw(body.address), body.method, items);
      const cell = beginCell().storeAddress(result.stackReader.readAddress()).endCell();
      return { gas_used: '1', exit_code: result.exitCode, stack: [{ type: 'slice', value: cell.toBoc().toString('base64') }] };
    }
  }
}

play().then(() => {
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    let data = '';
    request.on('data', (chunk) => { data += chunk; });
    request.on('end', async () => {
      const found = await answer(url.pathname.replace(/^\/api\/v3\/|^\//, ''), Object.fromEntries(url.searchParams), data ? JSON.parse(data) : null).catch((e) => ({ error: String(e) }));
      response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(found ?? { error: 'not found' }));
    });
  });
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
  process.stdin.on('end', () => process.exit(0)).resume();
}).catch((e) => { console.error(e); process.exit(1); });
