import { connect } from 'node:net'
import type { Account, Demo } from './demo.ts'

/** A conversation in lines: says something, and waits for the line that ends the answer. */
async function converse(demo: Demo, service: string, done: RegExp, good: RegExp, says: readonly string[]): Promise<void> {
  const [host, port] = demo.ready.listen[service]!.split(':') as [string, string]
  const socket = connect(Number(port), host)
  const data = socket.setEncoding('utf8')[Symbol.asyncIterator]()
  let buffered = ''
  for (const line of ['', ...says]) {
    if (line !== '') socket.write(`${line}\r\n`)
    let end: RegExpExecArray | null
    while (!(end = done.exec(buffered))) {
      const { value, done: over } = await data.next()
      if (over) throw new Error(`${service} hung up: ${buffered}`)
      buffered += String(value)
    }
    if (!good.test(end[0])) throw new Error(`${line}: ${buffered}`)
    buffered = buffered.slice(end.index + end[0].length)
  }
  socket.end()
}

/** Sends a message from outside to addresses of the demo, by SMTP. It is there when this is done. */
export async function deliver(demo: Demo, to: string | readonly string[], message: string, from = 'sender@elsewhere.test'): Promise<void> {
  const recipients = typeof to === 'string' ? [to] : to
  const data = `${message.replaceAll(/\r?\n/g, '\r\n').replaceAll(/^\./gm, '..')}\r\n.`
  await converse(demo, 'smtp', /^\d{3} .*\r\n/m, /^[23]/, ['EHLO client.elsewhere.test', `MAIL FROM:<${from}>`, ...recipients.map((r) => `RCPT TO:<${r}>`), 'DATA', data, 'QUIT'])
}

/** Sends a message as somebody, by submission. */
export async function submit(demo: Demo, account: Account, to: readonly string[], message: string): Promise<void> {
  const secret = Buffer.from(`\0${account.address}\0${account.password}`).toString('base64')
  const data = `${message.replaceAll(/\r?\n/g, '\r\n').replaceAll(/^\./gm, '..')}\r\n.`
  await converse(demo, 'submission', /^\d{3} .*\r\n/m, /^[23]/, ['EHLO client.example.test', `AUTH PLAIN ${secret}`, `MAIL FROM:<${account.address}>`, ...to.map((r) => `RCPT TO:<${r}>`), 'DATA', data, 'QUIT'])
}

/** Runs IMAP commands as somebody. */
export async function imap(demo: Demo, account: Account, commands: readonly string[]): Promise<void> {
  await converse(demo, 'imap', /^(?:\* OK|t \S+) .*\r\n/m, /^(?:\* OK|t OK)/, [`LOGIN ${account.address} ${account.password}`, ...commands].map((c) => `t ${c}`))
}

let counter = 0

export interface Draft {
  subject: string
  from?: string
  to?: string
  html?: string
  text?: string
  inReplyTo?: string
  id?: string
  attachment?: { name: string; type: string; body: string }
}

/** A message in the format of RFC 5322. Header fields are taken as they are. */
export function compose(draft: Draft): string {
  const id = draft.id ?? `<e2e-${++counter}-${process.pid}@elsewhere.test>`
  const head = [
    `From: ${draft.from ?? 'Cleo Marsh <cleo@elsewhere.test>'}`, `To: ${draft.to ?? 'anna@example.test'}`, `Subject: ${draft.subject}`, `Message-ID: ${id}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`, 'MIME-Version: 1.0', ...(draft.inReplyTo ? [`In-Reply-To: ${draft.inReplyTo}`, `References: ${draft.inReplyTo}`] : []),
  ]
  const body = draft.html === undefined ? ['Content-Type: text/plain; charset=utf-8', '', draft.text ?? 'Hello'] : ['Content-Type: text/html; charset=utf-8', '', draft.html]
  if (!draft.attachment) return [...head, ...body, ''].join('\n')
  const { name, type, body: content } = draft.attachment
  const part = [`Content-Type: ${type}`, `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`, 'Content-Transfer-Encoding: base64', '', Buffer.from(content).toString('base64')]
  return [...head, 'Content-Type: multipart/mixed; boundary=edge', '', '--edge', ...body, '--edge', ...part, '--edge--', ''].join('\n')
}
