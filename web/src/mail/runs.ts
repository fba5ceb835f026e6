/** Plain text in runs: what is quoted from others, and the links in it. */
export interface Run {
  text: string
  href?: string
}

export function linkRuns(line: string): Run[] {
  const runs: Run[] = []
  let from = 0
  for (const match of line.matchAll(/\bhttps?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}']/g)) {
    if (match.index > from) runs.push({ text: line.slice(from, match.index) })
    runs.push({ text: match[0], href: match[0] })
    from = match.index + match[0].length
  }
  if (from < line.length) runs.push({ text: line.slice(from) })
  return runs
}
