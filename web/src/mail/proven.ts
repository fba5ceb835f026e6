/** What stands in quotes or is a comment decides nothing. */
function bare(field: string): string {
  let text = field.replaceAll(/\r?\n(?=[ \t])/g, '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  for (let before = ''; before !== text; ) {
    before = text
    text = text.replaceAll(/\((?:[^()\\]|\\.)*\)/g, ' ')
  }
  return text
}

/**
 * Whether a server that is trusted has found a message to be from the domain of its From: by DMARC, or else by a signature of
 * that domain or the one above it. fields are those of Authentication-Results, first to last (RFC 8601).
 */
export function isProven(fields: readonly string[], server: string, from: string): boolean {
  const domain = from.slice(from.lastIndexOf('@') + 1).toLowerCase()
  if (server === '' || domain === '') return false
  for (const field of fields) {
    // This server's own begin with its name; what a stranger wrote is not even taken apart.
    if (!field.trimStart().toLowerCase().startsWith(server.toLowerCase())) continue
    const [id = '', ...results] = bare(field).split(';').map((part) => part.trim().toLowerCase())
    if (id.split(/\s/)[0] !== server.toLowerCase()) continue
    const value = (result: string, name: string) => result.split(/\s+/).find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
    const dmarc = results.find((result) => result.startsWith('dmarc='))
    if (dmarc?.startsWith('dmarc=fail')) return false
    if (dmarc && /^dmarc=pass\b/.test(dmarc)) return value(dmarc, 'header.from') === domain
    return results.some((result) => {
      const signed = value(result, 'header.d')
      return /^dkim=pass\b/.test(result) && signed.includes('.') && (signed === domain || domain.endsWith(`.${signed}`))
    })
  }
  return false
}
