import { useEffect, useState, useSyncExternalStore } from 'react'
import { createPortal } from 'react-dom'
import { useText } from '../i18n/text.ts'
import { Button, IconButton } from './Button.tsx'

interface Toast {
  id: number
  text: string
  /** Takes back what the toast tells of. */
  undo?: () => void
  /** Something else that can be done about it. */
  offer?: { label: string; run: () => void }
  tone: 'done' | 'failed'
  /** Whether one did it oneself, or it happened elsewhere: neither takes the place of the other. */
  from: 'me' | 'elsewhere'
  /** How long it stays, in milliseconds. */
  life: number
}

/** How long a toast stays, in milliseconds. */
const life = { done: 8000, news: 12_000, failed: 12_000 }

let toasts: readonly Toast[] = []
let counter = 0
const listeners = new Set<() => void>()

function change(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

/** Shows a notice. It takes the place of an older one that came from the same side. */
function show(toast: Omit<Toast, 'id'>): void {
  change([...toasts.filter((other) => other.from !== toast.from), { ...toast, id: ++counter }])
}

/** Tells what was done. */
export function tell(text: string, undo?: () => void, time: number = life.done): void {
  show({ text, undo, tone: 'done', from: 'me', life: time })
}

/** Tells of what happened elsewhere, with what can be done about it. */
export function tellNews(text: string, offer?: Toast['offer']): void {
  show({ text, offer, tone: 'done', from: 'elsewhere', life: life.news })
}

/** Tells what went wrong. */
export function tellFailure(text: string): void {
  show({ text, tone: 'failed', from: 'me', life: life.failed })
}

/** Takes back what was done last, if that can still be. */
export function undoLast(): boolean {
  const last = toasts.findLast((t) => t.undo)
  if (!last) return false
  change(toasts.filter((t) => t !== last))
  last.undo?.()
  return true
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/**
 * The notices, above windows too: what is done in one can fail. What failed is said at once, what was done when there is a pause. Each is
 * said once: a new one does not have the others said again.
 */
export function Toasts() {
  const t = useText()
  const list = useSyncExternalStore(subscribe, () => toasts)
  const cards = (tone: Toast['tone']) => list.filter((toast) => toast.tone === tone).map((toast) => <ToastCard key={toast.id} toast={toast} />)
  return createPortal(
    <div className="toasts" role="region" aria-label={t('ui.notices')} data-react-aria-top-layer="true">
      <div role="status" aria-atomic="false" aria-relevant="additions">
        {cards('done')}
      </div>
      <div role="alert" aria-atomic="false" aria-relevant="additions">
        {cards('failed')}
      </div>
    </div>,
    document.body,
  )
}

function ToastCard({ toast }: { toast: Toast }) {
  const t = useText()
  // It stays as long as somebody is at it (WCAG 2.2.1).
  const [isHeld, setHeld] = useState(false)
  const close = () => change(toasts.filter((other) => other !== toast))
  useEffect(() => {
    if (isHeld) return undefined
    const timer = setTimeout(() => change(toasts.filter((other) => other !== toast)), toast.life)
    return () => clearTimeout(timer)
  }, [toast, isHeld])
  return (
    <div className="toast" data-tone={toast.tone} onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)} onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}>
      <span>{toast.text}</span>
      {toast.undo && (
        <Button
          kind="undo"
          onPress={() => {
            close()
            toast.undo?.()
          }}
        >
          {t('ui.undo')}
        </Button>
      )}
      {toast.offer && (
        <Button kind="undo" onPress={() => (close(), toast.offer?.run())}>
          {toast.offer.label}
        </Button>
      )}
      <IconButton icon="close" label={t('ui.close')} onPress={close} />
    </div>
  )
}
