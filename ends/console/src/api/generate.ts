/** From the OpenAPI document to TypeScript: types for every operation of the management, and nothing that runs. */

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: boolean | Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly description?: string
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: Schema
}

type Content = { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }

interface Operation {
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const MANAGEMENT = '/v1/manage/'

/** The text of `operations.ts`, before it is formatted. Throws where the document has what it does not know. */
export function operationsText(document: OpenApi): string {
  const operations = Object.entries(document.paths)
    .filter(([path]) => path.startsWith(MANAGEMENT))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) =>
        operationText(`${method.toUpperCase()} ${path}`, operation),
      ),
    )
  const problem = problemText(document)
  return `// Made by \`npm run client\` from docs/reference/openapi.json.

/** Every refusal (RFC 9457). */
export type Problem = ${problem}

/** What each operation takes and gives, by method and address. */
export interface Operations {
${operations.join('\n')}
}
`
}

function problemText(document: OpenApi): string {
  for (const methods of Object.values(document.paths)) {
    for (const { responses } of Object.values(methods)) {
      const schema = schemaOf(responses['4XX'])
      if (schema !== undefined) return typeText(schema)
    }
  }
  throw new Error('no operation of the document has a problem')
}

function operationText(
  name: string,
  { summary, parameters = [], requestBody, responses }: Operation,
): string {
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'))
  const ok = schemaOf(success?.[1])
  if (ok === undefined) throw new Error(`${name} does not say what it answers`)
  const members = [
    ...parameterText('path', parameters),
    ...parameterText('query', parameters),
    ...(requestBody === undefined ? [] : [`readonly body: ${typeText(schemaOf(requestBody) ?? {})}`]),
    `readonly ok: ${typeText(ok)}`,
  ]
  return `/** ${summary ?? name} */\nreadonly '${name}': { ${members.join('\n')} }`
}

function parameterText(place: 'path' | 'query', parameters: readonly Parameter[]): readonly string[] {
  const here = parameters.filter((parameter) => parameter.in === place)
  if (here.length === 0) return []
  const members = here.map(({ name, required, schema }) =>
    member(name, { schema, required: required === true }),
  )
  return [`readonly ${place}: { ${members.join('; ')} }`]
}

function schemaOf(content: Content | undefined): Schema | undefined {
  return content?.content?.['application/json']?.schema
}

function member(
  name: string,
  { schema, required }: { readonly schema: Schema; readonly required: boolean },
): string {
  const words = schema.description === undefined ? '' : `/** ${schema.description} */\n`
  return `${words}readonly ${JSON.stringify(name)}${required ? '' : '?'}: ${typeText(schema)}`
}

function typeText(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' | ')
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
    case 'number':
      return schema.type
    case 'integer':
      return 'number'
    case 'array':
      return `readonly (${typeText(schema.items ?? {})})[]`
    case 'object':
      return objectText(schema)
    default:
      throw new Error(`the client knows no schema such as ${JSON.stringify(schema)}`)
  }
}

function objectText({
  properties = {},
  required = [],
  patternProperties,
  additionalProperties,
}: Schema): string {
  const [values] = Object.values(patternProperties ?? {})
  if (values !== undefined) return `Readonly<Record<string, ${typeText(values)}>>`
  const names = Object.entries(properties)
  if (names.length === 0) {
    if (typeof additionalProperties === 'object')
      return `Readonly<Record<string, ${typeText(additionalProperties)}>>`
    return additionalProperties === false
      ? 'Readonly<Record<string, never>>'
      : 'Readonly<Record<string, unknown>>'
  }
  const members = names.map(([name, schema]) => member(name, { schema, required: required.includes(name) }))
  return `{ ${members.join('\n')} }`
}
