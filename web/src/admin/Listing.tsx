import type { ReactNode } from 'react'
import { Cell, Column, Row, Table, TableBody, TableHeader } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { Blank } from '../ui/Blank.tsx'
import { Button } from '../ui/Button.tsx'
import type { IconName } from '../ui/Icon.tsx'
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
}

/** A table, with what is said when it is empty, on its way or refused. */
export function Listing<T>({ label, rows, error, onAgain, id, fields, href, onOpen, empty, more, busy }: Props<T>) {
  const t = useText()
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
  return (
    <div className="listing" aria-busy={busy || undefined}>
      <Table aria-label={label} className="table" selectionMode="none">
        <TableHeader columns={fields.map((f) => ({ ...f }))}>
          {(field) => (
            <Column id={field.id} isRowHeader={field.isName ?? false} className={classes(field)}>
              {field.title}
            </Column>
          )}
        </TableHeader>
        <TableBody items={rows.map((row) => ({ id: id(row), row }))} dependencies={[fields]}>
          {(item) => (
            <Row id={item.id} columns={fields.map((f) => ({ ...f }))} className={opens ? 'table-row table-opens' : 'table-row'} {...(href && { href: href(item.row) })} {...(onOpen && { onAction: () => onOpen(item.row) })}>
              {(field) => <Cell className={classes(field)}>{field.render(item.row)}</Cell>}
            </Row>
          )}
        </TableBody>
      </Table>
      {error !== undefined && <p role="alert" className="admin-fault">{reason(error, t)}</p>}
      {more && (
        <Button kind="line" onPress={more}>
          {t('admin.more')}
        </Button>
      )}
    </div>
  )
}

function classes<T>(field: Field<T>): string {
  return ['table-cell', `column-${field.id}`, field.isName && 'table-name', field.minor && 'table-minor', field.end && 'table-end', field.tight && 'table-tight'].filter(Boolean).join(' ')
}
