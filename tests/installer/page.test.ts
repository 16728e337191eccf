import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINK, LOST, OPEN, theatre } from './scene.suite.ts'
import { PROOF } from './stub-chip.suite.ts'
import { giveProof } from './way.suite.ts'

/** From the first field to a machine that is online, and what people type. */
const scene = theatre()

test('the first field is there before the script, and keeps what was typed', () =>
  scene({}, {}, async ({ stub, phone }) => {
    let letIn = (): void => {}
    const held = new Promise<void>((resolve) => {
      letIn = resolve
    })
    await phone.page.route('**/*.js', async (route) => {
      await held
      await route.continue()
    })
    await phone.page.goto(stub.url, { waitUntil: 'commit' })
    await phone.sees('screen-first')
    await phone.page.locator('#proof').pressSequentially('K7QM')
    letIn()
    await phone.sees('screen-proof')
    assert.equal(await phone.focused(), 'proof')
    await phone.page.keyboard.type('-2X9D')
    assert.equal(await phone.valueOf('proof'), PROOF)
    await phone.page.keyboard.press('Enter')
    await phone.sees('screen-form')
  }))

test('without its script the page says so after a while, in both languages', () =>
  scene({}, LOST, async ({ stub, phone }) => {
    await phone.page.route('**/*.js', (route) => route.abort())
    await phone.open(stub.url)
    await phone.page.getByText('The page did not load whole.').waitFor()
    await phone.page.getByText('页面没有完整加载。').waitFor()
  }))

test('five wrong proofs: each told, then what opens set-up again', () =>
  scene({}, LOST, async ({ stub, phone }) => {
    await phone.open(stub.url)
    await phone.touch('proof-send')
    assert.equal(await phone.read('note'), 'Enter the set-up code first.')
    assert.equal(stub.posts.length, 0)
    for (const left of [/4/, /3/, /2/, /One try left/]) {
      await giveProof(phone, 'WRONG')
      await phone.says('tries', left)
      assert.match(await phone.read('note'), /not the set-up code/)
      assert.equal(await phone.focused(), 'proof')
    }
    await phone.touch('proof-send')
    await phone.sees('screen-closed')
    assert.equal(stub.posts.length, 5)
    assert.match(await phone.read('screen-closed'), /power off and on[^]*“.?Farthing 7F3A.?”/)
    // Opened again, the page goes on by itself.
    stub.show({ phase: 'locked', triesLeft: 5 })
    await phone.sees('screen-proof')
    assert.equal(await phone.page.getByTestId('note').textContent(), '')
  }))

test('opened by the console’s code, address and claim code only have to be looked at', () =>
  scene(OPEN, {}, async ({ stub, phone }) => {
    await phone.open(`${stub.url}${LINK}`)
    assert.match(await phone.read('scanned'), /pay\.example\.org[^]*4K7QM-2X9DT/)
    assert.equal(phone.page.url(), `${stub.url}/`, 'the claim code is not in the address any more')
    await phone.touch('type-myself')
    assert.equal(await phone.focused(), 'address')
    assert.equal(await phone.valueOf('claimCode'), '')
    // The whole link, pasted into a field.
    await phone.type('address', `http://10.41.0.1${LINK}`)
    assert.match(await phone.read('scanned'), /pay\.example\.org[^]*4K7QM-2X9DT/)
    // Another code, scanned into this very tab.
    await phone.page.evaluate(() => {
      location.hash = '#s=other.example.org&c=00000-00000'
    })
    await phone.says('scanned', /other\.example\.org/)
  }))

test('what is missing or wrong is marked, all at once, and the first of it has the focus', () =>
  scene(OPEN, LOST, async ({ stub, phone }) => {
    await phone.open(stub.url)
    await phone.sees('network-choice')
    await phone.touch('connect')
    for (const field of ['network', 'address', 'claimCode', 'driver']) await phone.sees(`${field}-fault`)
    assert.equal(await phone.page.evaluate(() => document.activeElement?.getAttribute('name')), 'network')
    await phone.choose('network-other', '')
    await phone.type('ssid', '洗'.repeat(11))
    await phone.type('passphrase', 'pass🧼word')
    await phone.type('address', 'pay example')
    await phone.type('claimCode', '4K7QM-2X9DU')
    await phone.touch('driver-wire')
    await phone.touch('connect')
    assert.match(await phone.read('ssid-fault'), /has 33/)
    assert.match(await phone.read('passphrase-fault'), /cannot contain “.?🧼/u)
    assert.match(await phone.read('address-fault'), /looks like/)
    assert.match(await phone.read('claimCode-fault'), /“.?U/)
    assert.equal(await phone.focused(), 'ssid')
    assert.equal(stub.posts.length, 0)
    // What only the chip finds wrong is marked as well.
    await phone.type('ssid', 'Cellar')
    await phone.type('passphrase', '')
    await phone.type('address', 'pay.example.org')
    await phone.type('claimCode', '4K7QM-2X9DT')
    stub.refusal = { status: 400, body: { code: 'address-malformed', field: 'system.address', message: '' } }
    await phone.touch('connect')
    await phone.sees('address-fault')
    assert.equal(await phone.focused(), 'address')
  }))

