import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SetupFailure } from '#chip/setup/setup-view.ts'
import { airNetwork } from '#chip/setup/radio/air.ts'
import { HOME_NETWORK } from '#hosting/boxed-chip.ts'
import { freePort } from '#hosting/port.ts'
import { LANGUAGES } from '../../ends/installer/src/words/speak.ts'
import { until } from '../browser/until.ts'
import { InstallerPhone, type Locale } from './installer-phone.suite.ts'
import { Laundry } from './laundry.suite.ts'
import { fillIn, giveProof } from './way.suite.ts'

/** From the box to a machine that is online, and every failure on the way, on real parts: chip, air, system, broker. */

let laundry: Laundry
/** The chip of the dryer has used it. */
let usedCode = ''
before(async () => {
  laundry = await Laundry.open()
})
after(() => laundry?.close())

/** A browser logs each answer that is a refusal, or that never comes. */
const unpackPhone = (locale: Locale) =>
  InstallerPhone.unpack(laundry.browser, { locale, allowed: [/Failed to load resource/] })

/** The chip is patient with a system that may only be slow. */
const FAILED_LIMIT_MS = 60_000

function failed(phone: InstallerPhone, code: SetupFailure): Promise<void> {
  const screen = phone.page.locator(`[data-testid=screen-failed][data-code=${code}]`)
  return screen.waitFor({ timeout: FAILED_LIMIT_MS })
}

const HOME = { network: HOME_NETWORK.ssid, passphrase: HOME_NETWORK.passphrase }

test('a radio that cannot hold both: a wrong password, then online, each told on return (zh-CN)', async () => {
  const { words, failures } = LANGUAGES['zh-CN']
  const { proof, url, chip, air } = await laundry.lonelyChip('dryer', 'dryer-chip')
  usedCode = await laundry.claim('dryer')
  const phone = await unpackPhone('zh-CN')
  await phone.open(`${url}/#s=${encodeURIComponent(laundry.address)}&c=${usedCode}`)
  await giveProof(phone, proof)
  await fillIn(phone, { ...HOME, passphrase: 'dirty-shirts-2026' })
  await phone.sees('beforehand')
  assert.ok((await phone.read('scanned')).includes(usedCode))
  await phone.touch('connect')
  await phone.sees('gone')
  await failed(phone, 'wrong-password')
  assert.equal(await phone.read('todo'), failures['wrong-password'].todo)
  await phone.touch('change')
  assert.equal(await phone.valueOf('passphrase'), 'dirty-shirts-2026')
  await phone.type('passphrase', HOME_NETWORK.passphrase)
  await phone.touch('connect')
  await phone.sees('gone')
  await phone.sees('screen-done')
  assert.equal(await phone.read('title'), words.doneTitle)
  await phone.putAway()
  assert.deepEqual(air.networks().length, 1)
  await chip.stop()
})

test('a chip that has an owner already, and one that the system refuses', async () => {
  // The same chip, with nothing in its memory: as after a theft, or a copy.
  const { proof, url, chipId } = await laundry.lonelyChip('dryer', 'dryer-chip-wiped')
  const phone = await unpackPhone('en')
  const claimCode = await laundry.claim('dryer', '--replace')
  await phone.open(`${url}/#s=${encodeURIComponent(laundry.address)}&c=${claimCode}`)
  await giveProof(phone, proof)
  await fillIn(phone, HOME)
  await phone.touch('connect')
  await failed(phone, 'chip-owned')
  assert.equal(await phone.read('title'), 'This chip belongs to another machine')
  const { code, output } = await laundry.house.staff('revoke-chip', chipId)
  assert.equal(code, 0, output)
  await phone.touch('try-again')
  await failed(phone, 'chip-refused')
  await phone.putAway()
})

test('every failure of the way, one after the other, and then online with the same chip', async () => {
  const { box, chipId, thing } = await laundry.unpack('washer')
  const { air, label } = box
  const phone = await unpackPhone('en')
  await phone.open(label.url)
  await giveProof(phone, 'nobody-knows')
  await phone.says('tries', /4/)
  await giveProof(phone, label.proof)
  await fillIn(phone, { ...HOME, address: laundry.address, claimCode: '00000-00000', machine: ['simulated'] })
  await phone.touch('try-it')
  await phone.says('tried', /It is ready/)

  const failsWith = async (code: SetupFailure, change: () => Promise<void>) => {
    await change()
    await phone.touch('connect')
    await failed(phone, code)
    await phone.touch('change')
  }
  const inNetwork = (network: string, passphrase?: string) => () =>
    fillIn(phone, { network, ...(passphrase === undefined ? {} : { passphrase }) })
  const atSystem = (typed: { address?: string; claimCode?: string }) => () => fillIn(phone, typed)

  await failsWith('wrong-password', () => phone.type('passphrase', 'dirty-shirts-2026'))
  await failsWith('portal', inNetwork('Lindenhof Guests'))
  await failsWith('no-route', inNetwork('Bakery', 'two-rolls-please'))
  await failsWith('network-gone', async () => {
    await inNetwork(HOME.network, HOME.passphrase)()
    air.remove(HOME.network)
  })
  const nowS = Math.floor(Date.now() / 1_000)
  air.put({ ...HOME_NETWORK, gives: 'no-address' })
  await failsWith('no-address', async () => {})
  air.put(HOME_NETWORK)
  await failsWith('system-unreachable', atSystem({ address: `localhost:${String(await freePort())}` }))
  await failsWith('wrong-clock', atSystem({ address: await laundry.clockOf(laundry.trusted, 1) }))
  await failsWith(
    'system-untrusted',
    atSystem({ address: await laundry.clockOf(await laundry.untrusted(), nowS) }),
  )
  await failsWith('claim-unknown', atSystem({ address: laundry.address }))
  await failsWith('claim-used', atSystem({ claimCode: usedCode }))
  await failsWith('claim-expired', atSystem({ claimCode: await laundry.expiredClaim('washer') }))
  await failsWith(
    'claim-other-chip',
    atSystem({ claimCode: await laundry.claim('washer', '--chip', '00000000000000ff') }),
  )
  await failsWith('no-cable', async () => {
    air.plugCable('internet')
    await phone.touch('network-cable')
    air.plugCable(undefined)
  })
  air.put(airNetwork({ ssid: 'Cellar', passphrase: 'below the stairs', hidden: true }))
  await phone.choose('network-other', '')
  await phone.type('ssid', 'Cellar')
  await phone.type('passphrase', 'below the stairs')
  await fillIn(phone, { claimCode: (await laundry.claim('washer')).toLowerCase().replace('-', '') })
  await laundry.house.broker.stop()
  await phone.touch('connect')
  await failed(phone, 'broker-unreachable')
  await laundry.house.broker.start()
  // It has its identity by now: the same again needs no claim code any more.
  await phone.touch('change')
  await phone.sees('owned')
  await phone.touch('connect')
  await phone.sees('screen-done')
  const number = (await phone.read('chip-number')).replaceAll(/\s/g, '')
  assert.equal(number, chipId.toUpperCase())
  // The hotspot goes, and the machine sells.
  await until('a code on the washer', () => thing.panel.view().screen.kind === 'code')
  assert.deepEqual(air.hotspots(), [])
  await phone.putAway()
})
