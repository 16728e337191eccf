import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Thing, ThingSnapshot } from '#machine/simulated/thing.ts'

const Run = Type.Object({
  runId: Type.String(),
  source: Type.Union([Type.Literal('chip'), Type.Literal('coins')]),
  productId: Type.Number(),
  orderedUnits: Type.Number(),
  startedAtMs: Type.Number(),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
  deliveredUnits: Type.Number(),
  claimedUnits: Type.Number(),
  end: Type.Union(
    (['running', 'refused', 'completed', 'stopped', 'failed', 'interrupted'] as const).map((end) =>
      Type.Literal(end),
    ),
  ),
  reason: Type.String(),
})
const Snapshot = Type.Object({
  runs: Type.Array(Run),
  stockUnits: Type.Union([Type.Number(), Type.Null()]),
  broken: Type.Boolean(),
})

/** What a thing was when its house was last up; undefined when there was none. */
export function recallThing(file: string): ThingSnapshot | undefined {
  let kept: unknown
  try {
    kept = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
  return Value.Check(Snapshot, kept) ? kept : undefined
}

/**
 * A real machine is as it is while nobody looks; a simulated one has to be written down at each change, so that what
 * it has already given out is not forgotten when its house goes down in the middle.
 */
export function keepThing(thing: Thing, file: string): () => void {
  const keep = () => {
    writeFileSync(`${file}.new`, JSON.stringify(thing.snapshot()))
    renameSync(`${file}.new`, file)
  }
  keep()
  return thing.listen(keep)
}
