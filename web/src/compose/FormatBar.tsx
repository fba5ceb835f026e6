import { type Editor, useEditorState } from '@tiptap/react'
import { Toolbar } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { IconButton } from '../ui/Button.tsx'

/** The buttons that format what is written in an editor. */
export function FormatBar({ editor }: { editor: Editor }) {
  const t = useText()
  const is = useEditorState({
    editor,
    selector: ({ editor: of }) => ({
      bold: of.isActive('bold'), italic: of.isActive('italic'), list: of.isActive('bulletList'), numbers: of.isActive('orderedList'), quote: of.isActive('blockquote'),
    }),
  })
  const chain = () => editor.chain().focus()
  return (
    <Toolbar className="composer-tools" aria-label={t('compose.formatting')}>
      <IconButton icon="bold" label={t('compose.bold')} shortcut="Control+B" aria-pressed={is.bold} selected={is.bold} onPress={() => chain().toggleBold().run()} />
      <IconButton icon="italic" label={t('compose.italic')} shortcut="Control+I" aria-pressed={is.italic} selected={is.italic} onPress={() => chain().toggleItalic().run()} />
      <IconButton icon="list" label={t('compose.list')} aria-pressed={is.list} selected={is.list} onPress={() => chain().toggleBulletList().run()} />
      <IconButton icon="numbers" label={t('compose.numbers')} aria-pressed={is.numbers} selected={is.numbers} onPress={() => chain().toggleOrderedList().run()} />
      <IconButton icon="quote" label={t('compose.quote')} aria-pressed={is.quote} selected={is.quote} onPress={() => chain().toggleBlockquote().run()} />
    </Toolbar>
  )
}
