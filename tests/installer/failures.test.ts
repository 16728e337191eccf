import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SetupFailure } from '#chip/setup/setup-view.ts'
import { LANGUAGES, speechIn } from '../../ends/installer/src/words/speak.ts'
import { FILLED, LINK, OPEN, theatre } from './scene.suite.ts'
import { fillIn } from './way.suite.ts'

/** Every failure: what happened, what to do, and what was typed still there. */
const scene = theatre()
const FAILURES = Object.keys(LANGUAGES.en.failures).filter(
  (code): code is SetupFailure => code in LANGUAGES.en.failures,
)

for (const locale of ['en', 'zh-CN'] as const)
  test(`every failure says what happened and what to do, and keeps what was typed (${locale})`, () =>
    scene(OPEN, { locale }, async ({ stub, phone }) => {
      const speech = speechIn(LANGUAGES[locale])
      await phone.open(`${stub.url}${LINK}`)
      await fillIn(phone, FILLED)
      await phone.touch('connect')
      for (const code of FAILURES) {
        await phone.sees('screen-progress')
        stub.fail('tls', code)
        await phone.page.locator(`[data-testid=screen-failed][data-code=${code}]`).waitFor()
        const places = {
          ssid: '\u2068Laundry\u2069',
          host: 'pay.example.org',
          chip: '7F3A\u00a00011\u00a02233\u00a0445D',
        }
        const { what, todo } = speech.failure(code, places)
        assert.equal(await phone.page.getByTestId('title').textContent(), what)
        assert.equal(await phone.page.getByTestId('todo').textContent(), todo)
        assert.equal(await phone.page.evaluate(() => document.activeElement?.tagName), 'H1')
        await phone.touch('try-again')
      }
      assert.equal(stub.posts.length, FAILURES.length + 1)
      for (const { body } of stub.posts) assert.deepEqual(body, stub.posts[0]?.body)
    }))

test('a failure leads to the field where it is mended, with what was typed', () =>
  scene(OPEN, {}, async ({ stub, phone }) => {
    await phone.open(`${stub.url}${LINK}`)
    await fillIn(phone, FILLED)
    await phone.touch('connect')
    await phone.sees('screen-progress')
    stub.fail('joined', 'wrong-password')
    await phone.touch('change')
    assert.equal(await phone.focused(), 'passphrase')
    assert.equal(await phone.valueOf('passphrase'), 'warm water')
    assert.match(await phone.read('passphrase-fault'), /password for “.?Laundry.?” is wrong/)
    await phone.touch('show-passphrase')
    assert.equal(await phone.page.getByTestId('passphrase').getAttribute('type'), 'text')
    await phone.type('passphrase', 'warmer water')
    assert.equal(await phone.page.getByTestId('passphrase-fault').count(), 0)
    await phone.touch('connect')
    await phone.sees('screen-progress')
    stub.fail('enrolled', 'claim-used')
    await phone.touch('change')
    assert.equal(await phone.focused(), 'claimCode')
    assert.equal(await phone.valueOf('address'), 'pay.example.org')
    assert.match(await phone.read('claimCode-fault'), /used already/)
  }))

test('a reload begins from what the chip remembers, and asks for what it must not', () =>
  scene(
    { ...OPEN, given: { ssid: 'Laundry', hidden: false, systemAddress: 'pay.example.org', driver: 'wire' } },
    {},
    async ({ stub, phone }) => {
      stub.fail('joined', 'wrong-password')
      await phone.open(stub.url)
      await phone.sees('screen-failed')
      await phone.touch('try-again')
      await phone.sees('passphrase-fault')
      assert.equal(await phone.valueOf('passphrase'), '')
      assert.equal(await phone.valueOf('address'), 'pay.example.org')
      await phone.sees('claimCode-fault')
      // What was emptied on purpose stays empty, whatever the chip says next.
      await phone.type('address', '')
      stub.show({ closesInS: 330 })
      await phone.says('closes', /5 more/)
      assert.equal(await phone.valueOf('address'), '')
    },
  ))
