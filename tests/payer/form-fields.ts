/** Names and values of the inputs of a page, as a browser would send them. */
export function formFields(page: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [input] of page.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1]
    const value = /value="([^"]*)"/.exec(input)?.[1]
    if (name !== undefined && value !== undefined) fields[name] = value
  }
  return fields
}
