import { expect, test } from 'vitest'
import type { Client } from '../src/jmap/client.ts'
import { trustedSenders, trustSender } from '../src/mail/pictures.ts'

/** A server with a list of senders, which answers when it is told to. */
function server(senders: string[]) {
  const answers: (() => void)[] = []
  const call = (name: string, args: Record<string, string[]>) =>
    new Promise((resolve, reject) => {
      answers.push(() => {
        if (name === 'RemoteImages/set' && args['remove']?.includes('refused@example.test')) return reject(new Error('refused'))
        senders = senders.filter((s) => !args['remove']?.includes(s)).concat(args['add'] ?? [])
        resolve({ senders })
      })
    })
  return { client: { call } as unknown as Client, answer: () => answers.splice(0).forEach((run) => run()) }
}

test('whose pictures are to be asked for again is so for the message that is opened next', async () => {
  const { client, answer } = server(['news@example.test'])
  const first = trustedSenders(client, 'a')
  answer()
  expect([...(await first)]).toEqual(['news@example.test'])
  const told = trustSender(client, 'a', 'news@example.test', 'ask')
  const next = trustedSenders(client, 'a') // before the server has answered
  answer()
  expect([...(await next)]).toEqual([])
  await told
})

test('what the server refuses is asked for anew', async () => {
  const { client, answer } = server(['news@example.test'])
  const told = trustSender(client, 'a', 'refused@example.test', 'ask')
  answer()
  await expect(told).rejects.toThrow('refused')
  const next = trustedSenders(client, 'a')
  answer()
  expect([...(await next)]).toEqual(['news@example.test'])
})
