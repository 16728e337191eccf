import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type OpenApi, operationsText } from './generate.ts'

/** `npm run client`: the types of the management's interface, from its reference. No network. */
const ROOT = path.resolve(import.meta.dirname, '../../../..')
const FILE = path.join(import.meta.dirname, 'operations.ts')

const text = readFileSync(path.join(ROOT, 'docs/reference/openapi.json'), 'utf8')
writeFileSync(FILE, operationsText(JSON.parse(text) as OpenApi))
execFileSync('biome', ['format', '--write', FILE], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
