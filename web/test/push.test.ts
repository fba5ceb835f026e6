import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Events, Push } from '../src/jmap/push.ts'

class FakeEvents implements Events {
  readyState = 0
  private listeners: Record<string, ((event: MessageEvent<string>) => void)[]> = {}
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    ;(this.listeners[type] ??= []).push(listener)
  }
  close(): void {
    this.readyState = 2
  }
  say(type: string, data = ''): void {
    for (const listener of this.listeners[type] ?? []) listener({ data } as MessageEvent<string>)
  }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function start() {
  const streams: FakeEvents[] = []
  const poll = vi.fn(async () => {})
  const onChange = vi.fn()
  const push = new Push({ connect: () => (streams.push(new FakeEvents()), streams.at(-1)!), poll, onChange, retry: [1000, 4000], silence: 90_000 })
  push.start()
  return { push, streams, poll, onChange, last: () => streams.at(-1)! }
}

describe('push', () => {
  test('passes changes on, and asks once when it begins', () => {
    const { last, poll, onChange } = start()
    last().say('open')
    expect(poll).toHaveBeenCalledTimes(1)
    last().say('state', '{"changed":{"a":{"Email":"2"}}}')
    expect(onChange).toHaveBeenCalledWith({ a: { Email: '2' } })
    last().say('state', 'nonsense')
    expect(onChange).toHaveBeenCalledTimes(1)
  })
  test('asks from time to time while the server has no stream, ever less often', () => {
    const { last, poll, streams } = start()
    const refuse = () => {
      last().readyState = 2
      last().say('error')
    }
    refuse()
    for (const wait of [1000, 2000, 4000, 4000]) {
      const before = poll.mock.calls.length
      vi.advanceTimersByTime(wait - 1)
      expect(poll.mock.calls.length).toBe(before)
      vi.advanceTimersByTime(1)
      expect(poll.mock.calls.length).toBe(before + 1)
      refuse()
    }
    expect(streams).toHaveLength(5)
  })
  test('catches up after a gap', () => {
    const { last, poll } = start()
    last().say('open')
    last().say('error') // the browser tries again by itself, and one may have been signed out
    expect(poll).toHaveBeenCalledTimes(2)
    last().say('error')
    last().say('open')
    expect(poll).toHaveBeenCalledTimes(3)
  })
  test('is silent once stopped', () => {
    const { push, last, poll, streams } = start()
    push.stop()
    last().readyState = 2
    last().say('error')
    vi.advanceTimersByTime(60_000)
    push.wake()
    expect(poll).not.toHaveBeenCalled()
    expect(streams).toHaveLength(1)
  })
  test('opens a stream anew that says nothing any more', () => {
    const { last, poll, streams } = start()
    last().say('open')
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(60_000)
      last().say('ping', '{"interval":60}')
    }
    expect(streams).toHaveLength(1)
    const [first] = streams
    vi.advanceTimersByTime(90_000)
    expect(streams).toHaveLength(2)
    expect(first?.readyState).toBe(2)
    expect(poll).toHaveBeenCalledTimes(2)
  })
  test('does so at once when the page is looked at after a sleep', () => {
    const { push, last, streams } = start()
    last().say('open')
    vi.setSystemTime(Date.now() + 60_000) // timers stand still while a computer sleeps
    push.wake()
    expect(streams).toHaveLength(1)
    vi.setSystemTime(Date.now() + 3_600_000)
    push.wake()
    expect(streams).toHaveLength(2)
  })
})
