/** Drawn on a grid of 20, in lines. */
const shapes = {
  archive: 'M3 4h14v3.500H3zM4.500 7.500V16h11V7.500M8 10.500h4',
  attach: 'M14.500 9.500 9 15a3.200 3.200 0 0 1-4.500-4.500l6.500-6.500a2.100 2.100 0 0 1 3 3l-6.300 6.300a1 1 0 0 1-1.500-1.500l5.300-5.300',
  back: 'M12.500 4.500 7 10l5.500 5.500',
  check: 'm4.500 10.500 3.500 3.500 7.500-8',
  chevron: 'M7.500 4.500 13 10l-5.500 5.500',
  close: 'm5 5 10 10M15 5 5 15',
  contrast: 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14',
  download: 'M10 3v9.500M6 9l4 4 4-4M4 16.500h12',
  draft: 'M4 16l.8-3.500L13 4.300l2.700 2.700-8.200 8.200z',
  flag: 'M5 17V3.500M5 4h9.500l-2 3.300 2 3.200H5',
  folder: 'M3 15.500v-11h5l1.500 2H17v9z',
  help: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.900 8.100a2.100 2.100 0 1 1 3.200 1.800c-.8.500-1.100.9-1.100 1.600M10 13.900v.1',
  image: 'M3.500 4.500h13v11h-13zM4 14l4-4 3 3 2-2 3.500 3.500M12.500 8v.1',
  inbox: 'M3 11.500 5 4h10l2 7.500V16H3zM3 11.500h4l1 2h4l1-2h4',
  inboxes: 'M4 9l1.500-5.500h9L16 9v3.500H4zM4 9h3.500l.8 1.500h3.400L12.500 9H16M3 13v3.500h14V13',
  junk: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6.500v4.500M10 13.500v.1',
  language: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM3.500 10h13M10 3c2.300 2.200 3.200 4.500 3.200 7s-.9 4.800-3.200 7c-2.300-2.200-3.200-4.500-3.200-7S7.700 5.200 10 3',
  menu: 'M3.500 5.500h13M3.500 10h13M3.500 14.500h13',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  moved: 'M3 15.500v-11h5l1.500 2H17v9zM8 11h5M11 9l2 2-2 2',
  person: 'M10 10.500a3.200 3.200 0 1 0 0-6.500 3.200 3.200 0 0 0 0 6.500zM4 16.500c.6-2.700 3-4 6-4s5.400 1.300 6 4',
  read: 'M3 8.500 10 4l7 4.500V16H3zM3 8.500l7 4.500 7-4.500',
  refresh: 'M15.800 8A6.200 6.200 0 1 0 16 11.500M16 4v4h-4',
  search: 'M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM13 13l4 4',
  sent: 'M3.500 4 17 10 3.500 16l2-6zM5.500 10H11',
  settings: 'M3.500 6h7M14.500 6h2M3.500 14h2M9.500 14h7M12.500 8.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM7.500 16.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z',
  signOut: 'M12 4H4v12h8M8.500 10H17M14 7l3 3-3 3',
  team: 'M7.500 10a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400zM2.500 15.500c.5-2.300 2.400-3.500 5-3.500s4.500 1.200 5 3.500M13 5a2.500 2.500 0 0 1 0 4.800M14.500 12.300c1.700.4 2.700 1.500 3 3.200',
  trash: 'M4 5.500h12M8 5.500V3.500h4v2M5.500 5.500l.7 11h7.600l.7-11M8.500 8.500v5M11.500 8.500v5',
  unread: 'M3 5h14v10H3zM3.500 5.500 10 11l6.500-5.500',
} as const

export type IconName = keyof typeof shapes

/** Those that point along the line of writing, and turn round with it. */
const turning: ReadonlySet<IconName> = new Set(['back', 'chevron', 'moved', 'sent', 'signOut'])

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" data-filled={filled || undefined} data-turns={turning.has(name) || undefined}>
      <path d={shapes[name]} />
    </svg>
  )
}
