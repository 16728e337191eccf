import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MANAGEMENT_ERRORS } from '#system/error/error-code.ts'
import { ERRORS } from '#system/error/table.ts'
import { adviceFor } from '../advice.ts'
import { language as english } from './language-en.ts'
import { language as chinese } from './language-zh-CN.ts'
import { chooseLocale, speechIn } from './speak.ts'

const placesIn = (text: string) => new Set(text.match(/\{\w+\}/g))

test('both languages say the same things with the same places', () => {
  const keys = Object.keys(english.words).filter(
    (key): key is keyof typeof english.words => key in english.words,
  )
  assert.ok(keys.length > 100)
  assert.deepEqual(Object.keys(chinese.words).sort(), [...keys].sort())
  for (const key of keys) {
    assert.deepEqual(placesIn(chinese.words[key]), placesIn(english.words[key]), key)
    if (key !== 'adviceNone') assert.ok(english.words[key].trim() && chinese.words[key].trim(), key)
  }
})

test('every code that a payer can meet has words and advice, and no words are left over', () => {
  const own = ['offline', 'answer-unclear']
  const staffs: readonly string[] = MANAGEMENT_ERRORS
  const codes = [...Object.keys(ERRORS).filter((code) => !staffs.includes(code)), ...own].sort()
  assert.ok(codes.length > 50)
  for (const { locale, reasons } of [english, chinese]) {
    assert.deepEqual(Object.keys(reasons).sort(), codes, locale)
    const speech = speechIn(locale === 'en' ? english : chinese)
    for (const code of codes) {
      assert.match(speech.reason(code) ?? '', /^\S.*[.。]$/, code)
      assert.ok(adviceFor(code).startsWith('advice'), code)
    }
  }
})

test('what became of the money is said by the system, never by a reason', () => {
  for (const text of Object.values(english.reasons)) assert.doesNotMatch(text, /charged|paid back/i)
  for (const text of Object.values(chinese.reasons)) assert.doesNotMatch(text, /扣款|退回/)
})

test('a code without words gets the safe advice', () => {
  assert.equal(speechIn(english).reason('toString'), null)
  assert.equal(adviceFor('toString'), 'adviceContact')
})

test('the first language of the phone that we speak is spoken', () => {
  assert.equal(chooseLocale(['de', 'zh-Hans-CN', 'en']), 'zh-CN')
  assert.equal(chooseLocale(['de', 'en-GB', 'zh']), 'en')
  assert.equal(chooseLocale(['zha', 'fr']), 'en')
  assert.equal(chooseLocale([]), 'en')
})

test('units are counted by the rules of the language', () => {
  const values = (of: number, unit: string) => ({ units: 0, of, unit })
  const said = (each: typeof english, of: number, unit: string) =>
    speechIn(each).say('quantity', values(of, unit)).replaceAll(/\s/g, ' ')
  assert.equal(said(english, 12, 'minute'), '12 minutes')
  assert.equal(said(chinese, 12, 'minute'), '12分钟')
  assert.equal(said(english, 1, 'piece'), '1 piece')
  assert.equal(said(english, 3, 'piece'), '3 pieces')
  assert.equal(said(chinese, 3, 'piece'), '3 件')
  assert.equal(said(english, 6000, 'Wh'), '6000 Wh')
})
