import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import postgres from 'postgres'
import type { EvidenceFile } from '#system/evidence/evidence-file.ts'
import type { Report } from '#system/evidence/report.ts'
import { grantRole } from '#system/staff-member/accept.ts'
import { startSession } from '#system/staff-member/session.ts'
import { SMOKE_HOUSE } from '../smoke/settings.ts'
import { VENDOR, hallFleet } from '../faults/fleet.ts'
import { Hall, assertInvariants, assertTold } from '../faults/hall.ts'

/** The evidence of payments of real processes, verified by the command once the house, its database too, is gone. */

const COMMAND = path.resolve(import.meta.dirname, '../../commands/src/main.ts')
const hall = new Hall()
let folder = ''
let root = ''
const files = new Map<string, string>()

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-evidence-'))
  root = path.join(folder, 'root.pem')
  try {
    const fleet = hallFleet(VENDOR)
    await hall.open({ folder: path.join(folder, 'house'), fleet, ...SMOKE_HOUSE, durable: false })
    await payAndGather()
    await assertInvariants(hall)
    await writeFile(root, await readFile(hall.house.provisioned.rootFile))
  } finally {
    await hall.close()
  }
})
after(() => rm(folder, { recursive: true, force: true }))

async function payAndGather(): Promise<void> {
  const payer = hall.payer('payer0', { confirmsWith: 'passkey', approves: 'approve-mandate' })
  // The first payment makes the passkey, with which those after it are signed.
  assertTold(await hall.paid(payer, 'vendor'), { state: 'delivered', charged: 'yes' })
  const delivered = await hall.paid(payer, 'vendor')
  assertTold(delivered, { state: 'delivered', charged: 'yes' })
  const { thing } = hall.machine('vendor')
  thing.jam(0)
  const refunded = await hall.paid(payer, 'vendor')
  thing.repair()
  assertTold(refunded, { state: 'refunded', reason: 'machine-failed', charged: 'yes' })
  const cookie = await ownerCookie()
  for (const [name, { paymentId }] of Object.entries({ delivered, refunded })) {
    for (const audience of ['platform', 'merchant']) {
      const route = `/v1/manage/payments/${paymentId}/evidence?for=${audience}`
      const response = await fetch(`${hall.house.systemUrl}${route}`, { headers: { cookie } })
      const text = await response.text()
      assert.equal(response.status, 200, text)
      const file = path.join(folder, `${name}-${audience}.json`)
      await writeFile(file, text)
      files.set(`${name} ${audience}`, file)
    }
  }
}

/** A platform owner, signed in. */
async function ownerCookie(): Promise<string> {
  const { passwordFile, database, host, port, user } = hall.house.wiring.systemDatabase
  const password = readFileSync(passwordFile, 'utf8').trim()
  const sql = postgres({ host, port, user, database, password, max: 1 })
  try {
    const staffId = randomBytes(16).toString('hex')
    await sql`
      INSERT INTO staff_member (staff_id, name, email, user_handle)
      VALUES (${staffId}, 'Owner', 'owner@example.org', ${randomBytes(16)})`
    const everywhere = { merchantId: null, siteId: null }
    await grantRole(sql, { role: 'platform-owner', ...everywhere, staffId, by: 'test' })
    const session = await startSession(sql, { staffId, browser: 'test' }, Date.now())
    return `farthing_staff=${session.secretText}`
  } finally {
    await sql.end()
  }
}

async function farthing(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [COMMAND, 'verify', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

for (const name of ['delivered platform', 'delivered merchant', 'refunded platform', 'refunded merchant']) {
  test(`${name}: the file holds by itself, up to the root`, async () => {
    const { code, output } = await farthing(files.get(name) ?? '', '--root', root, '--json')
    const report = JSON.parse(output) as Report
    assert.deepEqual(
      report.findings.filter(({ verdict }) => verdict === 'broken'),
      [],
    )
    assert.equal(code, 0)
    const held = new Set(
      report.findings.filter(({ verdict }) => verdict === 'holds').map(({ about }) => about),
    )
    for (const about of ['seal', 'chain', 'state', 'code', 'checks', 'command', 'started', 'outcome'])
      assert.ok(held.has(about), `${about}: ${output}`)
    for (const about of ['confirmation', 'passkey', 'orders', 'certificates'])
      assert.ok(held.has(about), `${about}: ${output}`)
  })
}

test('in words: what holds, what cannot be told, and the state that it comes to', async () => {
  const { code, output } = await farthing(files.get('refunded platform') ?? '', '--root', root)
  assert.equal(code, 0, output)
  assert.match(output, /holds +state: .*refunded/)
  assert.match(output, /not told +orders: what the bank did/)
  assert.match(output, /Nothing in this file is broken\./)
})

test('a changed amount, another root, and no file', async () => {
  const text = await readFile(files.get('delivered merchant') ?? '', 'utf8')
  const changed = path.join(folder, 'changed.json')
  const file = JSON.parse(text) as EvidenceFile
  await writeFile(changed, JSON.stringify({ ...file, seen: { ...file.seen, amountMinor: '1' } }))
  const tampered = await farthing(changed)
  assert.equal(tampered.code, 1)
  assert.match(tampered.output, /BROKEN +seal/)
  assert.match(tampered.output, /BROKEN +seen: .*amount/)
  // The command key's own certificate certifies nobody.
  const own = new X509Certificate(
    Buffer.from(file.keys.find(({ of }) => of === 'system')?.certificates[0] ?? '', 'base64url'),
  )
  const foreign = path.join(folder, 'foreign.pem')
  await writeFile(foreign, own.toString())
  const stranger = await farthing(files.get('delivered merchant') ?? '', '--root', foreign)
  assert.equal(stranger.code, 1)
  assert.match(stranger.output, /not certified by this root/)
  assert.equal((await farthing(path.join(folder, 'none.json'))).code, 2)
})
