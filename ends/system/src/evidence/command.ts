import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Result, fail, ok } from '#protocol/result.ts'
import type { Finding, Report } from './report.ts'
import { verifyEvidence } from './verify.ts'

export const VERIFY_HELP = `farthing verify FILE [--root ROOT.pem] [--json]

  Verifies the evidence of one payment (farthing-evidence/1) by the file alone, without database or network: that its
  events are complete and lead to the state that it gives, that chip, payer and system signed what it says they did,
  and that all of it is about the same payment, amount and machine. Says what holds, what is broken, and what cannot
  be told from this file.

  --root FILE   the root certificate of the system's authority, in PEM: then also whose the keys are
  --json        the findings as JSON

Ends with 0 if nothing is broken, 1 if something is, 2 if this command was not understood.
`

const HOLDS = 0
const BROKEN = 1
const USAGE = 2
const FILE_BYTES_MAX = 16_000_000
const LABELS: Readonly<Record<Finding['verdict'], string>> = {
  holds: 'holds    ',
  broken: 'BROKEN   ',
  unchecked: 'not told ',
}

export interface Terminal {
  readonly out: (text: string) => unknown
  readonly err: (text: string) => unknown
}

/** What follows `farthing verify`; returns the exit code. */
export async function verifyCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const asked = parse(args)
  if (asked === null) {
    terminal.err(VERIFY_HELP)
    return USAGE
  }
  const text = await readText(asked.file)
  const root = asked.root === null ? ok(null) : await readRoot(asked.root)
  if (!text.ok || !root.ok) {
    for (const read of [text, root]) if (!read.ok) terminal.err(`${read.error}\n`)
    return USAGE
  }
  const report = await verifyEvidence(text.value, root.value)
  terminal.out(asked.json ? `${JSON.stringify(report)}\n` : wordsOf(report))
  return report.holds ? HOLDS : BROKEN
}

function parse(
  args: readonly string[],
): { readonly file: string; readonly root: string | null; readonly json: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { root: { type: 'string' }, json: { type: 'boolean', default: false } },
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) return null
    return { file, root: values.root ?? null, json: values.json }
  } catch {
    return null
  }
}

async function readText(file: string): Promise<Result<string, string>> {
  try {
    const bytes = await readFile(file)
    if (bytes.length > FILE_BYTES_MAX) return fail(`${file} has more than ${String(FILE_BYTES_MAX)} bytes.`)
    return ok(bytes.toString('utf8'))
  } catch {
    return fail(`${file} cannot be read.`)
  }
}

async function readRoot(file: string): Promise<Result<X509Certificate, string>> {
  try {
    return ok(new X509Certificate(await readFile(file)))
  } catch {
    return fail(`--root ${file}: accepted is a file with a certificate in PEM.`)
  }
}

/** Names and texts in it come from the file, and are shown without what would steer a terminal. */
function wordsOf({ paymentId, findings, holds }: Report): string {
  const lines = findings.map(({ about, verdict, words }) => `${LABELS[verdict]} ${about}: ${plain(words)}`)
  const last = holds
    ? 'Nothing in this file is broken.'
    : 'This file is NOT good evidence: see what is BROKEN above.'
  return [`Payment ${plain(paymentId)}`, ...lines, last, ''].join('\n')
}

function plain(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?')
}
