// Rococo's Asset Hub from its genesis, run by chopsticks, behind an HTTP face in the shape of sidecar.
//
// It plays a fixed list of stories with really signed extrinsics; GET /stories tells where each one is,
// and every watched account's balances before and after its block. Ends with its standard input.
'use strict'

const http = require('node:http')
const { ApiPromise, WsProvider } = require('@polkadot/api')
const { Keyring } = require('@polkadot/keyring')
const { cryptoWaitReady } = require('@polkadot/util-crypto')
const { rococo_v2_2_asset_hub: spec } = require('@substrate/connect-known-chains')

process.env.LOG_LEVEL = 'error' // standard output is for the one line that tells the port
const { setStorage, setupWithServer } = require('@acala-network/chopsticks')

const TOKEN = 1984
const COIN = 10n ** 12n

const lower = (text) => text[0].toLowerCase() + text.slice(1)

// A SCALE value as sidecar writes it: numbers as text, kinds with a small first letter, accounts as SS58.
function shape(value) {
  if (value === null || value === undefined) return null
  if (value.section !== undefined && value.callIndex !== undefined) return shapeCall(value)
  if (typeof value.toBigInt === 'function') return value.toBigInt().toString()
  if (value.isSome !== undefined) return value.isSome ? shape(value.unwrap()) : null
  if (typeof value.unwrap === 'function' && value.defKeys === undefined) return shape(value.unwrap())
  if (value.defKeys !== undefined && value.type !== undefined) {
    return value.isBasic ? value.type : { [lower(value.type)]: shape(value.inner) }
  }
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, shape(v)]))
  if (Array.isArray(value)) return value.map(shape)
  const plain = value.toJSON()
  return typeof plain === 'boolean' || plain === null ? plain : value.toString()
}

const shapeMethod = (value) => ({ pallet: value.section, method: value.method })

function shapeCall(call) {
  const names = call.meta.args.map((a) => a.name.toString())
  const args = Object.fromEntries(names.map((name, i) => [name, shape(call.args[i])]))
  return { method: shapeMethod(call), args }
}

const shapeEvent = (event) => ({ method: shapeMethod(event), data: [...event.data].map(shape) })

