import { useCallback, useEffect, useRef, useState } from 'react'

export interface Loaded<T> {
  /** What was read; undefined until it is there. */
  value: T | undefined
  /** Why it could not be read; null when it could. */
  fault: unknown
  /** Reads it again; what is shown stays until then. */
  reload: () => Promise<void>
}

/** Reads something for a page. load is to be the same function until something else is to be read. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ value: T | undefined; fault: unknown }>({ value: undefined, fault: null })
  const latest = useRef<unknown>(null)
  const reload = useCallback(async () => {
    const mine = {}
    latest.current = mine
    try {
      const value = await load()
      if (latest.current === mine) setState({ value, fault: null })
    } catch (fault) {
      if (latest.current === mine) setState((before) => ({ ...before, fault }))
    }
  }, [load])
  useEffect(() => {
    setState({ value: undefined, fault: null })
    void reload()
    return () => {
      latest.current = null
    }
  }, [reload])
  return { ...state, reload }
}
