/** Drawn on a grid of 20, in lines. */
const shapes = {
  archive: 'M3 4h14v3.500H3zM4.5 7.500V16h11V7.500M8 10.500h4',
  at: 'M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zm0 0v1a2 2 0 0 0 4 0v-1a7 7 0 1 0-3 5.700',
  attach: 'M14.5 9.5 9 15a3.2 3.2 0 0 1-4.5-4.500l6.5-6.500a2.1 2.1 0 0 1 3 3l-6.3 6.300a1 1 0 0 1-1.5-1.500l5.3-5.3',
  back: 'M12.5 4.5 7 10l5.5 5.5',
  bold: 'M6 4h4.500a3 3 0 0 1 0 6H6zM6 10h5.500a3 3 0 0 1 0 6H6z',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  chevron: 'M7.5 4.5 13 10l-5.5 5.5',
  circle: 'M10 16a6 6 0 1 0 0-12 6 6 0 0 0 0 12z',
  close: 'm5 5 10 10M15 5 5 15',
  contrast: 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14',
  download: 'M10 3v9.500M6 9l4 4 4-4M4 16.500h12',
  draft: 'M4 16l.8-3.500L13 4.300l2.7 2.7-8.2 8.200z',
  eye: 'M2.500 10c1.700-3 4.300-4.800 7.500-4.800s5.800 1.800 7.500 4.800c-1.700 3-4.300 4.800-7.500 4.800S4.200 13 2.500 10zM10 12.300a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600z',
  flag: 'M5 17V3.500M5 4h9.500l-2 3.3 2 3.200H5',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4l3 2',
  forward: 'M12 5l4.500 4.500L12 14M16 9.500H8.500A4.500 4.500 0 0 0 4 14v1.500',
  folder: 'M3 15.500v-11h5l1.5 2H17v9z',
  help: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.9 8.100a2.1 2.1 0 1 1 3.2 1.800c-.8.5-1.1.9-1.1 1.600M10 13.900v.1',
  image: 'M3.5 4.500h13v11h-13zM4 14l4-4 3 3 2-2 3.5 3.500M12.5 8v.1',
  inbox: 'M3 11.5 5 4h10l2 7.500V16H3zM3 11.500h4l1 2h4l1-2h4',
  inboxes: 'M4 9l1.5-5.500h9L16 9v3.500H4zM4 9h3.500l.8 1.500h3.400L12.5 9H16M3 13v3.500h14V13',
  italic: 'M8.500 4H14M6 16h5.500M11.500 4l-3 12',
  junk: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6.500v4.500M10 13.500v.1',
  language: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM3.5 10h13M10 3c2.3 2.2 3.2 4.5 3.2 7s-.9 4.8-3.2 7c-2.3-2.2-3.2-4.5-3.2-7S7.7 5.2 10 3',
  list: 'M7.500 5.500h9M7.500 10h9M7.500 14.500h9M3.800 5.500v.1M3.800 10v.1M3.800 14.500v.1',
  menu: 'M3.5 5.500h13M3.5 10h13M3.5 14.500h13',
  more: 'M4.7 10h.6M9.7 10h.6M14.7 10h.6',
  moved: 'M3 15.500v-11h5l1.5 2H17v9zM8 11h5M11 9l2 2-2 2',
  note: 'M4 3.500h12v8.500l-4.500 4.500H4zM16 12h-4.500v4.500M7 7.500h6M7 10.500h3',
  numbers: 'M8 5.500h8.500M8 10h8.500M8 14.500h8.500M3.500 4.500 4.500 4v3.500M3.500 13h1.800L3.500 16h2',
  person: 'M10 10.500a3.2 3.2 0 1 0 0-6.5 3.2 3.2 0 0 0 0 6.500zM4 16.500c.6-2.7 3-4 6-4s5.4 1.3 6 4',
  quote: 'M4 4v12M8 6h8.500M8 10h8.500M8 14h5',
  read: 'M3 8.5 10 4l7 4.500V16H3zM3 8.500l7 4.5 7-4.5',
  reply: 'M8 5 3.5 9.5 8 14M4 9.500h7.500a4.5 4.5 0 0 1 4.5 4.500v1.5',
  replyAll: 'M6.500 5 2 9.500 6.500 14M10.500 5 6 9.500l4.500 4.500M6.500 9.500h6a4.500 4.500 0 0 1 4.500 4.500v1.500',
  refresh: 'M15.8 8A6.2 6.2 0 1 0 16 11.500M16 4v4h-4',
  search: 'M9 14.500a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4',
  sent: 'M3.5 4 17 10 3.5 16l2-6zM5.5 10H11',
  settings: 'M3.5 6h7M14.5 6h2M3.5 14h2M9.5 14h7M12.5 8.200a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.400zM7.5 16.200a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.400z',
  signOut: 'M12 4H4v12h8M8.5 10H17M14 7l3 3-3 3',
  team: 'M7.5 10a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.400zM2.5 15.500c.5-2.3 2.4-3.5 5-3.500s4.5 1.2 5 3.500M13 5a2.5 2.5 0 0 1 0 4.800M14.5 12.300c1.7.4 2.7 1.5 3 3.2',
  trash: 'M4 5.500h12M8 5.500V3.500h4v2M5.5 5.500l.7 11h7.600l.7-11M8.5 8.500v5M11.5 8.500v5',
  unread: 'M3 5h14v10H3zM3.5 5.5 10 11l6.5-5.5',
} as const

export type IconName = keyof typeof shapes

/** Those that point along the line of writing, and turn round with it. */
const turning: ReadonlySet<IconName> = new Set(['back', 'reply', 'replyAll', 'forward', 'chevron', 'moved', 'sent', 'signOut'])

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" data-filled={filled || undefined} data-turns={turning.has(name) || undefined}>
      <path d={shapes[name]} />
    </svg>
  )
}
