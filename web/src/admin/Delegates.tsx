import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { AddressText } from './AddressText.tsx'
import { useMay } from './abilities.ts'
import { Doing } from './change.tsx'
import { type Delegation, delegationBody, DelegationFields, freshDelegation } from './delegation.tsx'
import { type Field, Listing, Void } from './Listing.tsx'
import { useLoad } from './load.ts'
import { type Account, type Change, type Grant, granteeWord, type SendEntry } from './wire.ts'
import { actWord, granteeName, roles, roleWord } from './words.ts'

/** All that one grantee has on the whole mailbox, or on one folder, or is denied: what the server lists, in one row. */
interface Entry {
  id: string
  word: string
  name: string
  path: string
  grant?: Grant
  send?: SendEntry
}

/** Grants and send rights, those of one grantee on the whole mailbox in one row. Entries that deny stand by themselves. */
export function entriesOf(grants: readonly Grant[], sends: readonly SendEntry[], name: (g: Grant['grantee']) => string): Entry[] {
  const entries: Entry[] = grants.map((grant) => ({
    id: `${granteeWord(grant.grantee)} ${grant.path} ${grant.negative ? '-' : '+'}`, word: granteeWord(grant.grantee), name: name(grant.grantee), path: grant.path, grant,
  }))
  for (const send of sends) {
    const word = granteeWord(send.grantee)
    const beside = send.deny ? undefined : entries.find((e) => e.word === word && e.path === '/' && !e.grant?.negative && !e.send)
    if (beside) beside.send = send
    else entries.push({ id: `${word} ${send.right} ${send.deny ? '-' : '+'}`, word, name: name(send.grantee), path: '/', send })
  }
  return entries.sort((a, b) => a.word.localeCompare(b.word) || a.path.localeCompare(b.path))
}

const denies = (e: Entry) => Boolean(e.grant?.negative || e.send?.deny)

/** What takes an entry back, and nothing else. */
function revocation(account: Account, e: Entry): Change {
  if (e.send?.deny || (e.send && !e.grant && e.send.right !== 'sendAs' && e.send.right !== 'sendOnBehalfOf'))
    return { method: 'DELETE', path: ['send-rights'], query: { target: account.address, grantee: e.word, right: e.send.right, deny: e.send.deny } }
  if (e.path !== '/' || e.grant?.negative) return { method: 'DELETE', path: ['grants'], query: { target: `${account.address}:${e.path}`, grantee: e.word, negative: e.grant?.negative } }
  return { method: 'PUT', path: ['delegates'], body: { target: account.address, grantee: e.word } }
}

function editing(e: Entry): Delegation {
  const rights = e.grant ? ((roles as readonly string[]).includes(e.grant.role) ? e.grant.role : e.grant.rights) : 'none'
  const until = e.grant?.until ?? e.send?.until
  return {
    grantee: e.word, rights, send: e.send?.right === 'sendAs' || e.send?.right === 'sendOnBehalfOf' ? e.send.right : 'no', displayed: e.send?.displayed_sender ?? 'inherit',
    until: until ? localDay(until) : '',
  }
}

