import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import type { Gift } from './group.ts'

/** What one has by being in a list, in sentences. */
export function Gives({ gives, own }: { gives: readonly Gift[]; own: boolean }) {
  const t = useText()
  return (
    <section className="page-section" aria-labelledby="contacts-gives">
      <header>
        <h3 id="contacts-gives">{t('contacts.gives')}</h3>
        <p className="quiet">{t(gives.length === 0 ? 'contacts.givesNothing' : own ? 'contacts.givesYou' : 'contacts.givesThem')}</p>
      </header>
      {gives.length > 0 && (
        <ul className="contact-gives">
          {gives.map((gift) => (
            <li key={gift.email}>
              <strong>
                <bdi>{plain(gift.name) || plain(gift.email)}</bdi>
              </strong>
              {gift.name && <bdi className="quiet"> {plain(gift.email)}</bdi>}
              <ul>
                {gift.summary.map((line) => (
                  <li key={line}>{plain(line)}</li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
