import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { ContactRow } from './ContactRow.tsx'
import { answerRequest, type GroupRequest } from './group.ts'

interface Props {
  requests: readonly GroupRequest[]
  /** Says of which list each is. */
  withGroup?: boolean
  onAnswer?: () => Promise<void>
}

/** Those who ask to join or leave a list that one owns. */
export function Requests({ requests, withGroup, onAnswer }: Props) {
  const t = useText()
  const format = useFormat()
  const store = useStore()
  if (requests.length === 0) return null
  const answer = async (request: GroupRequest, state: 'approved' | 'refused') => {
    try {
      await answerRequest(store, request.id, state)
      tell(t(`contacts.${state}`, { name: plain(request.name) || request.email }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await onAnswer?.()
  }
  return (
    <section className="page-section" aria-labelledby="contacts-requests">
      <header>
        <h3 id="contacts-requests">{t('contacts.requests')}</h3>
      </header>
      <ul className="contact-list">
        {requests.map((r) => {
          const name = plain(r.name) || r.email
          const words = t(withGroup ? `contacts.asks.${r.act}.of` : `contacts.asks.${r.act}`, { group: plain(r.groupEmail), date: format.day(r.created) })
          return (
            <ContactRow key={r.id} name={r.name} email={r.email} kind="individual" note={words}>
              <Button kind="line" aria-label={t('contacts.refuseOf', { name })} onPress={() => void answer(r, 'refused')}>
                {t('contacts.refuse')}
              </Button>
              <Button kind="main" aria-label={t('contacts.approveOf', { name })} onPress={() => void answer(r, 'approved')}>
                {t('contacts.approve')}
              </Button>
            </ContactRow>
          )
        })}
      </ul>
    </section>
  )
}
