import { useLingui } from '@lingui/react'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { folderName, offerName } from '../mail/folder.ts'
import { plain } from '../mail/person.ts'
import { formatRoute } from '../mail/route.ts'
import { GrantRow, granteeName, untilText } from '../sharing/GrantRow.tsx'
import { answerShare, type Grant, homeOf, isRole, loadGrants, loadPrincipals, loadShares, type Principal, setOne, type Share } from '../sharing/share.ts'
import { ShareForm } from '../sharing/ShareForm.tsx'
import { useStore } from '../store/hooks.ts'
import type { Store } from '../store/store.ts'
import { giveBack } from '../ui/focus.ts'
import { Button } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'

interface Given extends Grant {
  account: Id
}

interface State {
  withMe: Share[]
  byMe: Share[]
  given: Given[]
  principals: Map<Id, Principal>
}

/** All that this person shares: of their own mailbox, and what they gave elsewhere. */
async function load(store: Store, locale: string): Promise<State> {
  const home = homeOf(store)
  const asked = [loadShares(store, 'withMe', locale), loadShares(store, 'byMe', locale)] as const
  const own = loadGrants(store, home, locale)
  const [withMe, byMe] = await Promise.all(asked)
  const elsewhere = [...new Set(byMe.map((s) => s.accountId))].filter((id) => id !== home && store.account(id))
  // Who may share no longer there is not shown what others do.
  const lists = await Promise.all([own.then((list) => list.map((g) => ({ ...g, account: home }))), ...elsewhere.map((id) => loadGrants(store, id, locale).then((list) => list.map((g) => ({ ...g, account: id })), () => []))])
  const given = lists.flat()
  return { withMe, byMe, given, principals: await loadPrincipals(store, given.flatMap((g) => g.principalId ?? [])) }
}

