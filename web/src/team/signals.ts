type Wish = 'assign' | 'status' | 'note'

const listeners: { wish: Wish; run: () => void }[] = []

/** Opens what stands for it on the page, the one that came last; false when nothing does. */
export function ask(wish: Wish): boolean {
  const last = listeners.findLast((l) => l.wish === wish)
  last?.run()
  return last !== undefined
}

export function onAsk(wish: Wish, run: () => void): () => void {
  const listener = { wish, run }
  listeners.push(listener)
  return () => {
    listeners.splice(listeners.indexOf(listener), 1)
  }
}
