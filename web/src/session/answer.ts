import type { Ceremony } from './webauthn.ts'

/** Who is signed in, as /auth/session says. */
export interface Person {
  address: string
  name: string
  /** What they administer, in the server's words; none for most. */
  admin: 'none' | 'org' | 'server'
  abilities: readonly string[]
}

/** What /auth/ answers: who is signed in, or that the sign-in is not over yet. */
export interface Answer {
  address?: string
  name?: string
  admin?: Person['admin']
  abilities?: readonly string[]
  csrf?: string
  /** Nothing may be kept on devices. */
  memory_only?: boolean
  type?: 'needsCode'
  app?: boolean
  passkey?: Ceremony
  /** Where to go on. */
  continue?: string
}

/** Says something to /auth/. */
export function post(path: string, body: object): Promise<Response> {
  return fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify(body) })
}

/** What it answers; nothing when that cannot be read. */
export async function read(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer
  } catch {
    return {}
  }
}

/** The person whose session an answer tells of. */
export function personOf(answer: Answer): Person {
  return { address: answer.address ?? '', name: answer.name ?? '', admin: answer.admin ?? 'none', abilities: answer.abilities ?? [] }
}
