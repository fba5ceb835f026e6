import { EditorContent, useEditor } from '@tiptap/react'
import { useId } from 'react'
import { useText } from '../i18n/text.ts'
import { FormatBar } from './FormatBar.tsx'
import { editorHTML, formatting } from './formatting.ts'
import type { Identity } from './identity.ts'
import { hasFormatting, linesOf, richOf } from './rich.ts'
import './compose.css'

interface Props {
  label: string
  identity: Pick<Identity, 'textSignature' | 'htmlSignature'>
  onChange: (signature: { textSignature: string; htmlSignature: string }) => void
}

/** A signature, formatted like a message; without formatting it is kept as plain text alone. */
export default function SignatureEditor({ label, identity, onChange }: Props) {
  const t = useText()
  const id = useId()
  const editor = useEditor({
    content: identity.htmlSignature ? editorHTML(identity.htmlSignature) : richOf(identity.textSignature),
    injectCSS: false,
    parseOptions: { preserveWhitespace: 'full' },
    extensions: formatting,
    editorProps: { attributes: { 'class': 'composer-text', 'role': 'textbox', 'aria-multiline': 'true', 'aria-label': label || t('compose.text'), 'dir': 'auto' } },
    onUpdate: ({ editor: of }) => {
      const html = of.getHTML()
      const text = linesOf(new DOMParser().parseFromString(html, 'text/html').body).trim()
      onChange({ textSignature: text, htmlSignature: text !== '' && hasFormatting(html) ? html : '' })
    },
  })
  return (
    <div className="field signature-field" role="group" aria-labelledby={id}>
      <span id={id}>{label}</span>
      <div className="signature-editor">
        <FormatBar editor={editor} />
        <EditorContent editor={editor} />
      </div>
    </div>
  )
}
