import { anchorChains } from '../audit/anchor.ts'
import { verifyAudit } from '../audit/verify.ts'
import { randomHex } from '../clock.ts'
import type { Sql } from '../database.ts'
import { ERRORS, isErrorCode } from '../error/table.ts'
import { authoriseFreeStart } from '../free-start/free-start.ts'
import { applyFleet } from '../machine/fleet.ts'
import { readFleetFile } from '../machine/fleet-file.ts'
import { loadMachine } from '../machine/load.ts'
import { PostgresJournal } from '../payment/journal-postgres.ts'
import { type StaffAnswer, refused, said } from './answer.ts'
import type { StaffCommand } from './command.ts'
import { caseLine, describePayment, paymentData } from './describe.ts'
import { claim, lift, releaseChip } from './identity.ts'
import { inviteOwner } from './invite-owner.ts'
import { type Act, type StaffAct, revokeChip, setEnabled } from './switch.ts'

const CASES_MAX = 500

/** Every command acts on the database, where all nodes see it at once. */
export function carryOut(sql: Sql, command: StaffCommand, act: StaffAct): Promise<StaffAnswer> {
  switch (command.kind) {
    case 'fleet-apply':
      return fleetApply(sql, command.file, act)
    case 'cases':
      return cases(sql)
    case 'payment':
      return describePayment(sql, command.paymentId)
    case 'free-start':
      return freeStart(sql, command, act)
    case 'switch':
      return turn(sql, command, act)
    case 'revoke-chip':
      return revoke(sql, command.chipId, act)
    case 'invite-owner':
      return inviteOwner(sql, command.email, act)
    case 'release-chip':
      return releaseChip(sql, command, act)
    case 'quarantine-lift':
      return lift(sql, command.chipId, act)
    case 'claim':
      return claim(sql, command, act)
    case 'audit-verify':
      break
  }
  return auditVerify(sql, act.atMs)
}

async function revoke(sql: Sql, chipId: string, act: Act): Promise<StaffAnswer> {
  const revoked = await revokeChip(sql, chipId, act)
  if (!revoked.ok) return refused(`There is no chip ${chipId}.`)
  return said([`Chip ${chipId} is revoked. Another one can take its place in the machine.`], { chipId })
}

async function fleetApply(sql: Sql, file: string, act: Act): Promise<StaffAnswer> {
  const fleet = await readFleetFile(file)
  if (!fleet.ok) return refused(fleet.error)
  const applied = await applyFleet(sql, fleet.value, act)
  if (!applied.ok) return refused(applied.error)
  const { merchants, machines, newTariffs } = applied.value
  const prices = newTariffs.length === 0 ? 'No price changed.' : `New prices: ${newTariffs.join(', ')}.`
  return said([`Merchants: ${String(merchants)}. Machines: ${String(machines)}. ${prices}`], applied.value)
}

async function cases(sql: Sql): Promise<StaffAnswer> {
  const open = await new PostgresJournal(sql).openCases(CASES_MAX)
  const words = open.length === 0 ? ['No case is open.'] : open.map(caseLine)
  return said(words, { cases: open.map(paymentData) })
}

async function freeStart(
  sql: Sql,
  command: Extract<StaffCommand, { kind: 'free-start' }>,
  act: Act,
): Promise<StaffAnswer> {
  const record = await loadMachine(sql, command.chipId)
  if (record === null) return refused(`There is no chip ${command.chipId}.`)
  const { productId, reason } = command
  const start = await authoriseFreeStart(sql, { record, productId, reason }, { ...act, random: randomHex })
  if (!start.ok) {
    const why = isErrorCode(start.error) ? ERRORS[start.error].detail : start.error
    return refused(why, { code: start.error })
  }
  const words = `${record.name} may run once, free of charge. It starts as soon as it is free; ask with: payment ${start.value}`
  return said([words], { startId: start.value, machineId: record.machineId })
}

async function turn(
  sql: Sql,
  command: Extract<StaffCommand, { kind: 'switch' }>,
  act: Act,
): Promise<StaffAnswer> {
  const { target, enabled } = command
  const changed = await setEnabled(sql, { target, enabled }, act)
  const name =
    target.kind === 'all'
      ? 'Everything'
      : `${target.kind === 'machine' ? 'Machine' : 'Merchant'} ${target.id}`
  if (!changed.ok) return refused(`There is no ${name.toLowerCase()}.`)
  const words = enabled
    ? `${name} is enabled.`
    : `${name} is disabled: nothing new is begun, and what is paid for and not started is paid back.`
  return said([words], { target, enabled })
}

async function auditVerify(sql: Sql, atMs: number): Promise<StaffAnswer> {
  await anchorChains(sql, atMs)
  const report = await verifyAudit(sql)
  const counts = `${String(report.payments)} payments with ${String(report.events)} entries`
  if (report.broken.length === 0) return said([`The audit trail holds: ${counts}.`], report)
  return { done: false, words: [`The audit trail is broken (${counts}):`, ...report.broken], data: report }
}