test('hidden and cabled networks, and a chip that keeps its owner', () =>
  scene({ ...OPEN, ethernet: true, owned: true }, {}, async ({ stub, phone }) => {
    await phone.open(stub.url)
    await phone.sees('owned')
    assert.equal(await phone.page.getByTestId('system').count(), 0)
    await phone.touch('driver-wire')
    await phone.touch('connect')
    await phone.sees('screen-progress')
    assert.match(await phone.read('step-joined'), /Use the network cable/)
    const machine = { driver: 'wire', wiring: 'tcp' }
    assert.deepEqual(stub.posts.at(-1)?.body, { network: { kind: 'ethernet' }, machine })
    stub.fail('joined', 'no-cable')
    await phone.touch('change')
    await phone.choose('network-other', '')
    await phone.type('ssid', ' Cellar ')
    await phone.touch('connect')
    await phone.sees('screen-progress')
    assert.deepEqual(stub.posts.at(-1)?.body, {
      network: { kind: 'wifi', ssid: ' Cellar ', hidden: true },
      machine,
    })
  }))

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '</script><b>bold',
  '\u202eevil\u2066',
  '{host}${name}',
  '🧺'.repeat(8),
]

test('names of networks are text, whatever they look like', () =>
  scene(OPEN, {}, async ({ stub, phone }) => {
    stub.networks = HOSTILE.map((ssid, index) => ({
      ssid,
      strengthPercent: 90 - index,
      security: 'wpa-personal' as const,
    }))
    const dialogs: string[] = []
    phone.page.on('dialog', (dialog) => dialogs.push(dialog.message()))
    await phone.open(`${stub.url}${LINK}`)
    await phone.sees('network-choice')
    const shown = await phone.page.locator('[data-testid=network-choice] b').allTextContents()
    const plain = shown.map((name) => name.slice(1, -1))
    assert.deepEqual(plain, [
      '<img src=x onerror=alert(1)>',
      '</script><b>bold',
      '□evil□',
      '{host}${name}',
      '🧺'.repeat(8),
    ])
    await phone.touch('driver-wire')
    for (const [index, ssid] of HOSTILE.entries()) {
      await phone.page.getByTestId('network-choice').nth(index).locator('label').first().tap()
      await phone.type('passphrase', 'warm water')
      await phone.touch('connect')
      await phone.sees('screen-progress')
      const body: { network?: { ssid?: string } } = stub.posts.at(-1)?.body ?? {}
      assert.equal(body.network?.ssid, ssid, 'the chip gets the name as it is')
      stub.fail('joined', 'network-gone')
      const title = await phone.page.locator('[data-testid=screen-failed] h1').textContent()
      assert.equal(title, `“${shown[index] ?? ''}” is not in reach any more`)
      await phone.touch('change')
    }
    assert.equal(await phone.page.locator('main img, main script').count(), 0)
    assert.deepEqual(dialogs, [])
  }))

test('trying the machine: what it answers, and that it does not', () =>
  scene(OPEN, {}, async ({ stub, phone }) => {
    await phone.open(stub.url)
    await phone.sees('network-choice')
    await phone.touch('try-it')
    await phone.says('tried', /Choose how/)
    await phone.touch('driver-wire')
    for (const [answer, words] of [
      [{ ok: true, state: 'fault' }, /reports a fault/],
      [{ ok: true, state: 'in-use' }, /coins/],
      [{ ok: false, code: 'machine-silent' }, /does not answer/],
      [{ ok: false, code: 'busy' }, /busy/],
    ] as const) {
      stub.tried = answer
      await phone.touch('try-it')
      await phone.says('tried', words)
    }
    assert.deepEqual(stub.posts.at(-1), { path: '/api/machine-try', body: { driver: 'wire', wiring: 'tcp' } })
  }))
