import { useEffect, useMemo, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { BodyPart, Email, Id } from '../jmap/types.ts'
import { useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import type { Clean } from './html.ts'
import { languageIn } from './language.ts'
import { linkRuns } from './runs.ts'
import { cleaner } from './parts.ts'
import { showInline } from './pictures.ts'
import { RemotePictures } from './RemotePictures.tsx'

/** The text of a message, as HTML when it has some. */
export function MessageBody({ account, email }: { account: Id; email: Email }) {
  const parts = useMemo(() => bodyOf(email), [email])
  if (parts.html !== undefined) return <HTMLBody key={email.id} account={account} email={email} html={parts.html} language={parts.language} />
  return <PlainBody text={parts.text} language={parts.language} />
}

/** Each part is shown on its own: nothing of one can reach into another. */
function bodyOf(email: Email): { html?: string; text: string; language: string } {
  const value = (part: BodyPart) => (part.partId ? (email.bodyValues?.[part.partId]?.value ?? '') : '')
  const html = (email.htmlBody ?? []).filter((part) => part.type === 'text/html' && part.partId)
  if (html.length > 0) return { html: html.map(value).join('<hr>'), text: '', language: languageOf(html) }
  const plain = (email.textBody ?? []).filter((part) => part.type.startsWith('text/'))
  return { text: plain.map(value).join('\n'), language: languageOf(plain) }
}

/** What the headers of parts say of their language (RFC 3282). */
function languageOf(parts: readonly BodyPart[]): string {
  return languageIn(parts.flatMap((part) => part.language ?? ['']))
}

function PlainBody({ text, language }: { text: string; language: string }) {
  const t = useText()
  const blocks = useMemo(() => quoteBlocks(text), [text])
  if (text.trim() === '') return <p className="quiet body-empty">{t('mail.emptyBody')}</p>
  return (
    <div className="body-plain" dir="auto">
      {blocks.map((block, i) =>
        block.quoted ? (
          <details key={i} className="body-quoted">
            <summary>
              <Icon name="more" />
              <span className="unseen">{t('mail.quoted')}</span>
            </summary>
            <Lines text={block.text} language={language} />
          </details>
        ) : (
          <Lines key={i} text={block.text} language={language} />
        ),
      )}
    </div>
  )
}

function Lines({ text, language }: { text: string; language: string }) {
  return (
    <span lang={language}>
      {linkRuns(text).map((run, i) =>
        run.href ? (
          <a key={i} href={run.href} target="_blank" rel="noopener noreferrer nofollow">
            {run.text}
          </a>
        ) : (
          run.text
        ),
      )}
    </span>
  )
}

/** Lines that begin with > are what others wrote before. */
function quoteBlocks(text: string): { quoted: boolean; text: string }[] {
  const blocks: { quoted: boolean; lines: string[] }[] = []
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const quoted = line.startsWith('>')
    const last = blocks.at(-1)
    if (last && last.quoted === quoted) last.lines.push(line)
    else blocks.push({ quoted, lines: [line] })
  }
  return blocks.map((b) => ({ quoted: b.quoted, text: `${b.lines.join('\n')}\n` }))
}

/** What the page of a message looks like before its author has a say. */
const baseStyle = `
:root { color-scheme: light; background: #fff; color: #1a2120; font: 14px/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1px; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
table { max-width: 100%; }
a { color: #14625d; }
blockquote { margin-inline: 0; padding-inline-start: 12px; border-inline-start: 2px solid #d5dbda; }
pre { white-space: pre-wrap; }`

/**
 * HTML stands in a page of its own that runs nothing and fetches nothing
 * (the server says so with it), after it was cleaned here.
 */
function HTMLBody({ account, email, html, language }: { account: Id; email: Email; html: string; language: string }) {
  const t = useText()
  const store = useStore()
  const frame = useRef<HTMLIFrameElement>(null)
  const [loaded, setLoaded] = useState(false)
  const [height, setHeight] = useState(80)
  const [clean, setClean] = useState<Clean>()
  const { attachments } = email
  const [failed, setFailed] = useState(false)

  useEffect(() => {
    const page = frame.current?.contentDocument
    const inside = frame.current?.contentWindow
    if (!loaded || !page || !inside) return undefined
    let over = false
    let stop = () => {}
    const show = ({ cleanHTML }: Awaited<ReturnType<typeof cleaner>>) => {
      if (over) return
      const cleaned = cleanHTML(html, inside)
      const style = page.createElement('style')
      style.textContent = baseStyle
      page.head.replaceChildren(style)
      page.documentElement.lang = cleaned.language || language
      page.body.replaceChildren(page.adoptNode(cleaned.content))
      const measure = () => setHeight(Math.min(Math.ceil(page.documentElement.getBoundingClientRect().height) + 2, 30_000))
      measure()
      const observer = new ResizeObserver(measure)
      observer.observe(page.documentElement)
      const onKey = (event: KeyboardEvent) => frame.current?.dispatchEvent(new KeyboardEvent('keydown', { key: event.key, bubbles: true }))
      page.addEventListener('keydown', onKey)
      const pictures = showInline(cleaned, attachments, (part) => store.client.download(account, part.blobId!, part.name ?? 'image', part.type))
      setClean(cleaned)
      stop = () => {
        observer.disconnect()
        page.removeEventListener('keydown', onKey)
        pictures()
      }
    }
    cleaner().then(show, () => !over && setFailed(true))
    return () => {
      over = true
      stop()
    }
  }, [loaded, html, language, attachments, account, store])

  if (failed) {
    return (
      <p className="quiet">
        {t('mail.openFailed')}{' '}
        <Button kind="line" onPress={() => (setLoaded(false), setFailed(false))}>
          {t('ui.again')}
        </Button>
      </p>
    )
  }
  return (
    <>
      {clean && clean.blocked > 0 && <RemotePictures account={account} email={email} clean={clean} />}
      <iframe
        ref={frame}
        className="body-frame"
        src="/message.html"
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        title={t('mail.bodyOf')}
        referrerPolicy="no-referrer"
        onLoad={() => setLoaded(true)}
        style={{ height }}
      />
    </>
  )
}
