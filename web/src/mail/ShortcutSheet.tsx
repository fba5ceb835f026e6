import { useText } from '../i18n/text.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { type Key, shortcuts } from './shortcuts.ts'

/** Every key that does something. */
export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const t = useText()
  return (
    <Dialog title={t('mail.shortcuts')} size="wide" onClose={onClose}>
      <dl className="shortcut-sheet">
        {(Object.keys(shortcuts) as Key[]).map((key) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{t(shortcuts[key])}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
