/** What pages of one browser tell each other. */
export type Word =
  /** Somebody signed in: the session of all pages is another one. */
  | { is: 'signedIn' }
  | { is: 'signedOut' }
  /** What was kept of accounts is gone. */
  | { is: 'gone' }
  /** Nothing is to be kept on this device. */
  | { is: 'forgotten' }

const words = ['signedIn', 'signedOut', 'gone', 'forgotten']

/** The other pages of this browser. Where there is no such channel, they find out from the server. */
export class Tabs {
  private readonly channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('postroom') : null

  constructor(hear: (word: Word) => void) {
    if (!this.channel) return
    this.channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const word = data as Word | null
      if (words.includes(String(word?.is))) hear(word!)
    })
  }

  tell(word: Word): void {
    this.channel?.postMessage(word)
  }
}
