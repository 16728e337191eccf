import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openAuthority } from '#hosting/certificate.ts'
import { type HouseOptions, type RunningHouse, startHouse } from '#hosting/house.ts'
import { freePort } from '#hosting/port.ts'
import { makeTemporaryFolder, type TemporaryFolder } from '#hosting/temporary-folder.ts'
import { habitsOf, payerOf } from '../payer/house-payer.ts'
import { smokeFleet } from '../smoke/fleet.ts'
import { setUpChip } from '../smoke/installer.ts'
import { purchase } from '../smoke/purchase.ts'
import { SMOKE_HOUSE } from '../smoke/settings.ts'

const LINK_LIMIT_MS = 60_000

/**
 * While a chip is off, another issuing authority and another command key take the place of those it knows, and
 * broker, system and enrolment service come back with certificates that the new one issued. It trusts the root alone.
 */
describe('a chip that was off through a rotation', () => {
  let temporary: TemporaryFolder
  let options: HouseOptions
  let house: RunningHouse | undefined

  before(async () => {
    temporary = await makeTemporaryFolder('rotation')
    options = {
      ...SMOKE_HOUSE,
      folder: temporary.folder,
      fleet: smokeFleet({ machines: 0, payers: 1, freshChips: 1 }),
      // Where a chip finds its enrolment service is in its configuration, and stays.
      ports: { est: await freePort(), broker: await freePort(), system: await freePort() },
    }
  })
  after(async () => {
    await house?.stop()
    await temporary.remove()
  })

  async function pay(at: RunningHouse): Promise<string> {
    const [machine] = at.machines.values()
    assert.ok(machine)
    const payer = payerOf(at, 'payer0', habitsOf(0))
    try {
      return (await purchase(payer, machine)).state
    } finally {
      await payer.close()
    }
  }

  test('finds its way back, and is paid at', async () => {
    house = await startHouse(options)
    const [machine] = house.machines.values()
    assert.ok(machine)
    await setUpChip(house, machine)
    assert.equal(await pay(house), 'delivered')
    const { provisioned } = house
    await house.stop()
    house = undefined

    const authority = await openAuthority(provisioned.identityFolder)
    const newest = new X509Certificate(await readFile((await authority.newIssuing()).certificateFile))
    for (const { certificateFile } of [provisioned.broker, provisioned.estServer, provisioned.system])
      await rm(certificateFile)
    await rm(provisioned.commandKeyFile)

    const linked = Promise.withResolvers<void>()
    house = await startHouse({
      ...options,
      onLine: (process, { msg }) => {
        if (process.startsWith('chip-') && msg === 'link connected') linked.resolve()
      },
    })
    const limit = setTimeout(() => linked.reject(new Error('the chip never came back')), LINK_LIMIT_MS)
    await linked.promise
    clearTimeout(limit)
    const { broker, commandCertificateFile } = house.provisioned
    assert.ok(new X509Certificate(await readFile(broker.certificateFile)).checkIssued(newest))
    assert.notEqual(path.basename(commandCertificateFile), path.basename(provisioned.commandCertificateFile))
    assert.equal(await pay(house), 'delivered')
  })
})
