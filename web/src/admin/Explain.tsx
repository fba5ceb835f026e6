import { type FormEvent, useState } from 'react'
import { type MessageId, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Button } from '../ui/Button.tsx'
import { Choose, Field } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { EntryPicker } from './EntryPicker.tsx'
import { reason, useLoad } from './load.ts'
import { type Branch, treeOf } from './tree.ts'
import type { Access, Explanation, Step } from './wire.ts'
import { actWord, becauseWord, effectWord, explainedRights, givenWords, letterWords, nameOnWay, rightWord } from './words.ts'

const actions = ['read', 'seen', 'write', 'insert', 'delete', 'administer', 'private', 'sendAs', 'sendOnBehalfOf', 'sendTo', 'own'] as const
type Action = (typeof actions)[number]

interface Question {
  user: string
  target: string
  path: string
  action: Action
}

const sending = (action: Action) => action.startsWith('send') || action === 'own'

/** Who may do what, and why, or why not. */
export function Explain({ user, target }: { user: string; target: string }) {
  const t = useText()
  const [draft, setDraft] = useState<Question>({ user, target, path: '/Inbox', action: 'read' })
  const [asked, setAsked] = useState<Question | null>(user && target ? draft : null)
  const set = (change: Partial<Question>) => setDraft({ ...draft, ...change })
  const ask = (event: FormEvent) => {
    event.preventDefault()
    setAsked({ ...draft, user: draft.user.trim(), target: draft.target.trim() })
  }
  return (
    <>
      <PageHead title={t('admin.explain')}>{t('admin.explainWhy')}</PageHead>
      <form className="form-grid" onSubmit={ask}>
        <EntryPicker label={t('admin.person')} of="accounts" value={draft.user} onChange={(next) => set({ user: next })} isRequired />
        <EntryPicker label={t('admin.mailbox')} of="both" value={draft.target} onChange={(next) => set({ target: next })} isRequired />
        <Choose label={t('admin.action')} value={draft.action} options={actions.map((id) => ({ id, text: t(`admin.may.${id}` as MessageId) }))} onChange={(action) => set({ action })} />
        <Field label={t('admin.folder')} value={draft.path} onChange={(path) => set({ path })} isDisabled={sending(draft.action)} hint={t('admin.folderWhy')} />
        <div className="page-actions">
          <Button kind="main" type="submit" isDisabled={!draft.user.trim() || !draft.target.trim()}>
            {t('admin.ask')}
          </Button>
        </div>
      </form>
      {asked && <Answer key={JSON.stringify(asked)} question={asked} />}
    </>
  )
}

function Answer({ question }: { question: Question }) {
  const t = useText()
  const api = useApi()
  const { user, target, path, action } = question
  const { value, error } = useLoad<Access>(JSON.stringify(question), (signal) =>
    api.get(adminPath('access', 'explain'), { user, target: sending(action) ? target : `${target}:${path.startsWith('/') ? path : `/${path}`}`, action }, signal),
  )
  return (
    <>
      {error !== undefined && (
        <p className="admin-fault" role="alert">
          {reason(error, t)}
        </p>
      )}
      <div aria-live="polite">
        {!value && error === undefined && <p className="quiet">{t('ui.loading')}</p>}
        {value && <Told told={value.steps} action={action} />}
      </div>
    </>
  )
}

