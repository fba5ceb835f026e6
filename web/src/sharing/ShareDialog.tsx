import { useLingui } from '@lingui/react'
import { useCallback, useMemo, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { folderName } from '../mail/folder.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import type { Store } from '../store/store.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import { GrantRow } from './GrantRow.tsx'
import { type Grant, homeOf, loadGrants, loadPrincipals, loadShares, type Principal, setOne, type Share } from './share.ts'
import { ShareForm } from './ShareForm.tsx'

interface Props {
  account: Id
  /** Null: all of the account. */
  mailbox: Id | null
  onClose: () => void
}

interface Shared {
  grants: Grant[]
  principals: Map<Id, Principal>
  /** What others answered to what this person shares. */
  answers: Share[]
}

export async function loadShared(store: Store, account: Id, locale: string): Promise<Shared> {
  const answered = loadShares(store, 'byMe', locale)
  const grants = await loadGrants(store, account, locale)
  const principals = await loadPrincipals(store, grants.flatMap((g) => g.principalId ?? []))
  return { grants, principals, answers: (await answered).filter((s) => s.accountId === account) }
}

/** The grants above a folder that reach it, the nearest first. */
function inherited(store: Store, account: Id, mailbox: Id | null, grants: readonly Grant[]): Grant[] {
  if (mailbox === null) return []
  const above: (Id | null)[] = []
  for (let at = store.get(account, 'Mailbox', mailbox)?.parentId ?? null; at; at = store.get(account, 'Mailbox', at)?.parentId ?? null) above.push(at)
  above.push(null)
  const here = new Set(grants.filter((g) => g.mailboxId === mailbox).map((g) => g.grantee))
  return above.flatMap((id) => {
    const found = grants.filter((g) => g.mailboxId === id && !here.has(g.grantee))
    for (const g of found) here.add(g.grantee)
    return found
  })
}

/** With whom a folder, or all of a mailbox, is shared: one sees it, changes it and takes it back. */
export default function ShareDialog({ account, mailbox, onClose }: Props) {
  const t = useText()
  const store = useStore()
  const { i18n } = useLingui()
  const load = useCallback(() => loadShared(store, account, i18n.locale), [store, account, i18n.locale])
  const shared = useLoaded(load)
  const [changing, setChanging] = useState<Id | null>(null)
  const box = mailbox ? store.get(account, 'Mailbox', mailbox) : undefined
  const owner = plain(store.account(account)?.name)
  const what = box ? plain(folderName(box, t)) : owner
  const { value } = shared
  const here = useMemo(() => value?.grants.filter((g) => g.mailboxId === mailbox) ?? [], [value, mailbox])
  const above = useMemo(() => (value ? inherited(store, account, mailbox, value.grants) : []), [store, account, mailbox, value])

  const revoke = async (grant: Grant, name: string) => {
    try {
      await setOne(store, 'Grant', account, { destroy: [grant.id] })
      tell(t('sharing.revoked', { name, what }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await shared.reload()
  }
  const done = (text: string) => {
    setChanging(null)
    tell(text)
    void shared.reload()
  }

  return (
    <Dialog title={t(mailbox ? 'sharing.shareFolder' : 'sharing.shareMailbox', { what })} size="wide" onClose={onClose}>
      {account !== homeOf(store) && <p className="quiet share-of">{t('sharing.folderOf', { owner })}</p>}
      {value === undefined ? (
        <LoadedBlank of={shared} />
      ) : (
        <>
          {here.length > 0 && (
            <section aria-labelledby="share-here">
              <h3 id="share-here" className="share-heading">
                {t('sharing.sharedWith')}
              </h3>
              <ul className="share-list">
                {here.map((grant) => (
                  <li key={grant.id}>
                    <GrantRow grant={grant} principals={value.principals} answers={value.answers} expanded={changing === grant.id} onChange={() => setChanging(changing === grant.id ? null : grant.id)} onRevoke={(name) => void revoke(grant, name)} />
                    {changing === grant.id && <ShareForm account={account} mailbox={mailbox} what={what} grant={grant} principal={grant.principalId ? value.principals.get(grant.principalId) : undefined} onDone={done} onCancel={() => setChanging(null)} />}
                  </li>
                ))}
              </ul>
            </section>
          )}
          {changing === null && (
            <section aria-labelledby="share-new">
              <h3 id="share-new" className={here.length > 0 ? 'share-heading' : 'unseen'}>
                {t('sharing.withOthers')}
              </h3>
              <ShareForm account={account} mailbox={mailbox} what={what} onDone={done} onCancel={onClose} />
            </section>
          )}
          {above.length > 0 && (
            <section aria-labelledby="share-above">
              <h3 id="share-above" className="share-heading">
                {t('sharing.fromAbove')}
              </h3>
              <ul className="share-list">
                {above.map((grant) => (
                  <li key={grant.id}>
                    <GrantRow grant={grant} principals={value.principals} answers={[]} place={placeOf(store, account, grant, t('sharing.wholeMailbox'))} />
                  </li>
                ))}
              </ul>
            </section>
          )}
        </>
      )}
    </Dialog>
  )

  function placeOf(of: Store, id: Id, grant: Grant, whole: string): string {
    const at = grant.mailboxId ? of.get(id, 'Mailbox', grant.mailboxId) : undefined
    return at ? plain(folderName(at, t)) : whole
  }
}
