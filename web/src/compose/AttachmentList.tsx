import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { IconButton } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import type { Attachments } from './useAttachments.ts'

/** The files of a message, those on their way with how far they are. */
export function AttachmentList({ files }: { files: Attachments }) {
  const t = useText()
  const format = useFormat()
  return (
    <>
      {files.faults.map((fault) => (
        <p key={fault} className="composer-fault" role="alert">
          {fault}
        </p>
      ))}
      {files.there.length + files.coming.length > 0 && (
        <ul className="composer-files" aria-label={t('compose.attachedTo')}>
          {files.there.map((a, i) => (
            <li key={`${a.blobId} ${i}`}>
              <Icon name="attach" />
              <bdi className="cut">{plain(a.name)}</bdi>
              <bdi className="quiet">{format.size(a.size)}</bdi>
              <IconButton icon="close" label={t('compose.remove', { name: plain(a.name) })} onPress={() => files.remove(a)} />
            </li>
          ))}
          {files.coming.map((c) => (
            <li key={c.key}>
              <Icon name="attach" />
              <bdi className="cut">{plain(c.name)}</bdi>
              <progress value={c.part} max={1} aria-label={t('compose.uploadingOf', { name: plain(c.name), percent: Math.round(c.part * 100) })} />
              <IconButton icon="close" label={t('compose.remove', { name: plain(c.name) })} onPress={c.stop} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