/** The answer with its grounds. */
function Told({ told, action }: { told: Explanation; action: Action }) {
  const t = useText()
  const steps = told.steps ?? []
  return (
    <section className="explained" data-allowed={told.allowed || undefined} aria-label={t('admin.answer')}>
      <header>
        <Icon name={told.allowed ? 'check' : 'close'} />
        <div>
          <h3>{t(told.allowed ? 'admin.allowed' : 'admin.notAllowed')}</h3>
          <p>
            {t('admin.allowedWhat', { person: plain(told.subject), action: t(`admin.may.${action}` as MessageId), place: plain(told.on) })} {t('admin.since', { reason: becauseWord(t, told.because) })}
          </p>
        </div>
      </header>
      <div className="tree">
        <p className="tree-name">
          <Icon name="person" />
          <bdi>{plain(told.subject)}</bdi>
        </p>
        {steps.length === 0 ? <p className="quiet tree-none">{t('admin.noWay')}</p> : <Ways branch={treeOf(told.subject, steps)} />}
      </div>
      <dl className="facts">
        {told.rights && (
          <div>
            <dt>{t('admin.rights')}</dt>
            <dd>
              {letterWords(t, told.rights)} <span className="quiet">{plain(told.rights)}</span>
            </dd>
          </div>
        )}
        {told.showSender && (
          <div>
            <dt>{t('admin.displayed')}</dt>
            <dd>{t('admin.displayed.show')}</dd>
          </div>
        )}
        {told.missing && told.missing.length > 0 && (
          <div>
            <dt>{t('admin.missing')}</dt>
            <dd>{told.missing.map((m) => missingWord(t, m)).join(', ')}</dd>
          </div>
        )}
        {told.couldGive && told.couldGive.length > 0 && (
          <div>
            <dt>{t('admin.couldGive')}</dt>
            <dd>
              <bdi>{told.couldGive.map((g) => giver(t, g)).join(', ')}</bdi>
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}

/** Letters of RFC 4314 that are missing, in words. */
const letters: Record<string, MessageId> = {
  l: 'admin.letter.l', r: 'admin.right.read', s: 'admin.right.seen', w: 'admin.right.write', i: 'admin.right.insert', p: 'admin.letter.p', k: 'admin.letter.k', x: 'admin.letter.x', t: 'admin.letter.t', e: 'admin.letter.e', a: 'admin.right.administer',
}

function missingWord(t: ReturnType<typeof useText>, word: string): string {
  const letter = letters[word]
  if (letter) return t(letter)
  if (word === 'active account') return t('admin.activeAccount')
  if (word.startsWith('address ')) return t('admin.addressNeeded', { address: plain(word.slice(8)) })
  return rightWord(t, word) === plain(word) ? actWord(t, word) : rightWord(t, word)
}

function giver(t: ReturnType<typeof useText>, g: { kind: string; name?: string }): string {
  const name = plain(g.name)
  return g.kind === 'owner' ? t('admin.giver.owner', { name }) : g.kind === 'delegate' ? t('admin.giver.delegate', { name }) : t('admin.giver.administrator')
}

function Ways({ branch }: { branch: Branch }) {
  const t = useText()
  return (
    <ul>
      {branch.steps.map((step, i) => (
        // A grant can be there twice: on a folder and above it, or positive and negative.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={`${step.on} ${i}`}>
          <GrantLine step={step} />
        </li>
      ))}
      {branch.branches.map((b) => (
        <li key={b.name}>
          <p className="tree-name">
            <Icon name="team" />
            <bdi>{nameOnWay(t, b.kind, b.name)}</bdi>
          </p>
          <Ways branch={b} />
        </li>
      ))}
    </ul>
  )
}

function GrantLine({ step }: { step: Step }) {
  const t = useText()
  const format = useFormat()
  const words = givenWords(t, step)
  const made = explainedRights(t, step)
  return (
    <div className="grant-line" data-effect={step.effect}>
      <span className="effect">{effectWord(t, step.effect)}</span>
      <p>
        <strong>{step.negative ? t('admin.takenAway', { rights: words }) : words}</strong> {step.on === '/' ? <span className="quiet">{t('admin.way.onWhole')}</span> : <><span className="quiet">{t('admin.at')}</span> <bdi>{plain(step.on)}</bdi></>}
      </p>
      {made && <p className="quiet">{made}</p>}
      <p className="quiet">
        {step.by === 'console' ? t('admin.givenAtConsole') : t('admin.givenBy', { name: plain(step.by) })}
        {step.since && ` · ${t('admin.sinceWhen', { date: format.full(step.since) })}`}
        {step.until && ` · ${t('admin.untilWhen', { date: format.full(step.until) })}`}
        {step.reason && ` · ${t('admin.glass', { reason: plain(step.reason) })}`}
      </p>
    </div>
  )
}