async function main() {
  await cryptoWaitReady()
  const genesis = JSON.parse(spec)
  const node = await setupWithServer({
    genesis,
    port: 0,
    host: '127.0.0.1',
    'build-block-mode': 'Manual',
  })
  const { chain } = node
  const provider = new WsProvider(`ws://${node.addr}`)
  const api = await ApiPromise.create({ provider, noInitWarn: true })
  const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 })
  const [alice, bob, ours, poor] = ['Alice', 'Bob', 'Exchange', 'Poor'].map((name) =>
    keyring.addFromUri(`//${name}`),
  )
  const watched = [alice, bob, ours, poor].map((pair) => pair.address)
  const rich = { providers: 1, data: { free: (10_000n * COIN).toString() } }
  await setStorage(chain, {
    System: { Account: [[[alice.address], rich], [[bob.address], rich]] },
  })

  async function balances(hash) {
    const at = await api.at(hash)
    const found = {}
    for (const address of watched) {
      const { data } = await at.query.system.account(address)
      const held = await at.query.assets.account(TOKEN, address)
      const token = held.isSome ? held.unwrap().balance.toString() : '0'
      found[address] = { native: (data.free.toBigInt() + data.reserved.toBigInt()).toString(), token }
    }
    return found
  }

  const stories = {}

  async function play(name, signer, call, { tip = 0 } = {}) {
    const before = chain.head
    const { nonce } = await (await api.at(before.hash)).query.system.account(signer.address)
    const signed = await call.signAsync(signer, { nonce, tip, era: 0, blockHash: api.genesisHash })
    const block = await chain.newBlock({ transactions: [signed.toHex()] })
    const listed = (await block.extrinsics).indexOf(signed.toHex())
    if (listed < 0) throw new Error(`${name}: the extrinsic is not in its block`)
    if (name) {
      stories[name] = {
        tx_hash: `${block.number}-${listed}`,
        hash: signed.hash.toHex(),
        before: await balances(before.hash),
        after: await balances(block.hash),
      }
    }
    return { before, block }
  }

  const { tx } = api
  const pay = (to, amount) => tx.balances.transferKeepAlive(to.address, amount)
  const tooMuch = 1_000_000n * COIN
  const give = (to, amount) => tx.assets.transfer(TOKEN, to.address, amount)

  await play('native', alice, pay(ours, 25n * COIN))
  await play('tip', alice, pay(ours, 3n * COIN), { tip: COIN })
  await play('failed', alice, pay(ours, tooMuch))
  await play('below existential deposit', alice, tx.balances.transfer(poor.address, 1000))
  await play('several recipients', alice, tx.utility.batchAll([pay(ours, COIN), pay(bob, 2n * COIN)]))
  const half = [pay(bob, COIN), pay(ours, tooMuch), pay(ours, 99n * COIN)]
  await play('batch interrupted', alice, tx.utility.batch(half))
  await play('batch undone', alice, tx.utility.batchAll(half))
  if (tx.utility.forceBatch) await play('batch with a failure', alice, tx.utility.forceBatch(half))
  await play('', alice, tx.proxy.addProxy(bob.address, 'Any', 0))
  await play('proxy', bob, tx.proxy.proxy(alice.address, null, pay(ours, 4n * COIN)))
  await play('proxy with inner error', bob, tx.proxy.proxy(alice.address, null, pay(ours, tooMuch)))
  await play('', alice, tx.assets.create(TOKEN, alice.address, 1))
  await play('token issued', alice, tx.assets.mint(TOKEN, alice.address, 1_000_000))
  await play('', alice, tx.assets.setMetadata(TOKEN, 'Tether USD', 'USDt', 6))
  await play('token', alice, give(ours, 250_000))
  await play('token failed', bob, give(ours, 1))
  await play('token batch', alice, tx.utility.batchAll([give(bob, 7), give(ours, 8), pay(ours, COIN)]))
  await play('', alice, tx.assets.approveTransfer(TOKEN, bob.address, 5_000))
  await play('token by approval', bob, tx.assets.transferApproved(TOKEN, alice.address, ours.address, 5_000))
  await play('all of it', bob, tx.balances.transferAll(poor.address, false))
  const { before: fork } = await play('undone', alice, pay(ours, 50n * COIN))
  await chain.setHead(fork) // the block with that payment is of the chain no more
  await play('instead', alice, pay(bob, COIN))

  async function tellBlock(hash) {
    const { block } = await api.rpc.chain.getBlock(hash)
    const number = block.header.number.toNumber()
    const at = await api.at(hash)
    const records = await at.query.system.events()
    const within = (i) =>
      records.filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.eqn(i))
    const extrinsics = []
    for (const [i, extrinsic] of block.extrinsics.entries()) {
      const events = within(i).map(({ event }) => shapeEvent(event))
      const ended = events.map((e) => `${e.method.pallet}.${e.method.method}`)
      let info = {}
      if (extrinsic.isSigned) {
        const asked = await api.call.transactionPaymentApi
          .queryInfo(extrinsic.toHex(), extrinsic.encodedLength)
          .catch(() => api.rpc.payment.queryInfo(extrinsic.toHex(), block.header.parentHash))
        info = { partialFee: asked.partialFee.toString(), kind: 'preDispatch' }
      }
      extrinsics.push({
        ...shapeCall(extrinsic.method),
        signature: extrinsic.isSigned
          ? { signature: extrinsic.signature.toHex(), signer: { id: extrinsic.signer.toString() } }
          : null,
        nonce: extrinsic.isSigned ? extrinsic.nonce.toString() : null,
        tip: extrinsic.isSigned ? extrinsic.tip.toString() : null,
        hash: extrinsic.hash.toHex(),
        info,
        events,
        success: ended.includes('system.ExtrinsicSuccess'),
        paysFee: extrinsic.isSigned,
      })
    }
    return {
      number: String(number),
      hash: hash.toString(),
      parentHash: block.header.parentHash.toHex(),
      stateRoot: block.header.stateRoot.toHex(),
      extrinsicsRoot: block.header.extrinsicsRoot.toHex(),
      logs: [],
      onInitialize: { events: [] },
      extrinsics,
      onFinalize: { events: [] },
      finalized: true,
    }
  }

  async function answer(path) {
    if (path === '/stories') return stories
    if (path === '/transaction/material') {
      const { specName, specVersion, transactionVersion } = api.runtimeVersion
      return {
        at: { hash: chain.head.hash, height: String(chain.head.number) },
        genesisHash: api.genesisHash.toHex(),
        chainName: 'Rococo Asset Hub',
        specName: specName.toString(),
        specVersion: specVersion.toString(),
        txVersion: transactionVersion.toString(),
      }
    }
    if (path === '/blocks/head') return tellBlock(chain.head.hash)
    const block = path.match(/^\/blocks\/(\d+)$/)
    if (block) return tellBlock((await chain.getBlockAt(Number(block[1]))).hash)
    const asset = path.match(/^\/pallets\/assets\/(\d+)\/asset-info$/)
    if (asset) {
      const at = await api.at(chain.head.hash)
      return {
        at: { hash: chain.head.hash, height: String(chain.head.number) },
        assetInfo: shape(await at.query.assets.asset(asset[1])),
        assetMetaData: shape(await at.query.assets.metadata(asset[1])),
      }
    }
    return null
  }

  const server = http.createServer((request, response) => {
    answer(request.url.split('?')[0])
      .then((document) => [document ? 200 : 404, document || { code: 404, message: 'unknown path' }])
      .catch((error) => [500, { code: 500, message: String(error) }])
      .then(([status, document]) => {
        response.writeHead(status, { 'Content-Type': 'application/json' })
        response.end(JSON.stringify(document))
      })
  })
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(JSON.stringify({ port: server.address().port }) + '\n')
  })
  process.stdin.resume()
  process.stdin.on('end', () => process.exit(0))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
