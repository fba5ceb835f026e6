// What of WCAG 2.2 AA a program can measure and axe does not. Each answers with a line for what fails.
import type { Page } from 'playwright-core'
import { painted } from './demo.ts'

/**
 * 2.5.8: targets are 24 by 24 CSS pixels, or far enough from the next that circles of that size around them do not meet. Links in a line
 * of text may be smaller; so may what is in HTML of others.
 */
export const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const least = 24
    const all = [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary, label.tick, [role=button], [role=menuitem], [role=option], [role=tab], [role=checkbox], [role=radio], [role=switch]')]
    const seen = all.filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('[inert]') && !(e as HTMLButtonElement).disabled)
    const targets = seen.map((e) => ({ e, box: (e.matches('input') ? (e.closest('label') ?? e) : e).getBoundingClientRect() })).filter(({ box }) => box.width > 2 && box.height > 2)
    const inText = (e: HTMLElement) => getComputedStyle(e).display === 'inline' && (e.parentElement?.textContent ?? '').trim() !== (e.textContent ?? '').trim()
    return targets.flatMap(({ e, box }) => {
      if ((box.width >= least - 0.01 && box.height >= least - 0.01) || inText(e)) return []
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
      const near = targets.find(({ e: other, box: b }) => {
        if (other === e || other.contains(e) || e.contains(other)) return false
        const [dx, dy] = [Math.max(b.left - x, 0, x - b.right), Math.max(b.top - y, 0, y - b.bottom)]
        return Math.hypot(dx, dy) < least / 2
      })
      return near ? [`${Math.round(box.width)}×${Math.round(box.height)}: ${e.outerHTML.slice(0, 140)}`] : []
    })
  })

/**
 * 1.4.11: what shows where a control is, and its icon where it has no words, is 3 : 1 to what is around it. A line that is drawn around a control
 * is measured even where its text would do; fields, boxes to tick and round ones must have one. What cannot be used now is left out.
 */
export const faintControls = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    type Colour = readonly [number, number, number, number]
    const parse = (text: string): Colour => {
      const [r = 0, g = 0, b = 0, a = 1] = (/^rgba?\(([^)]*)\)/.exec(text)?.[1] ?? '').split(/[,/ ]+/).map(Number)
      return text.startsWith('rgb') ? [r, g, b, a] : [0, 0, 0, 0]
    }
    const over = ([r, g, b, a]: Colour, under: Colour): Colour => [r * a + under[0] * (1 - a), g * a + under[1] * (1 - a), b * a + under[2] * (1 - a), 1]
    const white: Colour = [255, 255, 255, 1]
    const ground = (e: Element | null): Colour => (e ? over(parse(getComputedStyle(e).backgroundColor), ground(e.parentElement)) : white)
    const light = (c: Colour) => {
      const [r, g, b] = c.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number]
      return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
    }
    const contrast = (a: Colour, b: Colour) => Math.max(light(a), light(b)) / Math.min(light(a), light(b))
    /** As seen through what is half transparent around it; 0 for what shows when it is pointed at. */
    const opacity = (e: Element | null): number => (e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1)
    /** The line around something, as a colour; undefined when there is none. */
    const line = (e: Element): Colour | undefined => {
      const style = getComputedStyle(e)
      const drawn = parseFloat(style.borderBottomWidth) > 0 && style.borderBottomStyle !== 'none' ? parse(style.borderBottomColor) : undefined
      if (drawn && drawn[3] > 0) return drawn
      const shadow = /(rgba?\([^)]*\)) 0px 0px 0px \d+(?:\.\d+)?px inset/.exec(style.boxShadow)
      return shadow ? parse(shadow[1]!) : undefined
    }
    const best = (e: Element) => {
      const around = ground(e.parentElement)
      const edge = line(e)
      return Math.max(contrast(ground(e), around), edge ? contrast(over(edge, around), around) : 1)
    }
    const fault = (what: string, value: number, e: Element) => (value >= 3 ? [] : [`${what} ${value.toFixed(2)}: ${e.outerHTML.slice(0, 120)}`])
    const seen = (e: Element) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 2 && opacity(e) > 0 && !e.closest('[inert], [disabled], [data-disabled], [aria-disabled=true], .unseen')
    const each = (selector: string) => [...document.querySelectorAll(selector)].filter(seen)
    const fields = each('input:not([type=checkbox], [type=radio], [type=hidden], [type=file]), textarea, select').flatMap((e) => {
      let edge: Element = e
      for (let i = 0; i < 4 && !line(edge) && edge.parentElement; i++) edge = edge.parentElement
      return fault(line(edge) ? 'field' : 'field without a line', line(edge) ? best(edge) : 1, e)
    })
    const boxes = each('.tick-mark, .choice-box, input[type=checkbox]:not(label *), input[type=radio]:not(label *)').flatMap((e) => fault('box', best(e), e))
    const controls = each('a[href], button, [role=button], [role=menuitem], [role=option], [role=tab], .person')
    const edges = controls.flatMap((e) => (line(e) ? fault('line', best(e), e) : []))
    const icons = controls.flatMap((e) => {
      if ((e as HTMLElement).innerText.trim() !== '') return []
      return [...e.querySelectorAll('svg')].filter(seen).flatMap((icon) => {
        const [r, g, b] = parse(getComputedStyle(icon).color)
        const under = ground(icon)
        return fault('icon', contrast(over([r, g, b, opacity(icon)], under), under), e)
      })
    })
    return [...fields, ...boxes, ...edges, ...icons]
  })

