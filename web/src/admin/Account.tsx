import { type ReactNode, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, useApi } from '../session/api.ts'
import { roomHref } from '../mail/route.ts'
import { Blank } from '../ui/Blank.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Choose, Field } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHead } from '../ui/PageHead.tsx'
import { useMay } from './abilities.ts'
import { Doing } from './change.tsx'
import { Delegates } from './Delegates.tsx'
import { displays } from './delegation.tsx'
import { Holders } from './Holders.tsx'
import { entryHref } from './link.ts'
import { reason, useLoad } from './load.ts'
import type { Account, Change, Plan } from './wire.ts'
import { kindWord } from './words.ts'

const tabs = ['', 'delegates', 'who', 'what'] as const

/** One account: what it is, who works in it, who has access, what it has access to. */
export function AccountPage({ name, tab }: { name: string; tab: string }) {
  const t = useText()
  const api = useApi()
  const { value: account, error, again } = useLoad<Account>(name, (signal) => api.get(adminPath('accounts', name), {}, signal))
  if (!account) return error === undefined ? <Blank icon="refresh" title={t('ui.loading')} /> : <Blank icon="person" title={reason(error, t)} />
  const shown = tabs.filter((id) => id !== 'what' || account.kind === 'person')
  return (
    <>
      <div className="entry-head">
        <PageHead title={plain(account.name) || plain(account.address)}>
          <bdi>{plain(account.address)}</bdi> · {kindWord(t, account.kind)}
        </PageHead>
        <nav className="tabs" aria-label={t('admin.partsOf', { name: plain(account.address) })}>
          {shown.map((id) => (
            <a key={id} href={entryHref('accounts', account, id)} aria-current={id === tab ? 'page' : undefined}>
              {t(`admin.tab.${id || 'account'}`)}
            </a>
          ))}
        </nav>
      </div>
      {tab === '' && <Overview key={JSON.stringify(account)} account={account} onChanged={again} />}
      {tab === 'delegates' && <Delegates account={account} onChanged={again} />}
      {tab === 'who' && <Holders label={t('admin.tab.who')} path={adminPath('access', 'who')} query={{ target: account.address }} subject={(h) => [h.address, account.address]} />}
      {tab === 'what' && <Holders label={t('admin.tab.what')} path={adminPath('access', 'what')} query={{ user: account.address }} subject={(h) => [account.address, h.address]} />}
    </>
  )
}

function Overview({ account, onChanged }: { account: Account; onChanged: () => void }) {
  const t = useText()
  const api = useApi()
  const format = useFormat()
  const [name, setName] = useState(account.name)
  const [plan, setPlan] = useState(account.plan ?? '')
  const [displayed, setDisplayed] = useState(account.displayed_sender)
  const [switching, setSwitching] = useState(false)
  const may = useMay('change-accounts')
  const mayAudit = useMay('read-audit')
  const maySwitch = useMay('switch-login')
  const { value: plans } = useLoad<Plan[] | null>('plans', (signal) => api.get(adminPath('plans'), {}, signal))
  const body = {
    ...(name !== account.name && { name }),
    ...(plan !== (account.plan ?? '') && { plan }),
    ...(displayed !== account.displayed_sender && { displayed_sender: displayed }),
  }
  const change: Change | null = Object.keys(body).length > 0 ? { method: 'PATCH', path: ['accounts', account.uuid], body, ...(account.version && { match: account.version }) } : null
  const mine = (plans ?? []).filter((p) => !account.organisation || p.organisation === account.organisation)
  return (
    <>
      <dl className="facts">
        <Fact title={t('admin.login')}>
          {t(account.state !== 'active' ? 'admin.inactive' : account.login ? 'admin.loginOn' : 'admin.loginOff')}
          {maySwitch && (
            <Button kind="line" onPress={() => setSwitching(true)}>
              {t(account.login ? 'admin.turnOff' : 'admin.turnOn')}
            </Button>
          )}
        </Fact>
        <Fact title={t('admin.used')}>{account.quota_bytes > 0 ? t('admin.usedOf', { used: format.size(account.used_bytes), most: format.size(account.quota_bytes) }) : format.size(account.used_bytes)}</Fact>
        <Fact title={t('admin.aliases')}>{account.aliases?.length ? <bdi>{account.aliases.map((a) => plain(a.address)).join(', ')}</bdi> : t('admin.none')}</Fact>
        {account.organisation && <Fact title={t('admin.organisation')}><bdi>{plain(account.organisation)}</bdi></Fact>}
        <Fact title={t('admin.made')}>{format.full(account.created)}</Fact>
        {mayAudit && (
          <Fact title={t('admin.audit')}>
            <a href={roomHref('admin', `audit/all/${account.address}`)}>{t('admin.auditOf')}</a>
          </Fact>
        )}
      </dl>
      <section className="page-section form-grid" aria-label={t('admin.tab.account')}>
        <Field label={t('admin.name')} value={name} onChange={setName} isDisabled={!may} />
        <Choose label={t('admin.plan')} isDisabled={!may} value={`plan ${plan}`} options={withNow(mine.map((p) => p.name), plan).map((id) => ({ id: `plan ${id}`, text: id || t('admin.none') }))} onChange={(id) => setPlan(id.slice('plan '.length))} />
        <Choose label={t('admin.displayedOf')} hint={account.shown_sender && displayed === 'inherit' && account.displayed_sender === 'inherit' ? t('admin.displayedNow', { what: t(`admin.displayed.${account.shown_sender}`) }) : ''} isDisabled={!may} value={displayed} options={displays.map((id) => ({ id, text: t(`admin.displayed.${id}`), hint: t(`admin.displayedOf.${id}`) }))} onChange={setDisplayed} />
      </section>
      {may && <Doing change={change} act={t('admin.save')} told={t('admin.saved')} onDone={onChanged} onOutdated={onChanged} />}
      {switching && (
        <Dialog title={t(account.login ? 'admin.turnOffOf' : 'admin.turnOnOf', { name: plain(account.address) })} onClose={() => setSwitching(false)}>
          <p>{t(account.login ? 'admin.turnOffWhy' : 'admin.turnOnWhy')}</p>
          <Doing
            change={{ method: 'PATCH', path: ['accounts', account.uuid], body: { login: !account.login }, ...(account.version && { match: account.version }) }}
            act={t(account.login ? 'admin.turnOff' : 'admin.turnOn')}
            danger={account.login}
            told={t(account.login ? 'admin.turnedOff' : 'admin.turnedOn', { name: plain(account.address) })}
            onDone={() => (setSwitching(false), onChanged())}
            onCancel={() => setSwitching(false)}
            onOutdated={() => (setSwitching(false), onChanged())}
          />
        </Dialog>
      )}
    </>
  )
}

/** The choices, and what is chosen now if it is none of them. */
function withNow(choices: readonly string[], now: string): string[] {
  return choices.includes(now) ? [...choices] : [now, ...choices]
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  )
}
