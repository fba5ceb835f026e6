import { describe, expect, test } from 'vitest'
import { maxHeight, ScrollMap } from '../src/mail/scroll.ts'

const million = 1_000_000

/** What a browser does: an element of a list, in a pane of a height. */
class Pane {
  top = 0

  constructor(
    readonly map: ScrollMap,
    readonly view: number,
  ) {}

  /** The first row in view, with its fraction, and the one after the last. */
  get seen(): [number, number] {
    return [this.map.base + this.top / this.map.rowHeight, this.map.base + (this.top + this.view) / this.map.rowHeight]
  }

  /** The thumb is dragged, or the wheel turned. */
  scroll(top: number): void {
    const next = Math.max(0, Math.min(top, this.map.height - this.view))
    this.map.moved(next, this.top, this.view)
    this.top = next
    if (this.map.stuck(next, this.view)) this.rest()
  }

  /** Nothing has moved for a while. */
  rest(): void {
    const next = this.map.settled(this.top, this.view)
    if (next === undefined) return
    expect(next).toBeGreaterThanOrEqual(0)
    expect(next).toBeLessThanOrEqual(this.map.height - this.view)
    this.top = next
  }
}

test('a list that fits is an element like any other', () => {
  const pane = new Pane(new ScrollMap(2000, 64), 800)
  expect(pane.map.height).toBe(128_000)
  pane.scroll(1e9)
  expect(pane.seen[1]).toBe(2000)
  expect([pane.map.base, pane.map.settled(pane.top, 800), pane.map.stuck(pane.top, 800), pane.map.placed(1500)]).toEqual([0, undefined, false, 1500])
  expect(new ScrollMap(0, 64).height).toBe(0)
})

describe.each([
  [64, 800], [76, 611], [64, 333], [76, 1400],
])('a million rows of %i pixels, of which %i pixels are seen', (rowHeight, view) => {
  const open = (count = million) => new Pane(new ScrollMap(count, rowHeight), view)

  test('are in an element that browsers can have', () => {
    expect(open().map.height).toBeLessThanOrEqual(maxHeight)
    expect(open().map.height).toBeGreaterThan(maxHeight - rowHeight)
  })

  test('begin and end exactly where the element does', () => {
    const pane = open()
    pane.scroll(1e9)
    expect(pane.seen[1]).toBe(million)
    pane.rest()
    expect(pane.seen[1]).toBe(million)
    pane.scroll(0)
    expect(pane.seen[0]).toBe(0)
  })

  test('are each at hand: a row asked for is in the element, and no other is in its place', () => {
    const pane = open()
    for (let row = 0; row < million; row = row < 40_000 || row > million - 40_000 ? row + 1 : row + 97) {
      const place = pane.map.placed(row)
      if (place < 0 || place >= pane.map.rows || pane.map.base < 0 || pane.map.base + pane.map.rows > million || place + pane.map.base !== row) {
        expect.fail(`row ${row}: place ${place}, base ${pane.map.base}`)
      }
    }
    expect(pane.map.base + pane.map.rows).toBe(million)
  })

  test('lie at the part of the list where the thumb is', () => {
    const pane = open()
    for (const part of [0.1, 0.25, 0.5, 0.75, 0.9]) {
      pane.scroll(0)
      pane.scroll(part * (pane.map.height - view))
      expect(pane.seen[0] / million).toBeCloseTo(part, 3)
    }
  })

  test('go by one after another, without a gap, over many lengths of the element', () => {
    const pane = open()
    const step = Math.floor(view * 0.9)
    let last = 0
    for (let i = 0; i < 150_000; i++) {
      pane.scroll(pane.top + step)
      if (i % 7 === 0) pane.rest()
      const moved = (pane.seen[0] - last) * rowHeight
      if (moved < 0 || moved > step + 1e-3) expect.fail(`step ${i}: moved by ${moved}`)
      last = pane.seen[0]
    }
    expect(last).toBeGreaterThan(3 * pane.map.rows)
    for (let i = 0; i < 160_000 && last > 0; i++) {
      pane.scroll(pane.top - step)
      if (i % 7 === 0) pane.rest()
      const moved = (last - pane.seen[0]) * rowHeight
      if (moved < 0 || moved > step + 1e-3) expect.fail(`step ${i} back: moved by ${moved}`)
      last = pane.seen[0]
    }
    expect(last).toBe(0)
  })

  test('stay where they are when the run in the element moves on', () => {
    const pane = open()
    pane.scroll(0.5 * pane.map.height)
    for (const top of [1, view - 1, pane.map.height - 1.5 * view, pane.map.height - view]) {
      pane.top = top
      const before = pane.seen[0]
      pane.rest()
      expect(pane.seen[0]).toBeCloseTo(before, 6)
      expect(pane.map.settled(pane.top, view)).toBeUndefined()
    }
  })

  test('are walked through by key without the run moving at each step', () => {
    const pane = open()
    let moves = 0
    for (let row = 0; row < 200_000; row++) {
      const { base } = pane.map
      pane.map.placed(row)
      if (pane.map.base !== base) moves++
    }
    expect(moves).toBeLessThan(200)
  })

  test('stay when the list grows or shrinks', () => {
    const pane = open()
    pane.scroll(0.5 * pane.map.height)
    const grown = new ScrollMap(million + 1, rowHeight)
    grown.resume(pane.map.base)
    expect(grown.base).toBe(pane.map.base)
    const small = new ScrollMap(10, rowHeight)
    small.resume(pane.map.base)
    expect(small.base).toBe(0)
  })
})
