import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { tellFailure } from '../ui/toast.tsx'
import { reasonText, type ThreadRef } from './actions.ts'
import { newNote, type NoteDraft, together } from './drafts.ts'
import { Face, nameOf } from './Face.tsx'
import { useNoteDrafts, useNotes, useTeam, useWorkRecord } from './hooks.ts'
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
  const drafts = useNoteDrafts(account, thread)
  const record = useWorkRecord(account, thread)
  /** The note whose change was just asked for: its field takes the focus. */
  const [asked, setAsked] = useState<Id | null>(null)
  const ref = { account, thread }
  const section = useRef<HTMLElement>(null)
  const change = (note: Note) => {
    setAsked(note.id)
    team.drafts.put(account, thread, note.id, { text: note.text, mentions: note.mentions })
  }
  /** Back to the note: its buttons are not there while it is being saved. */
  const changed = (id: Id) => section.current?.querySelector<HTMLElement>(`#note-${CSS.escape(id)}`)?.focus()

  useEffect(() => {
    if (notes) team.drafts.adopt(account, thread, notes.map((note) => note.id))
  }, [team, account, thread, notes])

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
              {record?.mayChange && drafts.has(note.id) ? (
                <Editor place={ref} note={note} draft={drafts.get(note.id)} takesFocus={asked === note.id} onDone={() => changed(note.id)} />
              ) : (
                <NoteCard place={ref} note={note} mayChange={record?.mayChange ?? false} onChange={() => change(note)} />
              )}
            </li>
          ))}
        </ul>
      )}
      {record?.mayChange && <Editor place={ref} draft={drafts.get(newNote)} />}
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
      <p className="note-text" dir="auto" lang="">
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

const blank: NoteDraft = { text: '', mentions: [] }

interface EditorProps {
  place: ThreadRef
  /** The note that is changed; none for a new one. */
  note?: Note
  draft: NoteDraft | undefined
  takesFocus?: boolean
  onDone?: () => void
}

/** Where a note is written, a new one or one to be changed. */
function Editor({ place, note, draft, takesFocus, onDone }: EditorProps) {
  const t = useText()
  const { drafts } = useTeam()
  const actions = useTeamActions()
  const field = useRef<HTMLTextAreaElement>(null)
  const { account, thread } = place
  const at = note?.id ?? newNote
  const { text, mentions, fault } = draft ?? blank
  const [colleagues, setColleagues] = useState<readonly Person[]>([])
  const named = (words: string) => mentionedIn(words, together(mentions, colleagues))
  const write = (words: string) => drafts.put(account, thread, at, { text: words, mentions: named(words), fault })

  // From the moment it shows: a key pressed then is not lost.
  useLayoutEffect(() => {
    if (takesFocus) field.current?.focus()
    return note
      ? undefined
      : onAsk('note', () => {
          field.current?.scrollIntoView({ block: 'center' })
          field.current?.focus({ preventScroll: true })
        })
  }, [note, takesFocus])

  const submit = async () => {
    const words = text.trim()
    if (words === '') return
    const whom = named(words)
    finish()
    try {
      if (note) await actions.changeNote(place, note, words, whom)
      else await actions.addNote(place, words, whom)
    } catch (error) {
      const why = reasonText(error, t)
      // Who has gone elsewhere is told there, and finds the words here.
      if (!drafts.giveBack(account, thread, at, { text: words, mentions: whom, fault: why })) tellFailure(why)
    }
  }
  /** Empties the field. Its buttons go, so that the focus is taken from them. */
  const finish = () => {
    flushSync(() => drafts.put(account, thread, at, null))
    if (onDone) onDone()
    else field.current?.focus()
  }
  return (
    <form className="note-form" onSubmit={(event) => (event.preventDefault(), void submit())}>
      <NoteField account={place.account} thread={place.thread} field={field} text={text} onChange={write} onSubmit={() => void submit()} onLeave={note ? finish : toConversation} onPeople={setColleagues} />
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
