import type { ReactNode } from 'react'

/** The heading of a page, and a sentence about it. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <header className="page-head">
      <h2>{title}</h2>
      {children && <p className="quiet">{children}</p>}
    </header>
  )
}
