import { useText } from '../i18n/text.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'

interface Props {
  /** How many messages it is about. */
  count: number
  onDestroy: () => void
  onClose: () => void
}

/** Asks whether messages are to be deleted for good. */
export default function DestroyDialog({ count, onDestroy, onClose }: Props) {
  const t = useText()
  return (
    <Dialog title={t('mail.destroyTitle', { count })} onClose={onClose}>
      <p>{t('mail.destroyWhy')}</p>
      <footer className="dialog-foot">
        <Button onPress={onClose}>{t('ui.cancel')}</Button>
        <Button
          kind="main"
          onPress={() => {
            onClose()
            onDestroy()
          }}
        >
          {t('mail.deleteForGood')}
        </Button>
      </footer>
    </Dialog>
  )
}
