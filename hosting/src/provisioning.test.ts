import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkFleet } from '#system/machine/fleet-file.ts'
import { DEMONSTRATION } from './demonstration.ts'
import { holdFolder } from './house-lock.ts'
import { ibanOf } from './iban.ts'
import { write } from './kept-file.ts'
import { provision } from './provisioning.ts'

describe('what a house is given', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-provisioning-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('a second start finds the same keys, chips and passwords', async () => {
    const first = await provision(folder, DEMONSTRATION)
    const keyBefore = await readFile(first.commandKeyFile, 'utf8')
    const second = await provision(folder, DEMONSTRATION)
    assert.deepEqual(second, first)
    assert.equal(await readFile(second.commandKeyFile, 'utf8'), keyBefore)
    assert.equal((await stat(first.bankTokenFile)).mode & 0o777, 0o600)
  })

  test('every certificate leads to the root, and the command key has the word of the root', async () => {
    const house = await provision(folder, DEMONSTRATION)
    const root = new X509Certificate(await readFile(house.rootFile))
    const issuing = new X509Certificate(await readFile(house.issuing.at(-1)?.certificateFile ?? ''))
    assert.ok(issuing.checkIssued(root))
    for (const { certificateFile } of [house.broker, house.estServer, house.system, house.watcher])
      assert.ok(new X509Certificate(await readFile(certificateFile)).checkIssued(issuing))
    assert.ok(new X509Certificate(await readFile(house.commandCertificateFile)).checkIssued(root))
    assert.ok(!new X509Certificate(await readFile(house.factory.caFile)).checkIssued(root))
  })

  test('a folder of an earlier version gets a new authority beside its old one', async () => {
    const old = path.join(folder, 'earlier')
    for (const name of ['authority', 'broker', 'system', 'watcher'])
      for (const part of ['certificate', 'key'])
        await write(path.join(old, 'certificates', `${name}.${part}.pem`), 'of the authority before')
    const house = await provision(old, DEMONSTRATION)
    assert.ok(new X509Certificate(await readFile(house.rootFile)).ca)
    assert.notEqual(await readFile(house.broker.certificateFile, 'utf8'), 'of the authority before')
  })

  test('the fleet file is one that the system accepts', async () => {
    const { fleetFile } = await provision(folder, DEMONSTRATION)
    const fleet = checkFleet(JSON.parse(await readFile(fleetFile, 'utf8')))
    assert.deepEqual(fleet.ok ? fleet.value.machines.length : fleet.error, DEMONSTRATION.machines.length)
  })

  test('account numbers have their check digits', () => {
    const iban = ibanOf(1001)
    const digits = `${iban.slice(4)}${iban.slice(0, 4)}`.replaceAll(/[A-Z]/g, (letter) =>
      String(parseInt(letter, 36)),
    )
    assert.equal(BigInt(digits) % 97n, 1n)
  })

  test('a folder holds one house at a time', async () => {
    const letGo = await holdFolder(folder)
    await writeOther(path.join(folder, 'house.pid'))
    await assert.rejects(holdFolder(folder), /is in use by process \d+/)
    await letGo()
    await (await holdFolder(folder))()
  })
})

/** As if another house that is running held it. */
async function writeOther(file: string): Promise<void> {
  await writeFile(file, `${String(process.ppid)}\n`)
}
