import { rm } from 'node:fs/promises'
import path from 'node:path'
import { holdFolder } from './house-lock.ts'
import { postgresAccount, temporaryFolderFor } from './postgres/account.ts'
import { stopLeftover } from './postgres/leftover.ts'

/** What a house writes into its folder; nothing else there is touched. */
const PARTS = [
  'bank-seed.json',
  'certificates',
  'chips',
  'customers',
  'factory',
  'fleet.json',
  'identity',
  'keys',
  'log',
  'pid',
  'postgres',
  'secrets',
  'settings',
]

/** Forgets everything a house has kept. Throws an Error with one sentence when the house is running. */
export async function removeHouse(folder: string): Promise<void> {
  const home = path.resolve(folder)
  const letGo = await holdFolder(home)
  const database = path.join(home, 'postgres')
  const elsewhere = temporaryFolderFor(database)
  for (const place of [database, elsewhere]) await stopLeftover(path.join(place, 'cluster'))
  for (const part of PARTS) await rm(path.join(home, part), { recursive: true, force: true })
  if (postgresAccount().uid !== undefined) await rm(elsewhere, { recursive: true, force: true })
  await letGo()
}
