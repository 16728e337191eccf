import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { errorCode } from './process-table.ts'

/** Names another browser (an executable of Chromium or Chrome) for tests and screenshots. */
export const BROWSER_VARIABLE = 'FARTHING_BROWSER'

/** What playwright's `chromium.launch` needs. */
export interface BrowserLaunch {
  readonly executablePath: string
  readonly args: string[]
  readonly env: Record<string, string>
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const EXTRACT = `
const { inflate } = await import(process.argv[1])
for (const name of ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br']) {
  await inflate(process.argv[2] + '/' + name)
}`

/**
 * The browser for tests: the Chromium inside the npm package, extracted once for each version, with the
 * system libraries that it brings along where the machine has none. Nothing has to be installed.
 *
 * ```ts
 * const browser = await chromium.launch(await browserLaunch())
 * ```
 */
export async function browserLaunch(): Promise<BrowserLaunch> {
  const executablePath = await chromiumPath()
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value
  if (process.env[BROWSER_VARIABLE] === undefined) {
    const folder = path.dirname(executablePath)
    env['LD_LIBRARY_PATH'] = [env['LD_LIBRARY_PATH'], path.join(folder, 'al2023', 'lib')]
      .filter(Boolean)
      .join(':')
    if (!existsSync('/etc/fonts/fonts.conf')) env['FONTCONFIG_PATH'] = path.join(folder, 'fonts')
  }
  return { executablePath, args: [...FLAGS], env }
}

/** The executable alone; `browserLaunch` also says what it has to be started with. */
export async function chromiumPath(): Promise<string> {
  const other = process.env[BROWSER_VARIABLE]
  if (other !== undefined) return other
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const folder = path.dirname(path.dirname(entry))
  const target = path.join(os.tmpdir(), `farthing-chromium-${versionOf(folder)}`)
  if (!existsSync(target)) await extract(entry, { from: path.join(folder, 'bin'), to: target })
  return path.join(target, 'chromium')
}

function versionOf(folder: string): string {
  const found = /"version":\s*"([^"]+)"/.exec(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  return found?.[1] ?? 'unknown'
}

/** In a process of its own, whose temporary folder is ours; then moved to its place whole. */
async function extract(entry: string, { from, to }: { from: string; to: string }): Promise<void> {
  const partial = `${to}.${String(process.pid)}`
  await mkdir(partial, { recursive: true })
  const done = spawnSync(process.execPath, ['--input-type=module', '--eval', EXTRACT, entry, from], {
    env: { ...process.env, TMPDIR: partial },
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`Chromium could not be extracted: ${done.stderr}`)
  await rename(partial, to).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true })
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error
  })
}
