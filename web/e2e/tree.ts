import type { Page } from 'playwright-core'

/** A node of the tree that assistive technology is given, without those that it never hears of. */
export interface Node {
  role: string
  name: string
  properties: Record<string, unknown>
  parent: Node | null
}

interface AXValue {
  value?: unknown
}

interface AXNode {
  nodeId: string
  ignored: boolean
  role?: AXValue
  name?: AXValue
  properties?: { name: string; value: AXValue }[]
  childIds?: string[]
}

/** Roles that stand for nothing but what is in them. */
const hollow = new Set(['generic', 'none', 'GenericContainer', 'StaticText', 'InlineTextBox', 'LineBreak', 'paragraph', 'Legend', 'LabelText'])

/** The tree of a page as Chromium gives it to assistive technology, in its order. */
export async function tree(page: Page): Promise<Node[]> {
  const browser = await page.context().newCDPSession(page)
  const { nodes } = (await browser.send('Accessibility.getFullAXTree')) as { nodes: AXNode[] }
  await browser.detach()
  const byId = new Map(nodes.map((node) => [node.nodeId, node]))
  const found: Node[] = []
  const walk = (node: AXNode | undefined, parent: Node | null): void => {
    if (!node) return
    const role = String(node.role?.value ?? '')
    let next = parent
    if (!node.ignored && !hollow.has(role)) {
      const properties = Object.fromEntries((node.properties ?? []).map((p) => [p.name, p.value.value]))
      next = { role, name: String(node.name?.value ?? '').trim(), properties, parent }
      found.push(next)
    }
    for (const id of node.childIds ?? []) walk(byId.get(id), next)
  }
  walk(nodes[0], null)
  return found
}

/** What one can act on, or goes into: each is told by its name. */
const named = new Set([
  'button', 'link', 'textbox', 'searchbox', 'combobox', 'checkbox', 'radio', 'switch', 'menuitem', 'menuitemradio', 'menuitemcheckbox', 'option', 'tab', 'slider', 'spinbutton', 'DisclosureTriangle',
  'Date', 'DateTime', 'ComboBoxSelect', 'grid', 'table', 'listbox', 'menu', 'dialog', 'alertdialog', 'toolbar', 'tree', 'treeitem', 'tablist', 'tabpanel', 'radiogroup', 'image', 'img', 'heading', 'Iframe', 'progressbar',
])

/** What has nothing in it that can be acted on: it would not be told. */
const whole = new Set(['button', 'link', 'checkbox', 'radio', 'switch', 'menuitem', 'menuitemradio', 'menuitemcheckbox', 'option', 'tab', 'image', 'img'])

/** What stands only in something else. */
const within: Record<string, readonly string[]> = {
  row: ['grid', 'table', 'rowgroup', 'treegrid'],
  rowgroup: ['grid', 'table', 'treegrid'],
  gridcell: ['row'],
  cell: ['row'],
  columnheader: ['row'],
  rowheader: ['row'],
  listitem: ['list'],
  option: ['listbox', 'group'],
  menuitem: ['menu', 'menubar', 'group'],
  menuitemradio: ['menu', 'menubar', 'group'],
  menuitemcheckbox: ['menu', 'menubar', 'group'],
  tab: ['tablist'],
  treeitem: ['tree', 'group'],
  term: ['DescriptionList', 'group'],
}

/** And what has nothing but that in it. */
const only: Record<string, readonly string[]> = {
  list: ['listitem', 'ListMarker'],
  listbox: ['option', 'group'],
  menu: ['menuitem', 'menuitemradio', 'menuitemcheckbox', 'group', 'splitter', 'separator'],
  row: ['gridcell', 'cell', 'columnheader', 'rowheader'],
}

const landmarks = new Set(['banner', 'main', 'navigation', 'complementary', 'contentinfo', 'region', 'search', 'form'])

/** What is wrong with the tree of a page; a line each. */
export async function misshapen(page: Page): Promise<string[]> {
  const nodes = await tree(page)
  return [...nodes.flatMap(faults), ...twice(nodes), ...skipped(nodes)]
}

function faults(node: Node): string[] {
  const { role, name, parent } = node
  const told = `${role} “${name}”`
  const found: string[] = []
  if (named.has(role) && name === '') found.push(`${role} without a name in ${path(parent)}`)
  for (let above = parent; above; above = above.parent) if (whole.has(above.role) && node.properties['focusable']) found.push(`${told} in ${above.role} “${above.name}”`)
  if (within[role] && !within[role].includes(parent?.role ?? '')) found.push(`${told} in ${path(parent)}`)
  if (parent && only[parent.role] && !only[parent.role]!.includes(role)) found.push(`${told} in ${path(parent)}`)
  return found
}

function path(node: Node | null): string {
  return node ? `${node.role} “${node.name.slice(0, 40)}”${node.parent ? ` in ${path(node.parent)}` : ''}` : 'the page'
}

/** Landmarks of one kind that cannot be told apart; and there is one main. */
function twice(nodes: readonly Node[]): string[] {
  const seen = new Map<string, number>()
  for (const { role, name } of nodes) {
    if (!landmarks.has(role) || (role === 'form' && name === '')) continue // a form without a name is none (HTML-AAM)
    const told = role === 'main' ? role : `${role} “${name}”`
    seen.set(told, (seen.get(told) ?? 0) + 1)
  }
  return [...seen].filter(([, count]) => count > 1).map(([what, count]) => `${count} × ${what}`)
}

/** Headings more than one level below the one before, and more than one of the first. */
function skipped(nodes: readonly Node[]): string[] {
  const headings = nodes.filter((node) => node.role === 'heading')
  const found: string[] = []
  let before = 1
  for (const { name, properties } of headings) {
    const level = Number(properties['level'])
    if (level > before + 1) found.push(`heading “${name}” of level ${level} after one of level ${before}`)
    before = level
  }
  const first = headings.filter((node) => node.properties['level'] === 1).length
  if (first > 1) found.push(`${first} headings of level 1`)
  return found
}
