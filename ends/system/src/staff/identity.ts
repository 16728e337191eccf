import { renderUnicodeCompact } from 'uqr'
import type { ChipId } from '#protocol/identifier.ts'
import { randomHex } from '../clock.ts'
import type { Sql } from '../database.ts'
import { type ClaimFault, claimLink, makeClaim } from '../identity/claim.ts'
import { liftQuarantine } from '../identity/quarantine.ts'
import { type RetirementFault, askRetirement, insistOnRetirement } from '../identity/retirement.ts'
import { type StaffAnswer, refused, said } from './answer.ts'
import type { StaffCommand } from './command.ts'
import type { StaffAct } from './switch.ts'

const CLAIM_FAULT: Readonly<Record<ClaimFault, string>> = {
  'machine-unknown': 'There is no such machine.',
  'machine-has-chip': 'There is a chip in it. Release that one first, or say --replace if it is broken.',
  'machine-has-none': 'There is no chip in it to be replaced. Leave --replace out.',
}

/** A code for the installer, and the same as a link that leads to the chip's own page at its hotspot. */
export async function claim(
  sql: Sql,
  command: Extract<StaffCommand, { kind: 'claim' }>,
  act: StaffAct,
): Promise<StaffAnswer> {
  const { machineId, replaces, chipId } = command
  if (act.estAddress === undefined) return refused('No chip can enrol here: the settings have no est.')
  const asked = { machineId, replaces, ...(chipId === undefined ? {} : { chipId }) }
  const made = await makeClaim(sql, asked, { actor: act.actor, atMs: act.atMs, random: randomHex })
  if (!made.ok) return refused(CLAIM_FAULT[made.error], { code: made.error })
  const { claimId, code, expiresAtMs } = made.value
  const link = claimLink(act.estAddress, code)
  const words = [
    `Claim code for machine ${machineId}: ${code}`,
    `It serves once, until ${new Date(expiresAtMs).toISOString()}.`,
    ...(replaces ? ['The chip that is in the machine now is revoked when the new one has enrolled.'] : []),
    `System address: ${act.estAddress}`,
    `On the phone that is in the chip's network: ${link}`,
    renderUnicodeCompact(link),
  ]
  return said(words, { claimId, code, link, machineId, replaces, expiresAtMs, estAddress: act.estAddress })
}

const RETIREMENT_FAULT: Readonly<Record<RetirementFault, string>> = {
  unknown: 'There is no such chip.',
  'not-in-use': 'That chip was revoked or released already.',
  quarantined: 'That chip is held back. Lift the quarantine first, or revoke it.',
}

export async function releaseChip(
  sql: Sql,
  { chipId, insist }: Extract<StaffCommand, { kind: 'release-chip' }>,
  act: StaffAct,
): Promise<StaffAnswer> {
  const by = { actor: act.actor, atMs: act.atMs, random: randomHex }
  const released = await (insist ? insistOnRetirement : askRetirement)(sql, chipId, by)
  if (!released.ok) return refused(RETIREMENT_FAULT[released.error], { code: released.error })
  const told = insist
    ? 'The chip is released without its answer: its certificate is revoked, its machine is free, and it can be claimed ' +
      'again. What it still had to report is lost: payments that wait for it are paid back in time by policy. A chip ' +
      'that was never told still has what its owner gave it: empty its data folder before it is set up anew.'
    : 'The chip is told, until it answers: it reports what it still has to, forgets its keys and its network, and its ' +
      'machine is free then. A chip that never answers can be released all the same, with --insist, or revoked.'
  return said([told], { retirementId: released.value, chipId, insisted: insist })
}

export async function lift(sql: Sql, chipId: ChipId, act: StaffAct): Promise<StaffAnswer> {
  const lifted = await liftQuarantine(sql, chipId, { actor: act.actor, atMs: act.atMs })
  if (lifted.ok) return said([`Chip ${chipId} is in use again.`], { chipId })
  return refused(
    lifted.error === 'unknown' ? `There is no chip ${chipId}.` : `Chip ${chipId} is not held back.`,
    { code: lifted.error },
  )
}