/** What is offered to one, shared with one, and shared by one. */
export default function Sharing() {
  const t = useText()
  const store = useStore()
  const { i18n } = useLingui()
  const read = useCallback(() => load(store, i18n.locale), [store, i18n.locale])
  const loaded = useLoaded(read)
  const sending = useRef(new Set<string>())
  const { value, reload } = loaded
  // What is offered or taken back meanwhile is seen at once.
  useEffect(() => store.emitter.on('offers', () => void reload()), [store, reload])
  if (!value) {
    return (
      <>
        <PageHead title={t('sharing.title')} />
        <LoadedBlank of={loaded} />
      </>
    )
  }

  const answer = async (share: Share, said: 'accepted' | 'declined') => {
    // The same once; another may be given as soon as a push has shown that it can be.
    const one = `${share.id} ${said}`
    if (sending.current.has(one)) return
    sending.current.add(one)
    try {
      await answerShare(store, share.id, said)
      tell(t(said === 'accepted' ? 'sharing.didAccept' : 'sharing.didDecline', { what: offerName(share, t) }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await reload()
    sending.current.delete(one)
    // What was answered stands elsewhere now, and its buttons are gone.
    if (document.activeElement === document.body) giveBack(null)
  }
  const withMe = (state: Share['state']) => value.withMe.filter((s) => s.state === state)
  const offered = withMe('pending')
  const accepted = withMe('accepted')
  const declined = withMe('declined')
  return (
    <>
      <PageHead title={t('sharing.title')}>{t('sharing.intro')}</PageHead>
      {offered.length > 0 && (
        <Section id="offered" title={t('sharing.offeredToMe')}>
          {offered.map((share) => (
            <ShareCard key={share.id} share={share}>
              <Button kind="main" aria-label={t('sharing.acceptWhat', { what: offerName(share, t) })} onPress={() => void answer(share, 'accepted')}>
                {t('sharing.accept')}
              </Button>
              <Button kind="line" aria-label={t('sharing.declineWhat', { what: offerName(share, t) })} onPress={() => void answer(share, 'declined')}>
                {t('sharing.decline')}
              </Button>
            </ShareCard>
          ))}
        </Section>
      )}
      <Section id="with-me" title={t('sharing.withMe')} empty={accepted.length === 0 ? t('sharing.noneWithMe') : ''}>
        {accepted.map((share) => (
          <ShareCard key={share.id} share={share}>
            <OpenLink share={share} />
            <Button aria-label={t('sharing.hideWhat', { what: offerName(share, t) })} onPress={() => void answer(share, 'declined')}>
              {t('sharing.hide')}
            </Button>
          </ShareCard>
        ))}
      </Section>
      {declined.length > 0 && (
        <Section id="declined" title={t('sharing.putAway')} why={t('sharing.putAwayWhy')}>
          {declined.map((share) => (
            <ShareCard key={share.id} share={share}>
              <Button kind="line" aria-label={t('sharing.showWhat', { what: offerName(share, t) })} onPress={() => void answer(share, 'accepted')}>
                {t('sharing.show')}
              </Button>
            </ShareCard>
          ))}
        </Section>
      )}
      <ByMe value={value} reload={reload} />
    </>
  )
}

function Section({ id, title, why, empty, children }: { id: string; title: string; why?: string; empty?: string; children: ReactNode }) {
  return (
    <section className="page-section sharing-section" aria-labelledby={`sharing-${id}`}>
      <header>
        <h3 id={`sharing-${id}`}>{title}</h3>
        {why && <p className="quiet">{why}</p>}
      </header>
      {empty ? <p className="quiet">{empty}</p> : <ul className="share-list">{children}</ul>}
    </section>
  )
}

/** Something shared with this person: what, by whom, what they may do, until when, by which group. */
function ShareCard({ share, children }: { share: Share; children: ReactNode }) {
  const t = useText()
  const format = useFormat()
  const owner = plain(share.ownerName) || share.ownerEmail
  const via = share.via.filter((word) => word !== share.withEmail)
  const facts = [isRole(share.role) ? t(`sharing.role.${share.role}`) : plain(share.summary).replace(/\.$/, ''), untilText(share.until, t, format), via.length > 0 ? t('sharing.via', { names: via.map(plain).join(', ') }) : ''].filter(Boolean)
  return (
    <li className="party">
      <span className="avatar avatar-small" data-shape="folder" aria-hidden="true">
        <Icon name={share.mailboxId ? 'folder' : 'inboxes'} />
      </span>
      <div className="party-words">
        <p className="party-name">
          <bdi className="cut">{share.mailboxId ? offerName(share, t) : owner}</bdi>
          <span className="quiet cut">{share.mailboxId ? t('sharing.of', { owner }) : t('sharing.wholeMailbox')}</span>
        </p>
        <p className="quiet">{facts.join(' · ')}</p>
      </div>
      <div className="party-actions">{children}</div>
    </li>
  )
}

function OpenLink({ share }: { share: Share }) {
  const t = useText()
  const store = useStore()
  const mailboxes = store.account(share.accountId) ? store.table(share.accountId, 'Mailbox').all() : []
  const target = share.mailboxId ? mailboxes.find((m) => m.id === share.mailboxId) : (mailboxes.find((m) => m.role === 'inbox') ?? mailboxes[0])
  if (!target) return null
  return (
    <a className="button" data-kind="line" href={formatRoute({ place: { kind: 'folder', account: share.accountId, mailbox: target.id }, search: '', open: null })}>
      {t('sharing.open')}
    </a>
  )
}

/** What this person shares: each folder, and who has it. */
function ByMe({ value, reload }: { value: State; reload: () => Promise<void> }) {
  const t = useText()
  const store = useStore()
  const [changing, setChanging] = useState<string | null>(null)
  const places = new Map<string, Given[]>()
  for (const grant of value.given) {
    const key = `${grant.account}/${grant.mailboxId ?? ''}`
    places.set(key, [...(places.get(key) ?? []), grant])
  }
  const nameOf = (grant: Given) => {
    const box = grant.mailboxId ? store.get(grant.account, 'Mailbox', grant.mailboxId) : undefined
    return box ? plain(folderName(box, t)) : t('sharing.wholeOfMine')
  }
  const revoke = async (grant: Given) => {
    const name = granteeName(grant, value.principals, t)
    try {
      await setOne(store, 'Grant', grant.account, { destroy: [grant.id] })
      tell(t('sharing.revoked', { name, what: nameOf(grant) }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await reload()
  }
  const done = (text: string) => {
    setChanging(null)
    tell(text)
    void reload()
  }
  return (
    <section className="page-section sharing-section" aria-labelledby="sharing-by-me">
      <header>
        <h3 id="sharing-by-me">{t('sharing.byMe')}</h3>
        {places.size === 0 && <p className="quiet">{t('sharing.noneByMe')}</p>}
      </header>
      {[...places].map(([key, grants]) => (
        <section key={key} className="sharing-place" aria-label={nameOf(grants[0]!)}>
          <h4>
            <Icon name={grants[0]!.mailboxId ? 'folder' : 'inboxes'} />
            <bdi className="cut">{nameOf(grants[0]!)}</bdi>
            {grants[0]!.account !== homeOf(store) && <span className="quiet cut">{t('sharing.of', { owner: plain(store.account(grants[0]!.account)?.name) })}</span>}
          </h4>
          <ul className="share-list">
            {grants.map((grant) => (
              <li key={grant.id}>
                <GrantRow
                  grant={grant}
                  principals={value.principals}
                  answers={value.byMe.filter((s) => s.accountId === grant.account)}
                  expanded={changing === grant.id}
                  onChange={() => setChanging(changing === grant.id ? null : grant.id)}
                  onRevoke={() => void revoke(grant)}
                />
                {changing === grant.id && (
                  <ShareForm account={grant.account} mailbox={grant.mailboxId} what={nameOf(grant)} grant={grant} principal={grant.principalId ? value.principals.get(grant.principalId) : undefined} onDone={done} onCancel={() => setChanging(null)} />
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </section>
  )
}
