import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useCallback, useLayoutEffect, useMemo, useReducer, useRef } from 'react'
import { ScrollMap } from './scroll.ts'

export interface VirtualRows {
  /** The height of the element that holds the rows. */
  height: number
  /** The rows to render and where each is, in pixels from the top. */
  items: { index: number; top: number }[]
  /** Brings a row into view. */
  show(index: number): void
  /** Rows in view at once. */
  page(): number
}

/** The rows in view of a list of rows of one height, and on either side so many that are about to be. */
export function useVirtualRows(scroller: RefObject<HTMLElement | null>, count: number, rowHeight: number, beside: number): VirtualRows {
  const map = useMemo(() => new ScrollMap(count, rowHeight), [count, rowHeight])
  const last = useRef(0)
  const current = useRef(map)
  const tell = useRef<(top: number) => void>(() => {})
  const [, renew] = useReducer((n: number) => n + 1, 0)
  if (current.current !== map) {
    map.resume(current.current.base)
    current.current = map
  }
  /** Moves the scrollbar, which is no movement of a hand. */
  const stand = useCallback((element: HTMLElement, top: number) => {
    element.scrollTop = top
    last.current = element.scrollTop
  }, [])
  const virtualizer = useVirtualizer<HTMLElement, HTMLElement>({
    count: map.rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: beside,
    observeElementOffset: (instance, report) => {
      const element = instance.scrollElement
      if (!element) return undefined
      let timer: ReturnType<typeof setTimeout> | undefined
      tell.current = (top) => report(top, false)
      /** Takes in a movement, also one of which the event has not come yet. */
      const follow = () => {
        const top = element.scrollTop
        current.current.moved(top, last.current, element.clientHeight)
        last.current = top
        return top
      }
      const settle = () => {
        const { base } = current.current
        const next = current.current.settled(follow(), element.clientHeight)
        if (next !== undefined) stand(element, next)
        if (current.current.base !== base) renew()
      }
      const heard = () => {
        const { base } = current.current
        if (current.current.stuck(follow(), element.clientHeight)) settle()
        if (current.current.base !== base) renew()
        report(element.scrollTop, true)
        clearTimeout(timer)
        timer = setTimeout(() => {
          settle()
          report(element.scrollTop, false)
        }, 100)
      }
      heard()
      element.addEventListener('scroll', heard, { passive: true })
      return () => {
        clearTimeout(timer)
        element.removeEventListener('scroll', heard)
      }
    },
    scrollToFn: (offset, _, instance) => instance.scrollElement && stand(instance.scrollElement, offset),
  })
  // The text has become larger or smaller: the rows seen stay those seen.
  const height = useRef(rowHeight)
  useLayoutEffect(() => {
    const grown = rowHeight / height.current
    height.current = rowHeight
    const element = scroller.current
    if (grown === 1 || !element) return
    virtualizer.measure()
    stand(element, element.scrollTop * grown)
    tell.current(element.scrollTop)
  }, [rowHeight, scroller, stand, virtualizer])
  const show = useCallback(
    (index: number) => {
      const element = scroller.current
      if (!element) return
      const { base } = current.current
      const row = current.current.placed(index) * rowHeight
      const moved = (base - current.current.base) * rowHeight
      const top = element.scrollTop + moved
      const next = Math.max(Math.min(top, row), row + rowHeight - element.clientHeight)
      if (moved === 0 && next === top) return
      stand(element, next)
      tell.current(element.scrollTop)
      if (moved !== 0) renew()
    },
    [scroller, rowHeight, stand],
  )
  const page = useCallback(() => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1), [scroller, rowHeight])
  return {
    height: map.height,
    items: virtualizer.getVirtualItems().map((item) => ({ index: item.index + map.base, top: item.start })),
    show,
    page,
  }
}
