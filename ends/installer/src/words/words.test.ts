import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LANGUAGES, chooseLocale, speechIn } from './speak.ts'

const { en: english, 'zh-CN': chinese } = LANGUAGES
const placesIn = (text: string) => new Set(text.match(/\{\w+\}/g))
const keysOf = <Name extends string>(table: Readonly<Record<Name, unknown>>) =>
  Object.keys(table).filter((key): key is Name => key in table)

test('both languages say the same things with the same places', () => {
  const keys = keysOf(english.words)
  assert.ok(keys.length > 90)
  assert.deepEqual(keysOf(chinese.words).sort(), keys.sort())
  for (const key of keys) {
    assert.deepEqual(placesIn(chinese.words[key]), placesIn(english.words[key]), key)
    assert.ok(english.words[key].trim() && chinese.words[key].trim(), key)
  }
})

test('every failure says in one sentence each what happened and what to do', () => {
  const codes = keysOf(english.failures)
  assert.ok(codes.length > 15)
  assert.deepEqual(keysOf(chinese.failures).sort(), codes.sort())
  for (const code of codes) {
    for (const { failures } of [english, chinese]) {
      const { what, todo } = failures[code]
      assert.doesNotMatch(what, /[.。]$/, `${code} is a title`)
      assert.match(todo, /^[^.。]+[.。]$/, `${code} has one thing to do`)
    }
    for (const part of ['what', 'todo'] as const)
      assert.deepEqual(placesIn(chinese.failures[code][part]), placesIn(english.failures[code][part]), code)
  }
})

test('no two failures look alike', () => {
  for (const { failures } of [english, chinese]) {
    const titles = Object.values(failures).map(({ what }) => what)
    assert.equal(new Set(titles).size, titles.length)
  }
})

test('the first language of the phone that we speak is spoken', () => {
  assert.equal(chooseLocale(['de', 'zh-Hans-CN', 'en']), 'zh-CN')
  assert.equal(chooseLocale(['de', 'en-GB', 'zh']), 'en')
  assert.equal(chooseLocale(['zha', 'fr']), 'en')
  assert.equal(chooseLocale([]), 'en')
})

test('what is filled in is not looked at again', () => {
  const speech = speechIn(english)
  assert.equal(speech.say('stepJoined', { ssid: '{host} $& {ssid}' }), 'Join “{host} $& {ssid}”')
})