/** 1.4.10: nothing is wider than the page, but what scrolls by itself and says so. */
export const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const mayScroll = (e: Element) => e.closest('.filter-chips, iframe') !== null
    /** Cut off inside the page, with an ellipsis or to be heard only. */
    const within = (e: Element) => {
      for (let at = e.parentElement; at && at !== document.body; at = at.parentElement) {
        const box = at.getBoundingClientRect()
        if (/hidden|clip/.test(getComputedStyle(at).overflowX) && box.right <= width + 1 && box.left >= -1) return true
      }
      return false
    }
    return [...document.querySelectorAll<HTMLElement>('body *')].flatMap((e) => {
      if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('.unseen, .skip, svg') || mayScroll(e) || within(e)) return []
      const box = e.getBoundingClientRect()
      if (box.width <= 2 || getComputedStyle(e).position === 'fixed' && box.right <= 0) return []
      return box.right > width + 1 || box.left < -1 ? [`${Math.round(box.left)}–${Math.round(box.right)} of ${width}: ${e.outerHTML.slice(0, 120)}`] : []
    })
  })

/** 1.4.12: sets the spacing that a person may set. */
export const spaceText = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }')
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  })

/** Text that is cut off below, or at the side without an ellipsis. */
export const cutOff = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const hasText = (e: Element) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.nodeValue!.trim() !== '')
    return [...document.querySelectorAll<HTMLElement>('body *')].flatMap((e) => {
      if (!hasText(e) || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || e.closest('.unseen, .skip, svg')) return []
      const range = document.createRange()
      range.selectNodeContents(e)
      const text = range.getBoundingClientRect()
      if (text.width === 0) return []
      for (let box: HTMLElement | null = e; box && box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box)
        const clip = box.getBoundingClientRect()
        if (clip.width <= 2 || clip.height <= 2) return [] // to be heard only
        const hides = (overflow: string) => overflow === 'hidden' || overflow === 'clip'
        if (hides(style.overflowY) && (text.bottom > clip.bottom + 2 || text.top < clip.top - 2)) return [`cut below: ${e.outerHTML.slice(0, 140)} by ${box.className}`]
        if (hides(style.overflowX) && style.textOverflow !== 'ellipsis' && (text.right > clip.right + 2 || text.left < clip.left - 2)) return [`cut aside: ${e.outerHTML.slice(0, 140)} by ${box.className}`]
        if (style.textOverflow === 'ellipsis' || /auto|scroll/.test(style.overflowY + style.overflowX)) break
        if (style.position === 'absolute' && style.transform !== 'none' && text.bottom > clip.bottom + 2) return [`beyond its row: ${e.outerHTML.slice(0, 140)}`]
      }
      return []
    })
  })

/** 2.4.7, 2.4.11: walks a screen by Tab; what has the focus has a ring, and is not all under something else. */
export async function hiddenFocus(page: Page, steps = 60): Promise<string[]> {
  const faults: string[] = []
  const marks = new Set<string>()
  for (let i = 0; i < steps; i++) {
    await page.keyboard.press('Tab')
    let told = await look(page)
    // What was left may still be closing.
    for (let again = 0; told.fault && again < 5; again++) {
      await painted(page)
      told = await look(page)
    }
    if (told.mark !== '' && marks.has(told.mark)) break
    marks.add(told.mark)
    if (told.fault) faults.push(told.fault)
  }
  return faults
}

/** What has the focus, and what is wrong with how it is seen. */
function look(page: Page): Promise<{ mark: string; fault: string }> {
  return page.evaluate(() => {
    const e = document.activeElement as HTMLElement | null
    if (!e || e === document.body || e.tagName === 'IFRAME') return { mark: '', fault: '' }
    const whole = e.matches('input') ? (e.closest('label, .search, .field') ?? e) : e
    const box = whole.getBoundingClientRect()
    const of = (p: Element | null) => p !== null && (whole.contains(p) || p.contains(whole))
    let points = 0
    for (const x of [0.1, 0.5, 0.9]) for (const y of [0.15, 0.5, 0.85]) if (of(document.elementFromPoint(box.left + box.width * x, box.top + box.height * y))) points++
    const ringed = [e, ...e.querySelectorAll<HTMLElement>('[data-active]')].some((one) => {
      for (let at: HTMLElement | null = one; at && at !== document.body; at = at.parentElement) {
        const style = getComputedStyle(at)
        if ((style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || (at === one && style.boxShadow !== 'none')) return true
        if (at.matches('.field, label, .search, .row')) break
      }
      return false
    })
    const marker = e.parentElement?.querySelector<HTMLElement>('.tick-mark')
    const byMark = e.matches('input') && [...(e.closest('label')?.querySelectorAll<HTMLElement>('.tick-mark') ?? []), ...(marker ? [marker] : [])].some((m) => getComputedStyle(m).outlineStyle !== 'none')
    const html = e.outerHTML.slice(0, 140)
    const mark = `${e.tagName}${e.getAttribute('aria-label') ?? ''}${e.textContent?.slice(0, 40) ?? ''}${Math.round(box.left)},${Math.round(box.top)}`
    return { mark, fault: points === 0 ? `hidden: ${html}` : !ringed && !byMark ? `no ring: ${html}` : '' }
  })
}
