import { type DragEvent, type KeyboardEvent, type MouseEvent, useCallback, useEffect, useId, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { useRows, useStore } from '../store/hooks.ts'
import type { Ref, Rows } from '../store/query.ts'
import { Blank } from '../ui/Blank.tsx'
import { Button } from '../ui/Button.tsx'
import { useDensity } from '../ui/density.ts'
import { phone, useMedia } from '../ui/media.ts'
import { useTextSize } from '../ui/textSize.ts'
import { failureText } from './actions.ts'
import { dragType } from './drag.ts'
import { plain } from './person.ts'
import { BlankRow, Row, type RowProps } from './Row.tsx'
import { keyOf, type SelectionControl } from './useSelection.ts'
import { useVirtualRows } from './useVirtualRows.ts'

interface Props {
  rows: Rows
  selection: SelectionControl
  names: RowProps['names']
  /** Whether rows of several accounts stand together. */
  mixed: boolean
  searching: boolean
  open: { account: string; thread: string } | null
  label: string
  /** The pointer is at a row. */
  onRest: (index: number) => void
  onOpen: (row: Ref) => void
  onFlag: (row: Ref, flagged: boolean) => void
  onDrag: (rows: Ref[]) => void
}

/** Row heights by the size of the text, in rem; mail.css has the same. */
const heights = { comfortable: { wide: 4, phone: 4.75 }, compact: { wide: 2.875, phone: 3.75 } }

/** How many rows are on the page above and below those in view. */
const beside = 8

/** The messages of a folder or a search; of a million only those in view are on the page. */
export function MessageList({ rows, selection, names, mixed, searching, open, label, onRest, onOpen, onFlag, onDrag }: Props) {
  const t = useText()
  const store = useStore()
  const version = useRows(rows)
  const scroller = useRef<HTMLDivElement>(null)
  const isPhone = useMedia(phone)
  const rowHeight = heights[useDensity()][isPhone ? 'phone' : 'wide'] * useTextSize()
  const id = useId()
  const total = rows.total
  // A list that is opened shows what is in view first; what one scrolls to next follows when that is painted.
  const [painted, setPainted] = useState<Rows | null>(null)
  const virtual = useVirtualRows(scroller, total ?? 0, rowHeight, painted === rows ? beside : 0)
  const begun = total !== undefined
  useEffect(() => {
    if (!begun) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const frame = requestAnimationFrame(() => (timer = setTimeout(() => setPainted(rows))))
    return () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
    }
  }, [rows, begun])
  const first = virtual.items[0]?.index ?? 0
  const last = virtual.items.at(-1)?.index ?? 0

  useEffect(() => rows.want(first, Math.max(last, 1)), [rows, first, last, version])
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
  }, [rows])

  const latest = useRef({ rows, selection, onOpen, onFlag, onDrag })
  useEffect(() => {
    latest.current = { rows, selection, onOpen, onFlag, onDrag }
  })
  const press = useCallback((index: number, event: MouseEvent) => {
    const now = latest.current
    if (event.shiftKey) now.selection.extend(index)
    else if (event.metaKey || event.ctrlKey) now.selection.toggle(index)
    else {
      now.selection.moveTo(index)
      const row = now.rows.at(index)
      if (row) now.onOpen(row)
    }
  }, [])
  const toggle = useCallback((index: number) => latest.current.selection.toggle(index), [])
  const flag = useCallback((row: Ref, flagged: boolean) => latest.current.onFlag(row, flagged), [])
  const drag = useCallback((index: number, event: DragEvent) => {
    const now = latest.current
    const row = now.rows.at(index)
    if (!row) return
    const chosen = now.selection.chosen.has(keyOf(row)) ? [...now.selection.chosen.values()] : [row]
    event.dataTransfer.setData(dragType, String(chosen.length))
    event.dataTransfer.effectAllowed = 'move'
    now.onDrag(chosen)
  }, [])

  const { active } = selection
  const shown = useRef(active)
  useEffect(() => {
    if (shown.current === active) return
    shown.current = active
    virtual.show(active)
  }, [active, virtual])

  // Where fewer have room than before, the row that has the focus stays.
  const before = useRef(rowHeight)
  useEffect(() => {
    if (before.current === rowHeight) return
    before.current = rowHeight
    if (scroller.current?.contains(document.activeElement)) virtual.show(active)
  }, [rowHeight, active, virtual])

  if (rows.error) {
    return (
      <Blank icon="junk" title={t('mail.listFailed')}>
        <p>{failureText(rows.error, t)}</p>
        <Button kind="line" onPress={() => rows.retry()}>
          {t('ui.again')}
        </Button>
      </Blank>
    )
  }
  if (total === 0) {
    return searching ? (
      <Blank icon="search" title={t('mail.nothingFound')}>
        <p>{t('mail.nothingFoundWhy')}</p>
      </Blank>
    ) : (
      <Blank icon="inbox" title={t('mail.empty')} />
    )
  }
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: virtual.page(), PageUp: -virtual.page() }[event.key]
    if (event.target !== event.currentTarget) return
    if (step !== undefined) move(active + step, event)
    else if (event.key === 'Home') move(0, event)
    else if (event.key === 'End') move((total ?? 1) - 1, event)
    else if (event.key === 'Enter') {
      const row = rows.at(active)
      if (row) onOpen(row)
    } else if (event.key === ' ') {
      event.preventDefault()
      selection.toggle(active)
    }
  }
  const move = (to: number, event: KeyboardEvent) => {
    event.preventDefault()
    const index = Math.max(0, Math.min(to, (total ?? 1) - 1))
    if (event.shiftKey) selection.extend(index)
    else selection.moveTo(index)
    if (index === active) virtual.show(index) // it may have been scrolled out of view
  }
  const rendered = virtual.items.some((item) => item.index === active)
  return (
    <div className="list-scroller" ref={scroller} data-loading={total === undefined || undefined}>
      <div
        className="list"
        role="grid"
        aria-label={label}
        aria-multiselectable="true"
        aria-rowcount={total ?? -1}
        aria-busy={total === undefined}
        aria-activedescendant={rendered ? `${id}-${active}` : undefined}
        tabIndex={0}
        data-focus-list
        onKeyDown={keys}
        onPointerOver={(event) => {
          const row = (event.target as Element).closest('[aria-rowindex]')
          if (row) onRest(Number(row.getAttribute('aria-rowindex')) - 1)
        }}
        style={{ height: total === undefined ? '100%' : virtual.height }}
      >
        {total === undefined && Array.from({ length: 12 }, (_, i) => <BlankRow key={i} index={i} top={i * rowHeight} />)}
        {virtual.items.map(({ index, top }) => {
          const row = rows.at(index)
          if (!row) return <BlankRow key={`blank-${index}`} index={index} top={top} />
          return (
            <Row
              key={keyOf(row)}
              id={`${id}-${index}`}
              index={index}
              top={top}
              row={row}
              names={names}
              accountName={mixed ? plain(store.account(row.account)?.name) : undefined}
              chosen={selection.chosen.has(keyOf(row))}
              active={index === active}
              open={open !== null && open.account === row.account && store.get(row.account, 'Email', row.id)?.threadId === open.thread}
              onPress={press}
              onToggle={toggle}
              onFlag={flag}
              onDrag={drag}
            />
          )
        })}
      </div>
    </div>
  )
}
