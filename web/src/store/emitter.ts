type Listener = () => void

/** Listeners by key. A key is a record, a table or a query: whatever one component shows. */
export class Emitter {
  private readonly listeners = new Map<string, Set<Listener>>()

  on(key: string, listener: Listener): () => void {
    let set = this.listeners.get(key)
    if (!set) this.listeners.set(key, (set = new Set()))
    set.add(listener)
    return () => {
      set.delete(listener)
      if (set.size === 0) this.listeners.delete(key)
    }
  }

  emit(key: string): void {
    for (const listener of [...(this.listeners.get(key) ?? [])]) listener()
  }

  /** Whether anybody listens. */
  has(key: string): boolean {
    return this.listeners.has(key)
  }
}
