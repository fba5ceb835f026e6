import { type ReactNode, useState } from 'react'
import { Cell, Checkbox, Column, Row, type Selection, type SortDescriptor, Table, TableBody, TableHeader } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { Blank } from '../ui/Blank.tsx'
import { Button } from '../ui/Button.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { reason } from './load.ts'

export interface Field<T> {
  id: string
  title: string
  /** What stands in the cell. */
  render: (row: T) => ReactNode
  /** What the row is called: its main field. */
  isName?: boolean
  /** Left out where there is little room. */
  minor?: boolean
  /** Numbers and times stand at the end. */
  end?: boolean
  /** As wide as what is in it. */
  tight?: boolean
  /** Where there is no row of titles, its title stands before what is in it. */
  titled?: boolean
  /** The list can be ordered by it. */
  sorts?: boolean
}

interface Props<T> {
  label: string
  rows: readonly T[] | undefined
  error: unknown
  onAgain: () => void
  id: (row: T) => string
  fields: readonly Field<T>[]
  /** Where a row leads, if anywhere. */
  href?: (row: T) => string
  onOpen?: (row: T) => void
  empty: { icon: IconName; title: string; text?: string }
  more?: (() => void) | undefined
  busy?: boolean
  /** By what it is ordered, and what follows when that is changed. */
  sort?: SortDescriptor
  onSort?: (sort: SortDescriptor) => void
  /** Rows that are chosen, to do something with all of them. */
  chosen?: readonly T[]
  onChoose?: (rows: readonly T[]) => void
  chooseLabel?: (row: T) => string
  chooseAll?: string
}

/** How many rows are shown at first: a list that came in one piece can have thousands. */
const atFirst = 200

/** The field of the ticks. */
const ticks = 'choose'

/** A table, with what is said when it is empty, on its way or refused. */
export function Listing<T>({ label, rows, error, onAgain, id, fields, href, onOpen, empty, more, busy, sort, onSort, chosen, onChoose, chooseLabel, chooseAll }: Props<T>) {
  const t = useText()
  const [most, setMost] = useState(atFirst)
  if (error !== undefined && !rows?.length)
    return (
      <Blank icon="junk" title={reason(error, t)}>
        <Button kind="line" onPress={onAgain}>
          {t('ui.again')}
        </Button>
      </Blank>
    )
  if (!rows) return <Blank icon="refresh" title={t('ui.loading')} />
  if (rows.length === 0) return <Blank icon={empty.icon} title={empty.title}>{empty.text && <p>{empty.text}</p>}</Blank>
  const opens = Boolean(href || onOpen)
  const columns: readonly Field<T>[] = onChoose ? [{ id: ticks, title: chooseAll ?? '', tight: true, render: () => null }, ...fields] : fields
  const choose = (keys: Selection) => onChoose?.(rows.filter((row) => keys === 'all' || keys.has(id(row))))
  return (
    <div className="listing" aria-busy={busy || undefined}>
      <Table aria-label={label} className="table" selectionMode={onChoose ? 'multiple' : 'none'} selectedKeys={chosen?.map(id) ?? []} onSelectionChange={choose} {...(sort && { sortDescriptor: sort })} {...(onSort && { onSortChange: onSort })}>
        <TableHeader columns={columns.map((f) => ({ ...f }))}>
          {(field) => (
            <Column id={field.id} isRowHeader={field.isName ?? false} allowsSorting={field.sorts ?? false} className={classes(field)}>
              {field.id === ticks ? <Tick label={field.title} /> : field.title}
            </Column>
          )}
        </TableHeader>
        <TableBody items={rows.slice(0, most).map((row) => ({ id: id(row), row }))} dependencies={[fields, chosen]}>
          {(item) => (
            <Row id={item.id} columns={columns.map((f) => ({ ...f }))} className={opens ? 'table-row table-opens' : 'table-row'} {...(href && { href: href(item.row) })} {...(onOpen && { onAction: () => onOpen(item.row) })}>
              {(field) => <Cell className={classes(field)} {...(field.titled && { 'data-title': `${field.title}: ` })}>{field.id === ticks ? <Tick label={chooseLabel?.(item.row) ?? ''} /> : field.render(item.row)}</Cell>}
            </Row>
          )}
        </TableBody>
      </Table>
      {error !== undefined && <p role="alert" className="admin-fault">{reason(error, t)}</p>}
      {rows.length > most && <p className="quiet">{t('admin.shownOf', { shown: most, all: rows.length })}</p>}
      {(rows.length > most || more) && (
        <Button kind="line" onPress={() => (setMost(most + atFirst), rows.length < most + atFirst && more?.())}>
          {t('admin.more')}
        </Button>
      )}
    </div>
  )
}

/** That there is nothing to say; left out where there is little room. */
export function Void() {
  return <span className="void">–</span>
}

function Tick({ label }: { label: string }) {
  return (
    <Checkbox slot="selection" className="tick" aria-label={label}>
      <span className="tick-mark">
        <Icon name="check" />
      </span>
    </Checkbox>
  )
}

function classes<T>(field: Field<T>): string {
  return ['table-cell', `column-${field.id}`, field.isName && 'table-name', field.minor && 'table-minor', field.end && 'table-end', field.tight && 'table-tight'].filter(Boolean).join(' ')
}