function localDay(moment: string): string {
  const at = new Date(moment)
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`
}

/** What recipients see; where that is as usual, what is usual. */
function displayedWords(t: ReturnType<typeof useText>, account: Account, send: SendEntry): string {
  if (send.right === 'sendOnBehalfOf') return t('admin.displayed.show')
  if (send.displayed_sender !== 'inherit' || !account.shown_sender) return t(`admin.displayed.${send.displayed_sender}`)
  return t('admin.displayedUsual', { what: t(`admin.displayed.${account.shown_sender}`) })
}

/** Who may work in a mailbox: added, changed, revoked. */
export function Delegates({ account, onChanged }: { account: Account; onChanged: () => void }) {
  const t = useText()
  const api = useApi()
  const format = useFormat()
  const [open, setOpen] = useState<{ is: 'edit' | 'revoke'; entry?: Entry } | null>(null)
  const { value, error, again } = useLoad<readonly Entry[]>(account.uuid, async (signal) => {
    const query = { target: account.address }
    const [grants, sends] = await Promise.all([api.get<Grant[] | null>(adminPath('grants'), query, signal), api.get<SendEntry[] | null>(adminPath('send-rights'), query, signal)])
    return entriesOf(grants ?? [], sends ?? [], (g) => granteeName(t, g))
  })
  const may = useMay('manage-grants', 'manage-send-rights')
  const close = () => setOpen(null)
  const done = () => (close(), again(), onChanged())
  const fields: Field<Entry>[] = [
    { id: 'who', title: t('admin.who'), isName: true, render: (e) => <AddressText of={e.name} /> },
    { id: 'folder', title: t('admin.folder'), minor: true, render: (e) => <bdi>{e.path === '/' ? t('admin.whole') : plain(e.path)}</bdi> },
    {
      id: 'rights', title: t('admin.rights'),
      render: (e) => (
        <>
          {denies(e) && <strong className="denied">{t('admin.denied')} </strong>}
          {e.grant ? roleWord(t, e.grant.role, e.grant.right_names) : !e.send?.deny && t('admin.role.none')}
          {e.grant?.reason && <span className="quiet"> · {t('admin.glass', { reason: plain(e.grant.reason) })}</span>}
        </>
      ),
    },
    { id: 'send', title: t('admin.send'), titled: true, render: (e) => (e.send ? actWord(t, e.send.right) : <Void />) },
    { id: 'displayed', title: t('admin.displayed'), titled: true, render: (e) => (e.send && !e.send.deny ? displayedWords(t, account, e.send) : <Void />) },
    { id: 'until', title: t('admin.until'), titled: true, render: (e) => (e.grant?.until ?? e.send?.until) ? format.day(e.grant?.until ?? e.send?.until) : t('admin.always') },
    {
      id: 'by', title: t('admin.by'), titled: true,
      render: (e) => (
        <>
          <AddressText of={e.grant?.by ?? e.send?.by} />
          <time className="quiet given" dateTime={e.grant?.since ?? e.send?.since}>{format.day(e.grant?.since ?? e.send?.since)}</time>
        </>
      ),
    },
    {
      id: 'do', title: t('admin.do'), tight: true,
      render: (e) => (
        <span className="acts">
          {!denies(e) && <IconButton icon="draft" label={t('admin.editOf', { name: e.name })} onPress={() => setOpen({ is: 'edit', entry: e })} />}
          <IconButton icon="trash" label={t('admin.revokeOf', { name: e.name })} onPress={() => setOpen({ is: 'revoke', entry: e })} />
        </span>
      ),
    },
  ]
  return (
    <section className="page-section" aria-label={t('admin.tab.delegates')}>
      <div className="admin-bar">
        <p className="quiet">{t('admin.delegatesWhy')}</p>
        {may && (
          <Button kind="main" onPress={() => setOpen({ is: 'edit' })}>
            <Icon name="plus" />
            {t('admin.addPerson')}
          </Button>
        )}
      </div>
      <Listing label={t('admin.tab.delegates')} rows={value} error={error} onAgain={again} id={(e) => e.id} fields={may ? fields : fields.filter((f) => f.id !== 'do')} empty={{ icon: 'team', title: t('admin.nobodyWorks') }} />
      {open?.is === 'edit' && <EditDelegate account={account} entry={open.entry} onClose={close} onDone={done} />}
      {open?.is === 'revoke' && open.entry && (
        <Dialog title={t('admin.revokeTitle', { name: open.entry.name })} onClose={close}>
          <p>{t('admin.revokeWhy')}</p>
          <Doing change={revocation(account, open.entry)} act={t('admin.revoke')} danger told={t('admin.revoked', { name: open.entry.name })} onDone={done} onCancel={close} />
        </Dialog>
      )}
    </section>
  )
}

function EditDelegate({ account, entry, onClose, onDone }: { account: Account; entry?: Entry | undefined; onClose: () => void; onDone: () => void }) {
  const t = useText()
  const [value, setValue] = useState<Delegation>(entry ? editing(entry) : freshDelegation)
  const folder = entry !== undefined && entry.path !== '/'
  const body = delegationBody(value)
  const change: Change | null = !value.grantee.trim()
    ? null
    : folder
      ? { method: 'PUT', path: ['grants'], body: { target: `${account.address}:${entry.path}`, grantee: body['grantee'], rights: value.rights, ...(entry.grant?.version && { replaces: entry.grant.version }), ...(body['until'] !== undefined && { until: body['until'] }) } }
      : { method: 'PUT', path: ['delegates'], body: { target: account.address, ...body, replaces: [entry?.grant?.version, entry?.send?.version].filter(Boolean) } }
  return (
    <Dialog title={entry ? t('admin.editOf', { name: entry.name }) : t('admin.addTo', { name: plain(account.address) })} onClose={onClose}>
      <DelegationFields value={value} onChange={setValue} fixed={Boolean(entry)} folder={folder} autoFocus />
      <Doing change={change} act={t('admin.save')} told={t('admin.saved')} onDone={onDone} onCancel={onClose} onOutdated={onDone} />
    </Dialog>
  )
}
