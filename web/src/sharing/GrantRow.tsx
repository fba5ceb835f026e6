import { useText, type Text } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { IconButton } from '../ui/Button.tsx'
import { useFormat, type Format } from '../ui/format.ts'
import { PartyMark } from './PersonField.tsx'
import { type Grant, isRole, type Principal, type Share } from './share.ts'

interface Props {
  grant: Grant
  principals: ReadonlyMap<Id, Principal>
  /** What those it reaches answered. */
  answers: readonly Share[]
  /** Where it was given, when that is elsewhere. */
  place?: string
  /** Whether the form to change it is open. */
  expanded?: boolean
  onChange?: () => void
  onRevoke?: (name: string) => void
}

/** Who a grant is for, in words of the person's language. */
export function granteeName(grant: Pick<Grant, 'grantee' | 'principalId'>, principals: ReadonlyMap<Id, Principal>, t: Text): string {
  const principal = grant.principalId ? principals.get(grant.principalId) : undefined
  if (principal && principal.type !== 'other') return plain(principal.name)
  const words: Record<string, string> = { org: t('sharing.everybody'), all: t('sharing.all'), public: t('sharing.public') }
  return words[grant.grantee] ?? plain(grant.grantee)
}

/** Until when something holds, in words; '' for as long as it is not taken back. */
export function untilText(until: string | null, t: Text, format: Format): string {
  if (!until) return ''
  const end = new Date(until)
  const midnight = end.getHours() === 0 && end.getMinutes() === 0 && end.getSeconds() === 0
  return t('sharing.until', { date: midnight ? format.day(new Date(end.getTime() - 1).toISOString()) : format.full(until) })
}

/** What was answered: by the one it is for, or by how many of those it reaches. */
function answerText(grant: Grant, answers: readonly Share[], t: Text): string {
  if (grant.mode !== 'offer' || grant.role === 'none' || grant.isNegative) return ''
  const reached = answers.filter((s) => s.mailboxId === grant.mailboxId && s.via.includes(grant.grantee))
  if (reached.length === 1 && reached[0]!.withEmail === grant.grantee) return t(`sharing.state.${reached[0]!.state}`)
  if (reached.length === 0) return ''
  return t('sharing.stateOf', { count: reached.filter((s) => s.state === 'accepted').length, all: reached.length })
}

/** One grant: who, what, until when, and what was answered. */
export function GrantRow({ grant, principals, answers, place, expanded, onChange, onRevoke }: Props) {
  const t = useText()
  const format = useFormat()
  const name = granteeName(grant, principals, t)
  const principal = grant.principalId ? principals.get(grant.principalId) : undefined
  const role = grant.isNegative ? t('sharing.negative') : isRole(grant.role) ? t(`sharing.role.${grant.role}`) : plain(grant.summary).replace(/\.$/, '')
  const facts = [role, place, untilText(grant.until, t, format), answerText(grant, answers, t)].filter(Boolean)
  return (
    <div className="party">
      <PartyMark name={name} principal={principal} />
      <div className="party-words">
        <p className="party-name">
          <bdi className="cut">{name}</bdi>
          {principal?.email && principal.email !== name && <span className="quiet cut">{plain(principal.email)}</span>}
        </p>
        <p className="quiet">{facts.join(' · ')}</p>
      </div>
      {onChange && !grant.isNegative && <IconButton icon="draft" label={t('sharing.changeFor', { name })} aria-expanded={expanded} selected={expanded} onPress={onChange} />}
      {onRevoke && <IconButton icon="trash" label={t('sharing.revokeFor', { name })} onPress={() => onRevoke(name)} />}
    </div>
  )
}
