import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { ChipId } from '#protocol/identifier.ts'
import { generateNodeKeys } from '#protocol/node-keys.ts'
import { openAuthority } from '#hosting/certificate.ts'
import { makeTemporaryFolder } from '#hosting/temporary-folder.ts'
import { startTestPostgres, type TestPostgres } from '#hosting/test-postgres.ts'
import { brokenStaffAction } from '../audit/staff-action.ts'
import { connectDatabase, type Sql } from '../database.ts'
import { migrate } from '../migrations.ts'
import { type Notifications, openNotifications } from '../notifications.ts'
import { revokeChip, setEnabled } from '../staff/switch.ts'
import { applyFleet } from './fleet.ts'
import { checkFleet } from './fleet-file.ts'
import { refusalOf } from './record.ts'
import { type MachineRegistry, openMachineRegistry } from './registry.ts'

let database: TestPostgres
let sql: Sql
let registry: MachineRegistry
let notifications: Notifications
const CHIP = ChipId.of('00112233445566aa')
const ACT = { actor: 'test', atMs: 1_700_000_000_000 }
const key = generateNodeKeys('ES256')

before(async () => {
  database = await startTestPostgres()
  sql = connectDatabase({ ...database, connectionsMax: 5 })
  assert.ok((await migrate(sql)).length > 0)
  notifications = await openNotifications(() => connectDatabase({ ...database, connectionsMax: 1 }))
  registry = await openMachineRegistry(sql, notifications, Date.now)
})
after(async () => {
  registry.close()
  await notifications.close()
  await sql.end()
  await database.stop()
})

function fleet(change: object = {}) {
  return {
    merchants: [
      {
        merchantId: 'wash',
        name: 'Waschsalon Süd',
        support: 'help@wash.example',
        iban: 'DE02120300000000202051',
      },
    ],
    machines: [
      {
        machineId: 'washer-1',
        merchantId: 'wash',
        name: 'Washer 1',
        number: '1',
        place: 'Cellar',
        presence: 'words',
        chipId: CHIP,
        chipKey: { alg: 'ES256', spki: Buffer.from(key.spki).toString('base64') },
        tariff: {
          currency: 'EUR',
          products: [
            {
              id: 1,
              name: 'Wash',
              mode: 'sale',
              priceMinor: '250',
              units: 1,
              unit: 'wash',
              maxDurationS: 3600,
            },
          ],
        },
        ...change,
      },
    ],
  }
}

async function apply(change: object = {}) {
  const checked = checkFleet(fleet(change))
  assert.ok(checked.ok, checked.ok ? '' : checked.error)
  return await applyFleet(sql, checked.value, ACT)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('the condition did not come true')
}

test('migrations run once, and two nodes at the same time do not disturb each other', async () => {
  assert.deepEqual(await Promise.all([migrate(sql), migrate(sql)]), [[], []])
})

test('a fleet applied twice is the same fleet, and new prices are a new version', async () => {
  assert.equal(await registry.machineByChip(CHIP), null)
  const first = await apply()
  assert.deepEqual(first.ok && first.value.newTariffs, ['washer-1'])
  const second = await apply()
  assert.deepEqual(second.ok && second.value.newTariffs, [])
  const record = await registry.machineByChip(CHIP)
  assert.equal(record?.tariff?.tariffVersion, 1)
  assert.equal(record.tariff.products[0]?.priceMinor, 250n)
  assert.equal(record.chipKeys[0]?.kid, key.kid)
  assert.equal(refusalOf(record), null)
  const products = [
    { id: 1, name: 'Wash', mode: 'hold', priceMinor: '3', units: 90, unit: 'minute', maxDurationS: 60 },
  ]
  await apply({ tariff: { currency: 'EUR', products } })
  await until(async () => (await registry.machineByChip(CHIP))?.tariff?.tariffVersion === 2)
  assert.equal((await registry.machineByChip(CHIP))?.tariff?.products[0]?.holdMinor, 270n)
})

test('a machine may come without its chip, which is claimed later; half a chip is refused', async () => {
  const chipless = { machineId: 'washer-2', chipId: undefined, chipKey: undefined }
  assert.ok((await apply(chipless)).ok)
  assert.ok((await apply(chipless)).ok)
  const [row] = await sql`
    SELECT count(chip_id)::int AS chips FROM machine LEFT JOIN chip USING (machine_id) WHERE machine_id = 'washer-2'`
  assert.equal(row?.['chips'], 0)
  for (const half of [{ chipId: undefined }, { chipKey: undefined }])
    assert.match(problemIn(half), /chipId and chipKey come together/)
})

