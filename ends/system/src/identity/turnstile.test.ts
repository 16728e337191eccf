import assert from 'node:assert/strict'
import test from 'node:test'
import { Turnstile } from './turnstile.ts'

test('two are inside at once, the others wait in their order, and who finds no room is told', async () => {
  const turnstile = new Turnstile({ atOnce: 2, waitingMax: 3 })
  const begun: number[] = []
  const ends: (() => void)[] = []
  const enter = (number: number) =>
    turnstile.through(async () => {
      begun.push(number)
      await new Promise<void>((end) => ends.push(end))
      return number
    })
  const all = [1, 2, 3, 4, 5].map(enter)
  assert.equal(await enter(6), null)
  assert.deepEqual(begun, [1, 2])
  for (let done = 0; done < 5; done += 1) {
    ends[done]?.()
    await all[done]
  }
  assert.deepEqual(begun, [1, 2, 3, 4, 5])
  assert.deepEqual(
    await Promise.all(all),
    [1, 2, 3, 4, 5].map((value) => ({ value })),
  )
})

test('one that fails leaves its place to the next', async () => {
  const turnstile = new Turnstile({ atOnce: 1, waitingMax: 1 })
  const failing = turnstile.through(() => Promise.reject(new Error('no')))
  const next = turnstile.through(() => Promise.resolve('yes'))
  await assert.rejects(failing)
  assert.deepEqual(await next, { value: 'yes' })
  assert.deepEqual(await turnstile.through(() => Promise.resolve(1)), { value: 1 })
})
