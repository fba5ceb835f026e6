import { useText } from '../i18n/text.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { usePreferences } from './preferences.ts'
import { always, type Key, shortcuts } from './shortcuts.ts'

/** Every key that does something. */
export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const t = useText()
  const { singleKeys } = usePreferences()
  return (
    <Dialog title={t('mail.shortcuts')} size="wide" onClose={onClose}>
      {!singleKeys && <p>{t('mail.keysOff')}</p>}
      <dl className="shortcut-sheet">
        {(Object.keys(shortcuts) as Key[]).filter((key) => singleKeys || always.has(key)).map((key) => (
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
