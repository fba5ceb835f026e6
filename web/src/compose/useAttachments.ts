import { useEffect, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { upload } from '../jmap/upload.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { useFormat } from '../ui/format.ts'
import type { Attachment } from './draft.ts'
import type { DraftKeeper } from './keeper.ts'
import { reasonOf } from './reason.ts'

/** A file on its way. */
export interface Coming {
  key: number
  name: string
  size: number
  part: number
  stop: () => void
}

export interface Attachments {
  there: readonly Attachment[]
  coming: readonly Coming[]
  faults: readonly string[]
  busy: boolean
  /** Files are held over the window. */
  dropping: boolean
  add: (files: Iterable<File>) => void
  remove: (attachment: Attachment) => void
}

/** The files that go with a message: chosen, dropped onto the window, pasted. */
export function useAttachments(keeper: DraftKeeper): Attachments {
  const t = useText()
  const store = useStore()
  const format = useFormat()
  const [coming, setComing] = useState<readonly Coming[]>([])
  const [faults, setFaults] = useState<readonly string[]>([])
  const [dropping, setDropping] = useState(false)
  const counter = useRef(0)

  const addOne = async (file: File) => {
    const key = ++counter.current
    const stopper = new AbortController()
    const { account } = keeper.draft
    setComing((list) => [...list, { key, name: file.name, size: file.size, part: 0, stop: () => stopper.abort() }])
    try {
      const told = (part: number) => setComing((list) => list.map((c) => (c.key === key ? { ...c, part } : c)))
      const done = await upload(store.client, account, file, file.type, told, stopper.signal)
      keeper.edit({ attachments: [...keeper.draft.attachments, { blobId: done.blobId, account, name: file.name, type: file.type || 'application/octet-stream', size: file.size }] })
    } catch (error) {
      if (!(error instanceof DOMException)) setFaults((list) => [...list, t('compose.uploadFailed', { name: plain(file.name), reason: reasonOf(error, t) })])
    } finally {
      setComing((list) => list.filter((c) => c.key !== key))
    }
  }

  const add = (files: Iterable<File>) => {
    const { account, attachments } = keeper.draft
    const each = store.client.limit('maxSizeUpload')
    const all = store.client.limit('maxSizeAttachmentsPerEmail', 'urn:ietf:params:jmap:mail', account)
    let sum = attachments.reduce((total, a) => total + a.size, 0) + coming.reduce((total, c) => total + c.size, 0)
    const refused: string[] = []
    for (const file of files) {
      const name = plain(file.name)
      if (file.size > each) refused.push(t('compose.tooLarge', { name, size: format.size(each) }))
      else if (sum + file.size > all) refused.push(t('compose.tooLargeAll', { name, size: format.size(all) }))
      else {
        sum += file.size
        void addOne(file)
      }
    }
    setFaults(refused)
  }

  const latest = useRef(add)
  useEffect(() => {
    latest.current = add
  })
  useEffect(() => watchDrops((files) => latest.current(files), setDropping), [])

  return {
    there: keeper.draft.attachments,
    coming,
    faults,
    busy: coming.length > 0,
    dropping,
    add,
    remove: (attachment) => keeper.edit({ attachments: keeper.draft.attachments.filter((a) => a !== attachment) }),
  }
}

/** Files dropped anywhere on the page. */
function watchDrops(dropped: (files: readonly File[]) => void, over: (is: boolean) => void): () => void {
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  const onOver = (event: DragEvent) => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    over(true)
  }
  const onLeave = (event: DragEvent) => event.relatedTarget === null && over(false)
  const onDrop = (event: DragEvent) => {
    over(false)
    if (!holdsFiles(event)) return
    event.preventDefault()
    dropped([...(event.dataTransfer?.files ?? [])])
  }
  document.addEventListener('dragover', onOver)
  document.addEventListener('dragleave', onLeave)
  document.addEventListener('drop', onDrop)
  return () => {
    document.removeEventListener('dragover', onOver)
    document.removeEventListener('dragleave', onLeave)
    document.removeEventListener('drop', onDrop)
  }
}
