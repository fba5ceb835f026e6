import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { askGroup, type FullGroup, groupName, type GroupRequest } from './group.ts'

interface Props {
  group: FullGroup
  /** One's own that wait. */
  requests: readonly GroupRequest[]
  onChange: () => Promise<void>
}

/** Whether one is in a list oneself, and how one comes in and out. */
export function Membership({ group, requests, onChange }: Props) {
  const t = useText()
  const format = useFormat()
  const store = useStore()
  const [leaving, setLeaving] = useState(false)
  const name = plain(groupName(group))
  const policy = group.isMember ? group.unsubscribe : group.subscribe
  const [request] = requests
  const act = group.isMember ? 'leave' : 'join'
  const ask = async () => {
    setLeaving(false)
    try {
      const state = await askGroup(store, group.id, act)
      tell(t(state === 'waiting' ? 'contacts.asked' : `contacts.${act}.done`, { name }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await onChange()
  }
  const words = () => {
    if (request) return t(`contacts.waiting.${request.act}`, { date: format.day(request.created) })
    if (group.isDynamic) return t(group.isHeld ? 'contacts.inByFilter' : 'contacts.byFilter')
    if (group.isMember) return t(`contacts.in.${policy}`)
    return t(group.isHeld ? 'contacts.inThrough' : `contacts.out.${policy}`)
  }
  const may = !request && !group.isDynamic && policy !== 'closed' && (group.isMember || !group.isHeld)
  return (
    <section className="page-section" aria-labelledby="contacts-membership">
      <header>
        <h3 id="contacts-membership">{t('contacts.membership')}</h3>
        <p>{words()}</p>
      </header>
      {may && (
        <div className="page-actions">
          <Button kind="line" onPress={() => (act === 'leave' ? setLeaving(true) : void ask())}>
            {t(`contacts.${act}.${policy === 'open' ? 'open' : 'approval'}`)}
          </Button>
        </div>
      )}
      {leaving && (
        <Dialog title={t('contacts.leaveTitle', { name })} onClose={() => setLeaving(false)}>
          <p>{group.gives && group.gives.length > 0 ? t('contacts.leaveLoses', { what: group.gives.map((g) => plain(g.name) || g.email).join(', ') }) : t('contacts.leaveWhy')}</p>
          <footer className="dialog-foot">
            <Button onPress={() => setLeaving(false)}>{t('ui.cancel')}</Button>
            <Button kind="main" onPress={() => void ask()}>
              {t(`contacts.leave.${policy === 'open' ? 'open' : 'approval'}`)}
            </Button>
          </footer>
        </Dialog>
      )}
    </section>
  )
}
