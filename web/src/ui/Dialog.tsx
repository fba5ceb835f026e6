import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { IconButton } from './Button.tsx'

interface Props {
  title: string
  size?: 'normal' | 'wide'
  onClose: () => void
  /** Whether it may be left without an answer. */
  dismissable?: boolean
  children: ReactNode
}

/** A window over the page. It is there as long as it is rendered. */
export function Dialog({ title, size = 'normal', onClose, dismissable = true, children }: Props) {
  const t = useText()
  return (
    <ModalOverlay className="scrim" isOpen isDismissable={dismissable} isKeyboardDismissDisabled={!dismissable} onOpenChange={(open) => !open && onClose()}>
      <Modal className="modal" data-size={size}>
        <AriaDialog className="dialog">
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {dismissable && <IconButton icon="close" label={t('ui.close')} onPress={onClose} />}
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
