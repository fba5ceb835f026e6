import DOMPurify, { type Config } from 'dompurify'
import { languageIn } from './language.ts'

/** A picture that is elsewhere: its address as it is written, and what puts it in its place. */
export interface RemotePicture {
  url: string
  show(blobURL: string): void
}

export interface Clean {
  content: DocumentFragment
  /** Pictures that would have been fetched from elsewhere. */
  blocked: number
  /** Those of them that can be asked for. */
  remote: RemotePicture[]
  /** Pictures that came with the message: the elements, and the Content-ID each asks for. */
  inline: { image: HTMLImageElement; cid: string }[]
  /** The language it says it is in, as a BCP 47 tag; empty when it says none. */
  language: string
}

const config: Config & { RETURN_DOM_FRAGMENT: true } = {
  RETURN_DOM_FRAGMENT: true,
  WHOLE_DOCUMENT: false,
  USE_PROFILES: { html: true },
  FORBID_TAGS: ['form', 'input', 'button', 'select', 'textarea', 'option', 'label', 'fieldset', 'audio', 'video', 'source', 'track', 'dialog', 'map', 'area', 'base', 'link', 'meta', 'template', 'slot'],
  FORBID_ATTR: ['id', 'name', 'autofocus', 'tabindex', 'contenteditable', 'srcset', 'sizes', 'ping', 'popover', 'popovertarget', 'commandfor', 'accesskey', 'draggable', 'usemap'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  // Of every attribute's value, not of addresses alone; which addresses may stay where is decided below.
  ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|tel|cid):|data:image\/(?:png|jpeg|gif|webp);base64,|[^a-z]|[a-z+.-]+(?:[^a-z+.:-]|$))/i,
  ADD_ATTR: ['target'],
}

/** Elements whose src may stay for a picture. */
const pictures = new Set(['IMG'])

/**
 * Makes HTML of a message harmless: nothing in it runs, and nothing in it asks
 * for anything elsewhere. What the page it goes into allows is a second wall;
 * the work is done in the realm of that page, under its policy.
 */
export function cleanHTML(html: string, page: Window): Clean {
  const purify = DOMPurify(page as unknown as Parameters<typeof DOMPurify>[0])
  const clean: Omit<Clean, 'content'> = { blocked: 0, remote: [], inline: [], language: '' }
  purify.addHook('uponSanitizeElement', (node, data) => {
    if (data.tagName === 'body') clean.language ||= languageOf(node.ownerDocument!)
    if (data.tagName === 'style') node.textContent = cleanStyles(node.textContent ?? '')
  })
  purify.addHook('afterSanitizeAttributes', (element) => cleanElement(element, clean))
  const content = purify.sanitize(html, config)
  return { ...clean, content }
}

/** What a document says its language is: nearest to the text first. */
function languageOf(document: Document): string {
  const said = document.body?.lang || document.documentElement.lang
  return languageIn([said || (document.querySelector('meta[http-equiv="content-language" i]')?.getAttribute('content') ?? '')])
}

function cleanElement(element: Element, clean: Omit<Clean, 'content'>): void {
  const style = element.getAttribute('style')
  if (style !== null) {
    if (/url\s*\(/i.test(style)) {
      clean.blocked++
      const background = /(?:^|;)\s*background(?:-image)?\s*:[^;]*?url\(\s*(?:"([^"]*)"|'([^']*)'|([^"'()\s]*))\s*\)/i.exec(style)
      if (background) offer(clean, background.slice(1).find(Boolean), backgroundOf(element))
    }
    element.setAttribute('style', cleanStyle(style))
  }
  for (const name of ['background', 'poster', 'longdesc', 'cite', 'action', 'formaction', 'xlink:href']) {
    if (!element.hasAttribute(name)) continue
    if (name === 'background') {
      clean.blocked++
      offer(clean, element.getAttribute(name)!, backgroundOf(element))
    }
    element.removeAttribute(name)
  }
  if (element.hasAttribute('src')) cleanSource(element, clean)
  const href = element.getAttribute('href')
  if (href === null) return
  if (element.tagName === 'A' && /^(?:https?:|mailto:|tel:)/i.test(href.trim())) {
    element.setAttribute('target', '_blank')
    element.setAttribute('rel', 'noopener noreferrer nofollow')
  } else element.removeAttribute('href')
}

function cleanSource(element: Element, clean: Omit<Clean, 'content'>): void {
  const source = element.getAttribute('src')!.trim()
  if (!pictures.has(element.tagName)) {
    element.removeAttribute('src')
    return
  }
  if (/^data:image\/(?:png|jpeg|gif|webp);base64,/i.test(source)) return
  element.removeAttribute('src')
  if (/^cid:/i.test(source)) clean.inline.push({ image: element as HTMLImageElement, cid: decode(source.slice(4)) })
  else {
    clean.blocked++
    offer(clean, source, (url) => element.setAttribute('src', url))
  }
}

/** Remembers a picture that the server might fetch: what is at http or https. */
function offer(clean: Omit<Clean, 'content'>, address: string | undefined, show: RemotePicture['show']): void {
  const url = (address ?? '').replace(/^[ \t\r\n\f]+|[ \t\r\n\f]+$/g, '')
  if (/^(?:https?:)?\/\//i.test(url)) clean.remote.push({ url, show })
}

/** Puts a picture behind an element, whose style was cleaned of it. */
const backgroundOf = (element: Element) => (url: string) => {
  ;(element as HTMLElement).style.backgroundImage = `url("${url}")`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Declarations without anything that is fetched. With escapes in it nobody can tell: then nothing stays. */
function cleanStyle(style: string): string {
  if (style.includes('\\')) return ''
  return style
    .split(';')
    .filter((d) => !/url\s*\(|image-set|image\s*\(|expression|@import|position\s*:\s*(?:fixed|sticky)|behavior|-moz-binding/i.test(d.replace(/\/\*.*?\*\//gs, '')))
    .join(';')
}

/** A style sheet without what is fetched, or none when that cannot be told. */
function cleanStyles(css: string): string {
  const text = css.replace(/\/\*.*?\*\//gs, '').replace(/<!--|-->/g, '')
  if (/[\\<]|@import|@charset|@namespace|@font-face/i.test(text)) return ''
  return text.replace(/[^;{}]*(?:url\s*\(|image-set|image\s*\(|expression|position\s*:\s*(?:fixed|sticky)|behavior|-moz-binding)[^;{}]*(?=[;}])/gi, '')
}
