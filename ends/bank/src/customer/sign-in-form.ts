import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sql } from '../database/connect.ts'
import { formOf } from '../page/form.ts'
import { html, type Markup } from '../page/html.ts'
import type { Tongue, Words } from '../page/words.ts'
import type { Settings } from '../settings.ts'
import { openSession, type Session } from './session.ts'
import { networkOf, signIn } from './sign-in.ts'

const USERNAME_CHARACTERS_MAX = 64
const PASSWORD_CHARACTERS_MAX = 256

export type SignInFault = 'wrongPassword' | 'tooManyTries' | 'busy'

export function signInForm(
  tongue: Tongue,
  wanted: { action: string; why: string; fault: SignInFault | null },
): Markup {
  const { words } = tongue
  return html`${wanted.fault !== null && html`<p class="notice" role="alert">${words[wanted.fault]}</p>`}
<form class="card" method="post" action="${wanted.action}?language=${tongue.language}">
<p class="quiet">${wanted.why}</p>
${signInFields(words)}
<button class="go" id="sign-in" type="submit">${words.signIn}</button>
</form>`
}

export function signInFields(words: Words): Markup {
  return html`<label for="username">${words.username}</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required>
<label for="password">${words.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required>`
}

export type SignInTaken =
  | { readonly ok: true; readonly value: Session }
  | { readonly ok: false; readonly error: SignInFault }

/** Takes the form's name and password; where they are right, the reply carries the cookie. */
export async function takeSignIn(
  parts: { sql: Sql; settings: Settings },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<SignInTaken> {
  const form = formOf(request)
  const username = form.get('username') ?? ''
  const password = form.get('password') ?? ''
  if (username.length > USERNAME_CHARACTERS_MAX || password.length > PASSWORD_CHARACTERS_MAX) {
    return { ok: false, error: 'wrongPassword' }
  }
  // PostgreSQL text holds no NUL, and no username does.
  if (username.includes('\0') || !username.isWellFormed()) return { ok: false, error: 'wrongPassword' }
  const signedIn = await signIn(parts.sql, {
    username,
    password,
    network: networkOf(request.ip),
    windowS: parts.settings.times.signInWindowS,
  })
  switch (signedIn.kind) {
    case 'wrong':
      return { ok: false, error: 'wrongPassword' }
    case 'too-many':
      return { ok: false, error: 'tooManyTries' }
    case 'busy':
      return { ok: false, error: 'busy' }
    case 'signed-in':
    default: {
      const secure = parts.settings.publicUrl.startsWith('https:')
      const { customerId, name } = signedIn
      return { ok: true, value: await openSession(parts.sql, reply, { customerId, name, secure }) }
    }
  }
}

export const SIGN_IN_STATUS: Record<SignInFault, number> = {
  wrongPassword: 403,
  tooManyTries: 429,
  busy: 503,
}

/** Who is signed in, and the way out; stands in the head of the page. */
export function signOutForm(words: Words, formToken: string): Markup {
  return html`<form method="post" action="/account/sign-out"><input type="hidden" name="formToken" value="${formToken}">
<button id="sign-out" type="submit">${words.signOut}</button></form>`
}
