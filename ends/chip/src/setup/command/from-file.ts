import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { SetupClient } from './client.ts'
import { wordsOf } from './dialogue.ts'
import { CLOSED_WORDS, follow } from './follow.ts'

/**
 * Sets the chip up from a file of JSON: the body of `POST /api/set-up`, and `proof` beside it. `-` is standard input.
 * True once it is done; everything that is wrong with the file is told by the chip, with the field's name.
 */
export async function fromFile(
  client: SetupClient,
  file: string,
  say: (line: string) => void,
): Promise<boolean> {
  const given = await readGiven(file)
  if (typeof given === 'string') {
    say(given)
    return false
  }
  const { proof, ...setUp } = given
  const state = await client.state()
  if (state.ok && state.value.phase === 'closed') {
    say(CLOSED_WORDS)
    return false
  }
  const proven = await client.prove(typeof proof === 'string' ? proof : '')
  const begun = proven.ok ? await client.begin(setUp) : proven
  if (begun.ok) return (await follow(client, say)) === 'done'
  say(wordsOf(begun.error))
  return false
}

async function readGiven(file: string): Promise<Record<string, unknown> | string> {
  try {
    const given: unknown = JSON.parse(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'))
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { ...given }
    return `${file}: this has to be an object with proof, network, system and machine.`
  } catch (error) {
    // A parser's message would show a part of the file, and with it perhaps a password.
    const reason = error instanceof SyntaxError ? 'this is not JSON' : String(error)
    return `${file}: ${reason}.`
  }
}
