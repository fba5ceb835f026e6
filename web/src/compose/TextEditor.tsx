import { EditorContent, useEditor, useEditorState } from '@tiptap/react'
import { StarterKit } from '@tiptap/starter-kit'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { Toolbar } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { IconButton } from '../ui/Button.tsx'
import type { EarlyKeys } from './early.ts'
import type { DraftKeeper } from './keeper.ts'
import { linesOf, richOf } from './rich.ts'

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
    extensions: [StarterKit.configure({ heading: false, codeBlock: false, code: false, horizontalRule: false, strike: false, trailingNode: false, link: { openOnClick: false } })],
    editorProps: {
      attributes: { 'class': 'composer-text', 'role': 'textbox', 'aria-multiline': 'true', 'aria-label': t('compose.text'), 'dir': 'auto' },
      // Not a line break: it sends.
      handleKeyDown: (_, event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey),
    },
    onUpdate: ({ editor: of }) => {
      const html = of.getHTML()
      shown.current = html
      keeper.edit({ html, text: linesOf(new DOMParser().parseFromString(html, 'text/html').body) })
    },
  })

  // A signature was exchanged.
  useEffect(() => {
    if (content === shown.current) return
    shown.current = content
    editor.commands.setContent(content, { emitUpdate: false, parseOptions: { preserveWhitespace: 'full' } })
  }, [editor, content])

  useEffect(() => {
    if (!early) return
    // By itself the editor would take the focus a moment later, and what is typed until then were lost.
    editor.view.focus()
    for (const [i, line] of early.take().split('\n').entries()) {
      if (i > 0) editor.commands.splitBlock()
      if (line !== '') editor.view.dispatch(editor.state.tr.insertText(line))
    }
  }, [editor, early])

  const is = useEditorState({
    editor,
    selector: ({ editor: of }) => ({
      bold: of.isActive('bold'), italic: of.isActive('italic'), list: of.isActive('bulletList'), numbers: of.isActive('orderedList'), quote: of.isActive('blockquote'),
    }),
  })
  const chain = () => editor.chain().focus()
  return (
    <>
      <EditorContent editor={editor} className="composer-editor" />
      <Toolbar className="composer-tools" aria-label={t('compose.formatting')}>
        <IconButton icon="bold" label={t('compose.bold')} shortcut="Control+B" aria-pressed={is.bold} selected={is.bold} onPress={() => chain().toggleBold().run()} />
        <IconButton icon="italic" label={t('compose.italic')} shortcut="Control+I" aria-pressed={is.italic} selected={is.italic} onPress={() => chain().toggleItalic().run()} />
        <IconButton icon="list" label={t('compose.list')} aria-pressed={is.list} selected={is.list} onPress={() => chain().toggleBulletList().run()} />
        <IconButton icon="numbers" label={t('compose.numbers')} aria-pressed={is.numbers} selected={is.numbers} onPress={() => chain().toggleOrderedList().run()} />
        <IconButton icon="quote" label={t('compose.quote')} aria-pressed={is.quote} selected={is.quote} onPress={() => chain().toggleBlockquote().run()} />
      </Toolbar>
    </>
  )
}
