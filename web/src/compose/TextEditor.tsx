import { TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { EditorContent, useEditor } from '@tiptap/react'
import { useLayoutEffect, useRef, useSyncExternalStore } from 'react'
import { useText } from '../i18n/text.ts'
import type { EarlyKeys } from './early.ts'
import { FormatBar } from './FormatBar.tsx'
import { formatting } from './formatting.ts'
import type { DraftKeeper } from './keeper.ts'
import { linesOf, richOf } from './rich.ts'

/** Whoever clicks below a quotation that ends the text writes words of their own there, not more of it. */
function writeBelow(view: EditorView, event: MouseEvent): boolean {
  const last = view.dom.lastElementChild
  const { doc, schema, tr } = view.state
  if (!last || doc.lastChild?.type.name !== 'blockquote' || event.clientY <= last.getBoundingClientRect().bottom) return false
  const end = doc.content.size
  tr.insert(end, schema.nodes['paragraph']!.create())
  view.dispatch(tr.setSelection(TextSelection.create(tr.doc, end + 1)))
  return true
}

interface Props {
  keeper: DraftKeeper
  /** The message is begun here, with what was typed before. */
  early?: EarlyKeys
}

/** The text of a message, with plain formatting: bold, italic, lists, quotations. What else is pasted is left out. */
export function TextEditor({ keeper, early }: Props) {
  const t = useText()
  const content = useSyncExternalStore(keeper.subscribe, () => keeper.draft.html || richOf(keeper.draft.text))
  const shown = useRef(content)
  const editor = useEditor({
    content,
    injectCSS: false,
    parseOptions: { preserveWhitespace: 'full' },
    extensions: formatting,
    editorProps: {
      attributes: { 'class': 'composer-text', 'role': 'textbox', 'aria-multiline': 'true', 'aria-label': t('compose.text'), 'dir': 'auto' },
      // The editor has no use for it, but would keep it from the composer, which it closes.
      handleDOMEvents: { keydown: (_, event) => event.key === 'Escape' && !event.isComposing },
      handleClick: (view, _, event) => writeBelow(view, event),
      // Not a line break: it sends.
      handleKeyDown: (_, event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey),
    },
    onUpdate: ({ editor: of }) => {
      const html = of.getHTML()
      shown.current = html
      keeper.edit({ html, text: linesOf(new DOMParser().parseFromString(html, 'text/html').body) })
    },
  })

  // A signature was exchanged. Before the next key, as below: what a key changed meanwhile would be taken for another text.
  useLayoutEffect(() => {
    if (content === shown.current) return
    shown.current = content
    editor.commands.setContent(content, { emitUpdate: false, parseOptions: { preserveWhitespace: 'full' } })
  }, [editor, content])

  useLayoutEffect(() => {
    if (!early) return
    // By itself the editor would take the focus a moment later, and what is typed until then were lost.
    editor.view.focus()
    for (const [i, line] of early.take().split('\n').entries()) {
      if (i > 0) editor.commands.splitBlock()
      if (line !== '') editor.view.dispatch(editor.state.tr.insertText(line))
    }
  }, [editor, early])

  return (
    <>
      <EditorContent editor={editor} className="composer-editor" />
      <FormatBar editor={editor} />
    </>
  )
}
