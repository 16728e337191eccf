import { runMatrix } from './matrix.ts'

/**
 * `npm run access-matrix -- --json`: every role, at every level, for every route under /v1/manage as the server registers
 * it, and for every field. Exits 1 when an answer is not what the access table says, or a route has no row.
 */
const { wrong, ...counts } = await runMatrix()
if (!process.argv.includes('--json'))
  console.log(`${String(counts.routes)} routes, ${String(counts.roles)} roles`)
for (const cell of wrong) console.log(cell)
console.log(JSON.stringify({ ...counts, wrong: wrong.length }))
process.exitCode = wrong.length === 0 && counts.cells > 0 ? 0 : 1
