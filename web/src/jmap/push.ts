import type { StateChange } from './types.ts'

/** What is needed of an EventSource. */
export interface Events {
  readonly readyState: number
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void
  close(): void
}

export interface PushOptions {
  /** Opens the stream of changes (RFC 8620 §7.3). */
  connect: () => Events
  /** Asks for everything that may have changed: after a gap, or when there is no stream. */
  poll: () => Promise<void>
  onChange: (changed: StateChange) => void
  /** Milliseconds between polls while there is no stream. */
  interval?: number
  /** Milliseconds until a lost stream is opened again: doubled each time up to the last. */
  retry?: [first: number, last: number]
  /**
   * Milliseconds after which a stream that says nothing is taken for lost: more than between two pings. A computer that slept, or
   * a router that forgot, ends a connection without a word.
   */
  silence?: number
}

const closed = 2

/**
 * Follows the changes of a server: by its stream of events, and by asking from
 * time to time while there is none. After each gap everything is asked for.
 */
export class Push {
  private events: Events | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private delay: number
  private stopped = false
  private live = false
  private watch: ReturnType<typeof setTimeout> | undefined
  /** When the stream said something last. */
  private last = 0

  constructor(private readonly options: PushOptions) {
    this.delay = this.first()
  }

  start(): void {
    this.stopped = false
    this.open()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
    clearTimeout(this.watch)
    this.events?.close()
    this.events = null
    this.live = false
  }

  /** Asks now, and opens the stream if it is gone: the page is looked at again, or the network is back. */
  wake(): void {
    if (this.stopped) return
    if (this.live && Date.now() - this.last < this.silence) return
    clearTimeout(this.timer)
    this.live = false
    this.delay = this.first()
    this.again()
  }

  get connected(): boolean {
    return this.live
  }

  private first(): number {
    return this.options.retry?.[0] ?? 1000
  }

  private get silence(): number {
    return this.options.silence ?? Infinity
  }

  /** The stream said something. */
  private there(): void {
    this.last = Date.now()
    clearTimeout(this.watch)
    if (this.silence < Infinity) this.watch = setTimeout(() => this.wake(), this.silence)
  }

  private open(): void {
    const events = this.options.connect()
    this.events = events
    events.addEventListener('open', () => {
      const gap = !this.live
      this.live = true
      this.delay = this.first()
      this.there()
      if (gap) void this.ask()
    })
    events.addEventListener('ping', () => this.there())
    events.addEventListener('state', (event) => {
      this.there()
      this.heard(event.data)
    })
    events.addEventListener('error', () => {
      clearTimeout(this.watch)
      // Whoever was signed out elsewhere is to know at once, not when the stream is tried again.
      if (this.live && !this.stopped) void this.ask()
      this.live = false
      // A browser tries again by itself unless the server refused.
      if (events.readyState === closed && !this.stopped) this.retryLater()
    })
  }

  private heard(data: string): void {
    let change: { changed?: StateChange }
    try {
      change = JSON.parse(data) as typeof change
    } catch {
      return
    }
    if (change.changed) this.options.onChange(change.changed)
  }

  private retryLater(): void {
    this.events?.close()
    clearTimeout(this.timer)
    const [, last] = this.options.retry ?? [1000, this.options.interval ?? 20_000]
    this.timer = setTimeout(() => this.again(), this.delay)
    this.delay = Math.min(this.delay * 2, last)
  }

  private again(): void {
    this.events?.close()
    void this.ask()
    this.open()
  }

  private async ask(): Promise<void> {
    try {
      await this.options.poll()
    } catch {
      // Whoever polls shows what is wrong; here it is only tried again.
    }
  }
}
