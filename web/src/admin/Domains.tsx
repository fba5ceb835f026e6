import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { roomHref } from '../mail/route.ts'
import { adminPath, useApi } from '../session/api.ts'
import { IconButton } from '../ui/Button.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { tell, tellFailure } from '../ui/toast.tsx'
import { Listing } from './Listing.tsx'
import { useLoad } from './load.ts'
import type { DNSRecord, Domain } from './wire.ts'

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

/** One domain, with the records to publish for it. */
export function DomainPage({ name }: { name: string }) {
  const t = useText()
  const api = useApi()
  const { value, error, again } = useLoad<readonly DNSRecord[]>(name, async (signal) => (await api.get<DNSRecord[] | null>(adminPath('domains', name, 'records'), {}, signal)) ?? [])
  const copy = (text: string) => {
    navigator.clipboard.writeText(text).then(
      () => tell(t('admin.copied')),
      () => tellFailure(t('admin.notCopied')),
    )
  }
  return (
    <>
      <PageHead title={plain(name)}>{t('admin.recordsWhy')}</PageHead>
      <Listing<DNSRecord>
        label={t('admin.records')}
        rows={value}
        error={error}
        onAgain={again}
        id={(r) => `${r.type} ${r.name} ${r.value}`}
        empty={{ icon: 'language', title: t('admin.noneFound') }}
        fields={[
          { id: 'name', title: t('admin.recordName'), isName: true, render: (r) => <code>{plain(r.name)}</code> },
          { id: 'type', title: t('admin.recordType'), tight: true, render: (r) => <code>{plain(r.type)}</code> },
          { id: 'value', title: t('admin.recordValue'), render: (r) => <code className="record">{plain(r.value)}</code> },
          { id: 'copy', title: t('admin.do'), tight: true, render: (r) => <IconButton icon="copy" label={t('admin.copyOf', { name: `${plain(r.type)} ${plain(r.name)}` })} onPress={() => copy(r.value)} /> },
        ]}
      />
    </>
  )
}
