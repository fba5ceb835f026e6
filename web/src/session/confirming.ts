import { JMAPError } from '../jmap/error.ts'

/** What waits for somebody to confirm that it is them. */
interface Waiting {
  promise: Promise<string>
  done: (code: string) => void
  refused: (error: JMAPError) => void
}

/** Puts off what the server wants confirmed, until it is: several at once with one confirmation. */
export class Confirming {
  private waiting: Waiting | null = null
  private readonly listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  /** Whether somebody is to be asked. */
  readonly isAsked = () => this.waiting !== null

  /** Waits until it is confirmed. What comes stands for one code of the second factor; '' where there is none. */
  readonly ask = (): Promise<string> => {
    if (!this.waiting) {
      let done!: Waiting['done']
      let refused!: Waiting['refused']
      const promise = new Promise<string>((resolve, reject) => {
        done = resolve
        refused = reject
      })
      this.waiting = { promise, done, refused }
      this.tell()
    }
    return this.waiting.promise
  }

  confirmed(code: string): void {
    this.waiting?.done(code)
    this.waiting = null
    this.tell()
  }

  /** With what is to be said of it. */
  cancelled(words: string): void {
    this.waiting?.refused(new JMAPError('denied', 'notConfirmed', words))
    this.waiting = null
    this.tell()
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }
}

/** On this channel the window at a provider says what came of it, when it is back. */
const channel = 'postroom-confirm'

/** The window that came back from a provider tells the page that opened it, and closes. */
export function tellConfirmed(): void {
  const word = new URLSearchParams(location.hash.split('?')[1] ?? '').get('is') ?? ''
  const told = new BroadcastChannel(channel)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it is of this origin
  told.postMessage(word)
  told.close()
  window.close()
}

/** Hears it: 'proved', or why not. */
export function hearConfirmed(hear: (word: string) => void): () => void {
  const heard = new BroadcastChannel(channel)
  heard.addEventListener('message', ({ data }: MessageEvent<unknown>) => hear(String(data)))
  return () => heard.close()
}