test('the certificate of a chip that was made elsewhere is known by its serial, so that it can be revoked', async () => {
  const temporary = await makeTemporaryFolder('fleet-certificate')
  try {
    const authority = await openAuthority(temporary.folder)
    const { certificateFile } = await authority.client(CHIP)
    const chipCertificate = await readFile(certificateFile, 'utf8')
    assert.ok((await apply({ chipCertificate })).ok)
    assert.ok((await apply({ chipCertificate })).ok)
    const rows = await sql`SELECT serial, tenure FROM chip_certificate WHERE chip_id = ${CHIP}`
    assert.deepEqual(
      rows.map((row) => [row['serial'], row['tenure']]),
      [[new X509Certificate(chipCertificate).serialNumber.toLowerCase(), 1]],
    )
    const other = await readFile((await authority.client('ffffffffffffffff')).certificateFile, 'utf8')
    for (const wrong of ['', 'PEM', other, await readFile(authority.caFile, 'utf8')])
      assert.match(
        problemIn({ chipCertificate: wrong }),
        /chipCertificate is not the certificate of this chip/,
      )
  } finally {
    await temporary.remove()
  }
})

function problemIn(change: object): string {
  const checked = checkFleet(fleet(change))
  return checked.ok ? '' : checked.error
}

test('a new key of a chip reaches every node, and one of an earlier tenure does not count', async () => {
  const keysOf = async () => (await registry.machineByChip(CHIP))?.chipKeys.map(({ kid }) => kid) ?? []
  const add = async (tenure: number) => {
    const { kid, spki } = generateNodeKeys('EdDSA')
    await sql`
      INSERT INTO chip_key (chip_id, merchant_id, key_id, algorithm, spki, tenure)
      VALUES (${CHIP}, 'wash', ${kid}, 'EdDSA', ${Buffer.from(spki)}, ${tenure})`
    return kid
  }
  await until(async () => (await keysOf()).length === 1)
  const earlier = await add(0)
  const present = await add(1)
  await until(async () => (await keysOf()).includes(present))
  assert.ok(!(await keysOf()).includes(earlier))
  await sql`DELETE FROM chip_key WHERE key_id IN (${earlier}, ${present})`
  await until(async () => (await keysOf()).length === 1)
})

test('another chip in the same machine is refused until the first is revoked, and nothing of the file is kept', async () => {
  const refused = await apply({ chipId: 'ffffffffffffffff', name: 'Renamed' })
  assert.equal(refused.ok, false)
  assert.match(refused.ok ? '' : refused.error, /revoke that chip/)
  assert.equal((await registry.machineByChip(CHIP))?.name, 'Washer 1')
})

test("nobody changes a merchant's account by a fleet file alone", async () => {
  const changed = fleet()
  const [merchant] = changed.merchants
  if (merchant) merchant.iban = 'DE89370400440532013000'
  const checked = checkFleet(changed)
  assert.ok(checked.ok)
  const applied = await applyFleet(sql, checked.value, ACT)
  assert.match(applied.ok ? '' : applied.error, /changed by two people/)
})

test('kill switches reach the memory at once, and the database says so before that', async () => {
  for (const target of [
    { kind: 'machine', id: 'washer-1' },
    { kind: 'merchant', id: 'wash' },
    { kind: 'all' },
  ] as const) {
    assert.equal((await setEnabled(sql, { target, enabled: false }, ACT)).ok, true)
    assert.equal(await registry.isEnabledNow(CHIP), false)
    await until(async () => {
      const record = await registry.machineByChip(CHIP)
      return record !== null && refusalOf(record) !== null
    })
    await setEnabled(sql, { target, enabled: true }, ACT)
    assert.equal(await registry.isEnabledNow(CHIP), true)
  }
  assert.deepEqual(
    await setEnabled(sql, { target: { kind: 'machine', id: 'nobody' }, enabled: false }, ACT),
    {
      ok: false,
      error: 'unknown',
    },
  )
})

test('a revoked chip stays known, and is refused', async () => {
  assert.equal((await revokeChip(sql, CHIP, ACT)).ok, true)
  await until(async () => (await registry.machineByChip(CHIP))?.chipRevoked === true)
  assert.equal(await registry.isEnabledNow(CHIP), false)
})

test('what staff did is a chain that shows where it was changed', async () => {
  assert.equal(await brokenStaffAction(sql), null)
  await sql`UPDATE staff_action SET actor = 'somebody else' WHERE sequence = 2`
  assert.equal(await brokenStaffAction(sql), '2')
})

const wrong: readonly [string, object, RegExp][] = [
  [
    'a float price',
    {
      tariff: {
        currency: 'EUR',
        products: [{ id: 1, name: 'x', mode: 'sale', priceMinor: 2.5, units: 1, unit: 'x', maxDurationS: 1 }],
      },
    },
    /priceMinor/,
  ],
  [
    'a currency that is none',
    { tariff: { currency: 'XXX', products: fleet().machines[0]?.tariff.products } },
    /XXX/,
  ],
  ['a key that is none', { chipKey: { alg: 'ES256', spki: 'A'.repeat(60) } }, /chipKey/],
  ['a plate without a number', { presence: 'plate', number: '' }, /plate/],
  [
    'two products with one id',
    { tariff: { currency: 'EUR', products: [1, 2].map(() => fleet().machines[0]?.tariff.products[0]) } },
    /tariff is refused/,
  ],
]
for (const [name, change, message] of wrong) {
  test(`a fleet file with ${name} is refused in words`, () => {
    const checked = checkFleet(fleet(change))
    assert.match(checked.ok ? '' : checked.error, message)
  })
}
