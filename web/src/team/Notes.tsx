import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { reasonText, type ThreadRef } from './actions.ts'
import { Face, nameOf } from './Face.tsx'
import { useNotes, useTeam, useWorkRecord } from './hooks.ts'
import { mentionedIn, pieces } from './mention.ts'
import { NoteField } from './NoteField.tsx'
import { onAsk } from './signals.ts'
import type { Note } from './team.ts'
import { useTeamActions } from './WorkMenus.tsx'
import type { Person } from './work.ts'

interface Props {
  account: Id
  thread: Id
}

/** What colleagues write about a conversation for each other; it is never sent. */
export default function Notes({ account, thread }: Props) {
  const t = useText()
  const team = useTeam()
  const notes = useNotes(account, thread)
  const record = useWorkRecord(account, thread)
  const [changing, setChanging] = useState<Id | null>(null)
  const ref = { account, thread }
  const section = useRef<HTMLElement>(null)
  /** Back to the note: its buttons are not there while it is being saved. */
  const changed = (id: Id) => {
    flushSync(() => setChanging(null))
    section.current?.querySelector<HTMLElement>(`#note-${CSS.escape(id)}`)?.focus()
  }

  // Who looks at a note knows that it mentions them.
  useEffect(() => {
    const mine = notes?.filter((n) => !n.isMine && n.mentions.some((p) => p.email === team.me.address)) ?? []
    const see = () => {
      if (document.visibilityState === 'visible') void team.markSeen(account, mine).catch(() => {})
    }
    see()
    document.addEventListener('visibilitychange', see)
    return () => document.removeEventListener('visibilitychange', see)
  }, [team, account, notes])

  if (!notes || (notes.length === 0 && !record?.mayChange)) return null
  return (
    <section className="notes" ref={section} aria-label={t('team.notes')}>
      <header>
        <h3>{t('team.notes')}</h3>
        <p className="quiet">{t('team.notesWhy')}</p>
      </header>
      {notes.length > 0 && (
        <ul>
          {notes.map((note) => (
            <li key={note.id}>
              {changing === note.id ? (
                <Editor place={ref} note={note} onDone={() => changed(note.id)} />
              ) : (
                <NoteCard place={ref} note={note} mayChange={record?.mayChange ?? false} onChange={() => setChanging(note.id)} />
              )}
            </li>
          ))}
        </ul>
      )}
      {record?.mayChange && <Editor place={ref} />}
    </section>
  )
}

function NoteCard({ place, note, mayChange, onChange }: { place: ThreadRef; note: Note; mayChange: boolean; onChange: () => void }) {
  const t = useText()
  const format = useFormat()
  const team = useTeam()
  const actions = useTeamActions()
  return (
    <article id={`note-${note.id}`} className="note" tabIndex={-1} data-pending={note.pending || undefined} aria-label={t('team.noteBy', { name: nameOf(note.author) })}>
      <header>
        <Face person={note.author} />
        <bdi className="cut note-author">{nameOf(note.author)}</bdi>
        <time className="quiet" dateTime={note.createdAt} title={format.full(note.createdAt)}>
          {format.brief(note.createdAt)}
          {note.updatedAt !== note.createdAt && ` · ${t('team.noteChanged')}`}
        </time>
        {note.isMine && mayChange && !note.pending && (
          <span className="note-tools">
            <IconButton icon="draft" label={t('team.noteEdit')} onPress={onChange} />
            <IconButton icon="trash" label={t('team.noteRemove')} onPress={() => (toConversation(), void actions.removeNote(place, note))} />
          </span>
        )}
      </header>
      <p className="note-text" dir="auto">
        {pieces(note.text, note.mentions).map((piece, i) =>
          piece.person ? (
            <strong key={i} className="mention" data-me={piece.person.email === team.me.address || undefined}>
              {piece.text}
            </strong>
          ) : (
            piece.text
          ),
        )}
      </p>
    </article>
  )
}

/** Where letters are keys again. */
function toConversation(): void {
  document.querySelector<HTMLElement>('.conversation-scroller')?.focus({ preventScroll: true })
}

/** Where a note is written, a new one or one to be changed. */
function Editor({ place, note, onDone }: { place: ThreadRef; note?: Note; onDone?: () => void }) {
  const t = useText()
  const actions = useTeamActions()
  const [text, setText] = useState(note?.text ?? '')
  const [people, setPeople] = useState<readonly Person[]>(note?.mentions ?? [])
  const [fault, setFault] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)

  // From the moment it shows: a key pressed then is not lost.
  useLayoutEffect(() => {
    if (note) {
      field.current?.focus()
      return undefined
    }
    return onAsk('note', () => {
      field.current?.scrollIntoView({ block: 'center' })
      field.current?.focus({ preventScroll: true })
    })
  }, [note])

  const submit = async () => {
    const words = text.trim()
    if (words === '') return
    const mentions = mentionedIn(words, people)
    setFault('')
    finish()
    try {
      if (note) await actions.changeNote(place, note, words, mentions)
      else await actions.addNote(place, words, mentions)
    } catch (error) {
      setText(words)
      setFault(reasonText(error, t))
    }
  }
  /** Empties the field. Its buttons go, so that the focus is taken from them. */
  const finish = () => {
    setText('')
    if (onDone) onDone()
    else field.current?.focus()
  }
  return (
    <form className="note-form" onSubmit={(event) => (event.preventDefault(), void submit())}>
      <NoteField account={place.account} thread={place.thread} field={field} text={text} onChange={setText} onSubmit={() => void submit()} onLeave={onDone ?? toConversation} onPeople={setPeople} />
      {fault && (
        <p className="note-fault" role="alert">
          {fault}
        </p>
      )}
      {(note || text.trim() !== '') && (
        <div className="note-foot">
          <Button type="submit" kind="main" shortcut="Control+Enter">
            {t(note ? 'team.noteSave' : 'team.noteAdd')}
          </Button>
          <Button onPress={finish}>{t('ui.cancel')}</Button>
        </div>
      )}
    </form>
  )
}
