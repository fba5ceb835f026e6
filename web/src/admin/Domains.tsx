import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { roomHref } from '../mail/route.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { tell, tellFailure } from '../ui/toast.tsx'
import { Listing } from './Listing.tsx'
import { reason, useLoad } from './load.ts'
import type { DNSRecord, Domain, PublishedRecord, PublishedState } from './wire.ts'
import { zoneFile } from './zone.ts'

/** The domains one may know of. */
export function Domains() {
  const t = useText()
  const api = useApi()
  const { value, error, again } = useLoad<readonly Domain[]>('domains', async (signal) => (await api.get<Domain[] | null>(adminPath('domains'), {}, signal)) ?? [])
  return (
    <>
      <PageHead title={t('admin.domains')}>{t('admin.domainsWhy')}</PageHead>
      <Listing<Domain>
        label={t('admin.domains')}
        rows={value}
        error={error}
        onAgain={again}
        id={(d) => d.name}
        href={(d) => roomHref('admin', `domains/${d.name}`)}
        empty={{ icon: 'language', title: t('admin.noneFound') }}
        fields={[
          { id: 'name', title: t('admin.domain'), isName: true, render: (d) => <bdi>{plain(d.name)}</bdi> },
          { id: 'org', title: t('admin.organisation'), minor: true, render: (d) => <bdi>{plain(d.organisation)}</bdi> },
          { id: 'dkim', title: t('admin.selector'), minor: true, render: (d) => <bdi>{plain(d.dkim_selector) || '–'}</bdi> },
        ]}
      />
    </>
  )
}

type Row = DNSRecord & Partial<PublishedRecord>

/** One domain, with the records to publish for it, and what the public DNS says. */
export function DomainPage({ name }: { name: string }) {
  const t = useText()
  const api = useApi()
  const [checking, setChecking] = useState(0)
  const { value, error, again } = useLoad<readonly DNSRecord[]>(name, async (signal) => (await api.get<DNSRecord[] | null>(adminPath('domains', name, 'records'), {}, signal)) ?? [])
  const check = useLoad<readonly PublishedRecord[] | null>(`${name} ${checking}`, async (signal) => (checking === 0 ? null : ((await api.get<PublishedRecord[] | null>(adminPath('domains', name, 'published'), {}, signal)) ?? [])))
  const busy = checking > 0 && check.value === undefined && check.error === undefined
  const copy = (text: string) => {
    navigator.clipboard.writeText(text).then(
      () => tell(t('admin.copied')),
      () => tellFailure(t('admin.notCopied')),
    )
  }
  const rows: readonly Row[] | undefined = check.value ?? value
  const checked = Boolean(check.value)
  const nobody = check.value ? unasked(check.value) : false
  return (
    <>
      <PageHead title={plain(name)}>{t('admin.recordsWhy')}</PageHead>
      <div className="admin-bar">
        <p className="quiet" aria-live="polite">
          {busy ? t('admin.checking') : check.value ? summary(t, check.value) : t('admin.checkWhy')}
        </p>
        <Button kind="line" isDisabled={!value} onPress={() => copy(zoneFile(value ?? []))}>
          <Icon name="copy" />
          {t('admin.copyZone')}
        </Button>
        <Button kind="main" isDisabled={busy} onPress={() => setChecking(checking + 1)}>
          <Icon name="refresh" />
          {t(checked ? 'admin.checkAgain' : 'admin.check')}
        </Button>
      </div>
      {check.error !== undefined && (
        <p className="admin-fault" role="alert">
          {reason(check.error, t)}
        </p>
      )}
      <Listing<Row>
        label={t('admin.records')}
        rows={rows}
        error={error}
        onAgain={again}
        id={(r) => `${r.type} ${r.name} ${r.value}`}
        busy={busy}
        empty={{ icon: 'language', title: t('admin.noneFound') }}
        fields={[
          ...(checked ? [{ id: 'state', title: t('admin.published'), tight: true, render: (r: Row) => r.state && <Published state={r.state} /> }] : []),
          { id: 'name', title: t('admin.recordName'), isName: true, render: (r) => <code>{plain(r.name)}</code> },
          { id: 'type', title: t('admin.recordType'), tight: true, render: (r) => <code>{plain(r.type)}</code> },
          { id: 'value', title: t('admin.recordValue'), render: (r) => <Value record={nobody ? { ...r, reason: '' } : r} /> },
          { id: 'copy', title: t('admin.do'), tight: true, render: (r) => r.value && <IconButton icon="copy" label={t('admin.copyOf', { name: `${plain(r.type)} ${plain(r.name)}` })} onPress={() => copy(r.value)} /> },
        ]}
      />
    </>
  )
}

/** Whether nothing at all was answered: then the reason is told once. */
const unasked = (list: readonly PublishedRecord[]) => list.length > 0 && list.every((r) => r.state === 'unknown')

function summary(t: ReturnType<typeof useText>, list: readonly PublishedRecord[]): string {
  // What the server says of a record begins with that the DNS was not asked; here it is said already.
  if (unasked(list)) return [t('admin.checkedNothing'), plain(list[0]?.reason).replace(/^the DNS could not be asked: /, '')].filter(Boolean).join(': ')
  const wrong = list.filter((r) => r.state !== 'found').length
  return wrong === 0 ? t('admin.checkedWell') : t('admin.checkedWrong', { count: wrong, all: list.length })
}

const marks: Record<PublishedState, IconName> = { found: 'check', missing: 'close', differs: 'contrast', unknown: 'help' }

function Published({ state }: { state: PublishedState }) {
  const t = useText()
  return (
    <span className="published" data-state={state}>
      <Icon name={marks[state]} />
      {t(`admin.published.${state}`)}
    </span>
  )
}

/** What should be there, and below what is, when it is not the same. */
function Value({ record }: { record: Row }) {
  const t = useText()
  const other = (record.published ?? []).filter((v) => v !== record.value)
  return (
    <>
      {record.value && <code className="record">{plain(record.value)}</code>}
      {record.state && other.length > 0 && (
        <div className="published-now">
          <span className="quiet">{t('admin.publishedNow')}</span>
          {other.map((v) => (
            <code key={v} className="record">
              {plain(v)}
            </code>
          ))}
        </div>
      )}
      {record.reason && <p className="quiet published-why">{plain(record.reason)}</p>}
    </>
  )
}
