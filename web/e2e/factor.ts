import { createHmac } from 'node:crypto'
import type { Account, Demo } from './demo.ts'

/** A code of RFC 6238 for a key in base32. */
export function totp(key: string, at = Date.now()): string {
  const bits = [...key].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const sum = createHmac('sha1', secret).update(counter).digest()
  return ((sum.readUInt32BE((sum.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).toString().padStart(6, '0')
}

/** Gives an account a second factor, in the place of one it has, and returns the recovery codes. */
export async function secondFactor(demo: Demo, account: Account): Promise<string[]> {
  const factor = (...args: string[]) => demo.run(['account', 'second-factor', ...args])
  const { on } = JSON.parse(await factor('show', account.address, '--json')) as { on: boolean }
  if (on) await factor('remove', account.address)
  // A key is given to its owner alone, who asks for it with the password.
  const ask = async (path: string, body: object) => {
    const response = await fetch(`${demo.ready.http_url}/admin/v1/accounts/${account.address}/second-factor${path}`, {
      method: 'POST', body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', Authorization: `Basic ${Buffer.from(`${account.address}:${account.password}`).toString('base64')}` },
    })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as { secret: string; codes: string[] }
  }
  const { secret } = await ask('', {})
  return (await ask('/confirm', { code: totp(secret) })).codes
}
