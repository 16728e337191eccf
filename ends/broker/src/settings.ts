import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { Value } from 'typebox/value'

const Schema = Type.Object(
  {
    listen: Type.Object(
      { host: Type.String({ minLength: 1 }), port: Type.Integer({ minimum: 0, maximum: 65_535 }) },
      { additionalProperties: false },
    ),
    /** The broker's own certificate and key, in PEM. */
    certificateFile: Type.String({ minLength: 1 }),
    keyFile: Type.String({ minLength: 1 }),
    /** The root that every certificate has to lead to, in PEM. Several in a rotation of roots. */
    caFile: Type.String({ minLength: 1 }),
    /** The issuing authorities below it, whose certificates are let in and whose revocation lists count. */
    issuerFiles: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 16 }),
  },
  { additionalProperties: false },
)

export type BrokerSettings = Readonly<Type.Static<typeof Schema>>

/** Reads, checks and freezes the settings. Throws an Error naming the setting, what was given and what is accepted. */
export function readSettings(file: string): BrokerSettings {
  const given: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (Value.Check(Schema, given)) return Object.freeze(given)
  const [first] = Value.Errors(Schema, given)
  const name = first?.instancePath.slice(1).replaceAll('/', '.') ?? ''
  const value: unknown = first ? Value.Pointer.Get(given, first.instancePath) : given
  throw new Error(
    `setting "${name}" in ${file} is ${JSON.stringify(value)}: ${first?.message ?? 'not accepted'}`,
  )
}
