import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useCallback, useMemo, useRef } from 'react'
import { ScrollMap } from './scroll.ts'

export interface VirtualRows {
  /** The height of the element that holds the rows. */
  height: number
  /** The rows to render and where each is, in pixels from the top. */
  items: { index: number; top: number }[]
  /** Brings a row into view. */
  show(index: number): void
}

/** The rows in view of a list of rows of one height. */
export function useVirtualRows(scroller: RefObject<HTMLElement | null>, count: number, rowHeight: number): VirtualRows {
  const view = useRef(800)
  const map = useMemo(() => new ScrollMap(count * rowHeight, view.current), [count, rowHeight])
  const last = useRef(0)
  const current = useRef(map)
  if (current.current !== map) {
    map.shift = map.full > map.height ? current.current.shift : 0
    current.current = map
  }
  const virtualizer = useVirtualizer<HTMLElement, HTMLElement>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    observeElementOffset: (instance, report) => {
      const element = instance.scrollElement
      if (!element) return undefined
      let timer: ReturnType<typeof setTimeout> | undefined
      const heard = () => {
        view.current = element.clientHeight
        const top = element.scrollTop
        report(current.current.moved(top, last.current), true)
        last.current = top
        clearTimeout(timer)
        timer = setTimeout(() => {
          const next = current.current.settled(element.scrollTop)
          if (next !== undefined) last.current = element.scrollTop = next
          report(current.current.moved(element.scrollTop, last.current), false)
        }, 100)
      }
      heard()
      element.addEventListener('scroll', heard, { passive: true })
      return () => {
        clearTimeout(timer)
        element.removeEventListener('scroll', heard)
      }
    },
    scrollToFn: (offset, { adjustments = 0 }, instance) => {
      const element = instance.scrollElement
      if (element) last.current = element.scrollTop = current.current.placed(offset + adjustments)
    },
  })
  const show = useCallback((index: number) => virtualizer.scrollToIndex(index, { align: 'auto' }), [virtualizer])
  return {
    height: map.height,
    items: virtualizer.getVirtualItems().map((item) => ({ index: item.index, top: item.start - map.shift })),
    show,
  }
}
