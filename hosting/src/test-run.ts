/**
 * Runs `node --test` with one PostgreSQL for all files: `node hosting/src/test-run.ts [files and flags of node --test]`.
 * Each file still gets databases of its own; see `test-postgres.ts`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SHARED_CLUSTER_VARIABLE, startTemporaryCluster } from './test-postgres.ts'

const cluster = await startTemporaryCluster()
const { host, port, user, passwordFile } = cluster.running
const child = spawn(process.execPath, ['--test', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, [SHARED_CLUSTER_VARIABLE]: [host, String(port), user, passwordFile].join(' ') },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
await once(child, 'exit')
await cluster.stop()
process.exitCode = child.exitCode ?? 1
