import { useState } from 'react'
import { type MessageId, type Text, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, type Api, useApi } from '../session/api.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Choose, Field } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { tell, tellFailure } from '../ui/toast.tsx'
import { AddressText } from './AddressText.tsx'
import { EntryPicker } from './EntryPicker.tsx'
import { Listing } from './Listing.tsx'
import { reason, usePaged, useSettled } from './load.ts'
import type { AuditRecord } from './wire.ts'
import { detailWords, giverName, recordWord } from './words.ts'

/** What is asked of the log, and the names of the acts that answer it. */
const questions = {
  all: '',
  read: 'message.read,message.search,collection.open,access.break-glass',
  sent: 'message.send',
  deleted: 'message.delete,collection.delete,account.delete,group.delete,queue.delete',
  changed: 'message.flag,message.move,message.copy,message.append,message.note,collection.create,collection.rename',
  granted: 'grant.,sendright.,share.,access.,group.add,group.remove,admin.',
  accounts: 'account.,alias.,identity.,group.,admin.,absence.',
  signedIn: 'session.,account.session.,account.factor.,account.password',
  queue: 'queue.',
} as const

type Question = keyof typeof questions

interface Filter {
  question: Question
  actor: string
  target: string
  from: string
  to: string
}

/** The first and the last moment of a filter's days, as the person's clock has them. */
function query(f: Filter): Record<string, string | undefined> {
  const end = f.to ? new Date(`${f.to}T00:00:00`) : undefined
  end?.setDate(end.getDate() + 1)
  return {
    action: questions[f.question], actor: f.actor.trim(), target: f.target.trim(),
    from: f.from ? new Date(`${f.from}T00:00:00`).toISOString() : undefined, to: end?.toISOString(),
  }
}

/** Who read, sent, deleted, granted: the audit log, newest first. */
export function Audit({ asked, of }: { asked: string; of: string }) {
  const t = useText()
  const api = useApi()
  const format = useFormat()
  const [filter, setFilter] = useState<Filter>({ question: asked in questions ? (asked as Question) : 'all', actor: '', target: of, from: '', to: '' })
  const [open, setOpen] = useState<AuditRecord | null>(null)
  const [busy, setBusy] = useState(false)
  const set = (change: Partial<Filter>) => setFilter({ ...filter, ...change })
  const settled = useSettled(filter, 400)
  const list = usePaged<AuditRecord>(JSON.stringify(settled), async (last, max, signal) =>
    ((await api.get<AuditRecord[] | null>(adminPath('audit'), { ...query(settled), latest: true, before: last?.seq, max }, signal)) ?? []).toReversed(),
  )
  const save = async () => {
    setBusy(true)
    try {
      const { count, all } = await download(api, query(filter))
      if (all) tell(t('admin.exported', { count }))
      else tellFailure(t('admin.exportedPart', { count }))
    } catch (error) {
      tellFailure(reason(error, t))
    }
    setBusy(false)
  }
  return (
    <>
      <div className="admin-bar">
        <PageHead title={t('admin.audit')}>{t('admin.auditWhy')}</PageHead>
        <Button kind="line" isDisabled={busy} onPress={() => void save()}>
          <Icon name="download" />
          {t('admin.export')}
        </Button>
      </div>
      <section className="form-grid audit-filter" aria-label={t('admin.filter')}>
        <Choose label={t('admin.what')} value={filter.question} options={(Object.keys(questions) as Question[]).map((id) => ({ id, text: t(`admin.question.${id}` as MessageId) }))} onChange={(question) => set({ question })} />
        <EntryPicker label={t('admin.actor')} of="accounts" value={filter.actor} onChange={(actor) => set({ actor })} />
        <EntryPicker label={t('admin.onWhat')} of="both" value={filter.target} onChange={(target) => set({ target })} />
        <Field label={t('admin.from')} type="date" value={filter.from} onChange={(from) => set({ from })} />
        <Field label={t('admin.to')} type="date" value={filter.to} onChange={(to) => set({ to })} />
      </section>
      <Listing<AuditRecord>
        label={t('admin.audit')}
        rows={list.value}
        error={list.error}
        onAgain={list.again}
        id={(r) => String(r.seq)}
        onOpen={setOpen}
        more={list.more}
        busy={list.busy}
        empty={{ icon: 'list', title: t('admin.noRecords') }}
        fields={[
          { id: 'at', title: t('admin.when'), tight: true, render: (r) => <time dateTime={r.at}>{format.exact(r.at)}</time> },
          { id: 'actor', title: t('admin.actor'), titled: true, render: (r) => <AddressText of={r.actor} /> },
          { id: 'action', title: t('admin.what'), isName: true, render: (r) => (r.erased ? t('admin.erased') : recordWord(t, r.action)) },
          { id: 'target', title: t('admin.onWhat'), titled: true, render: (r) => <><AddressText of={r.target} />{r.collection && r.collection !== '/' && <bdi className="quiet"> {plain(r.collection)}</bdi>}</> },
          { id: 'details', title: t('admin.details'), minor: true, render: (r) => <bdi className="cut details">{details(r, t)}</bdi> },
        ]}
      />
      {open && (
        <Dialog title={open.erased ? t('admin.erased') : recordWord(t, open.action)} size="wide" onClose={() => setOpen(null)}>
          <dl className="record-facts">
            {facts(open, format.full(open.at), t).map(([title, value]) => (
              <div key={title}>
                <dt>{title}</dt>
                <dd>
                  <bdi>{value}</bdi>
                </dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </>
  )
}

function details(r: AuditRecord, t: Text): string {
  return Object.entries(r.details ?? {}).map(([k, v]) => detailWords(t, k, v).join(': ')).join(' · ')
}

function facts(r: AuditRecord, at: string, t: Text): [string, string][] {
  const all: [string, string | undefined][] = [
    [t('admin.number'), String(r.seq)], [t('admin.when'), at], [t('admin.actor'), giverName(t, r.actor)], [t('admin.what'), r.action], [t('admin.onWhat'), r.target],
    [t('admin.folder'), r.collection], [t('admin.protocol'), r.protocol], [t('admin.credential'), r.credential], [t('admin.remote'), r.remote], ...Object.entries(r.details ?? {}).map(([k, v]) => detailWords(t, k, v)),
  ]
  return all.filter((f): f is [string, string] => Boolean(f[1])).map(([title, value]) => [plain(title), plain(value)])
}

/** How many records one request of an export has, and how many a browser can be asked to hold. */
const batch = 5000
const most = 100_000

/** Saves every record that fits as JSON Lines, oldest first, as `postroom audit export` does; the first ones of very many. */
async function download(api: Api, filter: Record<string, string | undefined>): Promise<{ count: number; all: boolean }> {
  const parts: Blob[] = []
  let count = 0
  let all = false
  for (let after = 0; ; ) {
    const page = (await api.get<AuditRecord[] | null>(adminPath('audit'), { ...filter, after, max: batch })) ?? []
    parts.push(new Blob([page.map((r) => `${JSON.stringify(r)}\n`).join('')]))
    count += page.length
    all = page.length < batch
    if (all || count >= most) break
    after = page.at(-1)!.seq
  }
  const url = URL.createObjectURL(new Blob(parts, { type: 'application/jsonl' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'audit.jsonl'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
  return { count, all }
}
