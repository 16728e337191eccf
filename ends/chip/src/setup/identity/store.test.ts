import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { openFolder } from './folder.ts'
import { LOSSES, type Loss, MortalFolder, PowerCut } from './mortal-folder.suite.ts'
import {
  ABOUT,
  CHIP,
  configurationWith,
  LIFE,
  openStore,
  pendingWith,
  SHORT_LIFE,
  stateOf,
} from './store-life.suite.ts'
import { Store } from './store.ts'

/** States before the first step and after each. */
function milestones(life = LIFE): string[] {
  const folder = new MortalFolder()
  const store = openStore(folder)
  const states = [stateOf(folder, store)]
  for (const { take } of life) {
    take(store)
    states.push(stateOf(folder, store))
  }
  return states
}

/** How many steps were over when power went, or undefined if it never did. */
function liveUntilCut(folder: MortalFolder): number | undefined {
  let over = 0
  try {
    const store = openStore(folder)
    for (const { take } of LIFE) {
      take(store)
      over += 1
    }
    return undefined
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
    return over
  }
}

describe('the store of what a chip is', () => {
  const states = milestones()

  for (const loss of LOSSES) {
    test(`power cut at every call, ${loss} lost: the step is done, or never was`, () => {
      let cuts = 0
      for (let at = 0; ; at += 1) {
        const folder = new MortalFolder()
        folder.cutAt = at
        const over = liveUntilCut(folder)
        if (over === undefined) break
        cuts += 1
        folder.reboot(loss)
        const after = stateOf(folder, openStore(folder))
        assert.ok(
          [states[over], states[over + 1]].includes(after),
          `cut ${String(at)} after ${String(over)} steps: ${after}`,
        )
      }
      assert.ok(cuts > 20, `only ${String(cuts)} cuts`)
    })
  }

  test('power cut again while it is opened after a cut', () => {
    for (let at = 0; ; at += 1) {
      const cutTwice = (again: number, loss: Loss): boolean => {
        const folder = new MortalFolder()
        folder.cutAt = at
        const over = liveUntilCut(folder)
        if (over === undefined) return false
        folder.reboot(loss)
        folder.cutAt = again
        try {
          openStore(folder)
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error
          folder.reboot(loss)
          const after = stateOf(folder, openStore(folder))
          assert.ok([states[over], states[over + 1]].includes(after))
        }
        return true
      }
      const more = [0, 1, 2, 3, 5, 8].map((again) => cutTwice(again, 'everything'))
      if (more.includes(false)) break
    }
  })

  test('a process killed at every call to a real disk', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-store-'))
    const child = path.join(import.meta.dirname, 'store-life.suite.ts')
    const shortStates = milestones(SHORT_LIFE)
    let kills = 0
    for (let at = 0; ; at += 1) {
      const place = path.join(folder, String(at))
      mkdirSync(path.join(place, 'journal'), { recursive: true })
      const { signal, stdout, status } = spawnSync(process.execPath, [child, place, String(at)], {
        encoding: 'utf8',
      })
      if (status === 0) break
      assert.equal(signal, 'SIGKILL')
      kills += 1
      const over = stdout.split('\n').length - 1
      const disk = openFolder(place)
      const after = stateOf(disk, openStore(disk)).replace('"journal",', '').replace('"journal"', '')
      assert.ok([shortStates[over], shortStates[over + 1]].includes(after), `kill ${String(at)}: ${after}`)
    }
    await rm(folder, { recursive: true })
    assert.ok(kills > 15, `only ${String(kills)} kills`)
  })

  test('a wipe takes the journal along, and is ended by the next start', () => {
    const folder = new MortalFolder()
    const store = openStore(folder)
    const keyFile = store.freshKeyFile()
    store.begin(pendingWith(keyFile), { keyFile, privateKeyPem: 'a key' })
    store.configure(configurationWith(keyFile))
    folder.write('journal', Buffer.from('all that was sold'))
    folder.write('somebody-elses.txt', new Uint8Array(1))
    folder.cutAt = folder.calls + 6
    assert.throws(() => store.wipe(), PowerCut)
    folder.reboot('nothing')
    const next = openStore(folder)
    assert.equal(next.configuration(), undefined)
    assert.deepEqual(folder.list(), ['somebody-elses.txt'])
  })

  const broken = [
    { problem: 'damaged', bytes: Buffer.from('{"format":1,"chi') },
    { problem: 'damaged', bytes: new Uint8Array(300) },
    { problem: 'damaged', bytes: Uint8Array.of(0xff, 0xfe) },
    { problem: 'foreign', bytes: Buffer.from('{"format":2}') },
    { problem: 'foreign', bytes: Buffer.from('[]') },
    {
      problem: 'other-chip',
      bytes: Buffer.from(
        JSON.stringify({ format: 1, ...configurationWith('ldevid-1.key.pem'), chipId: '00000000000000c2' }),
      ),
    },
    {
      problem: 'key-missing',
      bytes: Buffer.from(JSON.stringify({ format: 1, ...configurationWith('ldevid-1.key.pem') })),
    },
  ] as const
  for (const { problem, bytes } of broken) {
    test(`a configuration that is ${problem} is told, and left as it is: ${bytes.toString('utf8').slice(0, 12)}`, () => {
      const folder = new MortalFolder()
      folder.write('configuration.json', bytes)
      folder.write('ldevid-7.key.pem', Buffer.from('a key'))
      const opened = Store.open(folder, ABOUT)
      assert.ok(!opened.ok)
      assert.equal(opened.error.problem, problem)
      assert.ok(opened.error.say.length > 20)
      assert.deepEqual([...folder.list()].sort(), ['configuration.json', 'ldevid-7.key.pem'])
    })
  }

  test('a set-up that cannot be read is begun anew', () => {
    const folder = new MortalFolder()
    folder.write('pending.json', Buffer.from('{'))
    folder.write('ldevid-7.key.pem', Buffer.from('a key'))
    const store = openStore(folder)
    assert.equal(store.pending(), undefined)
    assert.deepEqual(folder.list(), [])
    assert.equal(store.freshKeyFile(), 'ldevid-1.key.pem')
  })

  test('secrets are readable by their owner alone', async () => {
    const place = await mkdtemp(path.join(os.tmpdir(), 'farthing-store-'))
    const disk = openFolder(path.join(place, 'data'))
    const store = openStore(disk)
    const keyFile = store.freshKeyFile()
    store.begin(pendingWith(keyFile), { keyFile, privateKeyPem: 'a key' })
    const { statSync } = await import('node:fs')
    for (const name of ['', keyFile, 'pending.json']) {
      assert.equal(statSync(path.join(place, 'data', name)).mode & 0o077, 0, name)
    }
    writeFileSync(path.join(place, 'data', 'configuration.json'), '')
    assert.equal(Store.open(disk, { ...ABOUT, chipId: CHIP }).ok, false)
    await rm(place, { recursive: true })
  })
})
