import { type ReactNode, useEffect, useRef } from 'react'
import { useText } from '../i18n/text.ts'
import { Icon, type IconName } from './Icon.tsx'
import './pages.css'

export interface PageLink {
  id: string
  title: string
  icon: IconName
  href: string
}

interface Props {
  /** What all the pages are about. */
  title: string
  /** The way back to where one came from, and its words. */
  back: { href: string; title: string }
  /** Named groups of pages; a group without a name stands by itself. */
  groups: readonly { title?: string; pages: readonly PageLink[] }[]
  /** The page that is shown; '' for none, which a phone shows as the list alone. */
  current: string
  /** How wide the content may be: text and fields, or tables. */
  size?: 'text' | 'table'
  children: ReactNode
}

/** Pages with a list of them beside; on a phone the list, then the page. */
export function Pages({ title, back, groups, current, size = 'text', children }: Props) {
  const t = useText()
  const content = useRef<HTMLElement>(null)
  const shown = useRef(current)
  // Who comes to another page hears and reads it from its beginning.
  useEffect(() => {
    if (shown.current === current) return
    shown.current = current
    content.current?.scrollTo({ top: 0 })
    if (current !== '' && document.activeElement === document.body) content.current?.focus()
  }, [current])
  return (
    <>
      <nav className="pages-list" aria-label={title} data-chosen={current !== '' || undefined}>
        <a className="folder" href={back.href}>
          <Icon name="back" />
          <span className="cut">{back.title}</span>
        </a>
        <h1>{title}</h1>
        {groups.map((group) => (
          <section key={group.title ?? ''}>
            {group.title && <h2>{group.title}</h2>}
            <ul>
              {group.pages.map((page) => (
                <li key={page.id}>
                  <a className="folder" href={page.href} aria-current={page.id === current ? 'page' : undefined}>
                    <Icon name={page.icon} />
                    <span className="cut">{page.title}</span>
                    <Icon name="chevron" />
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <main ref={content} className="pages-content" data-chosen={current !== '' || undefined} data-focus-list tabIndex={-1} aria-label={t('ui.content')}>
        <div className="pages-page" data-size={size}>
          {children}
        </div>
      </main>
    </>
  )
}
