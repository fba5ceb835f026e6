import type { Account, Demo } from './demo.ts'

type Answer = Record<string, unknown>

/** Calls one method of JMAP as somebody, as any program can; what it answers. */
export async function call<T = Answer>(demo: Demo, account: Account, method: string, args: Record<string, unknown>): Promise<T> {
  const headers = { Authorization: `Basic ${Buffer.from(`${account.address}:${account.password}`).toString('base64')}`, 'Content-Type': 'application/json' }
  const session = (await (await fetch(`${demo.ready.http_url}/jmap/session`, { headers })).json()) as { capabilities: object }
  const body = JSON.stringify({ using: Object.keys(session.capabilities), methodCalls: [[method, args, '0']] })
  const response = await fetch(`${demo.ready.http_url}/jmap/api`, { method: 'POST', headers, body })
  const [name, answer] = ((await response.json()) as { methodResponses: [string, Answer][] }).methodResponses[0]!
  if (name === 'error') throw new Error(`${method}: ${JSON.stringify(answer)}`)
  return answer as T
}

/** The id that an account has for somebody who may see it. */
export async function accountOf(demo: Demo, account: Account, address: string): Promise<string> {
  const headers = { Authorization: `Basic ${Buffer.from(`${account.address}:${account.password}`).toString('base64')}` }
  const session = (await (await fetch(`${demo.ready.http_url}/jmap/session`, { headers })).json()) as { accounts: Record<string, { name: string }> }
  const found = Object.entries(session.accounts).find(([, a]) => a.name === address)
  if (!found) throw new Error(`${account.address} does not see ${address}`)
  return found[0]
}

/** A colleague at work in a mailbox. */
export class Colleague {
  private constructor(
    private readonly demo: Demo,
    private readonly account: Account,
    private readonly id: string,
  ) {}

  static async at(demo: Demo, account: Account, mailbox: string): Promise<Colleague> {
    return new Colleague(demo, account, await accountOf(demo, account, mailbox))
  }

  call<T = Answer>(method: string, args: Record<string, unknown>): Promise<T> {
    return call<T>(this.demo, this.account, method, { accountId: this.id, ...args })
  }

  /** The conversation of the latest message with this subject. */
  async thread(subject: string): Promise<string> {
    const { ids } = await this.call<{ ids: string[] }>('Email/query', { filter: { subject }, sort: [{ property: 'receivedAt', isAscending: false }] })
    const { list } = await this.call<{ list: { threadId: string }[] }>('Email/get', { ids: ids.slice(0, 1), properties: ['threadId'] })
    if (!list[0]) throw new Error(`no message about ${subject}`)
    return list[0].threadId
  }
}
