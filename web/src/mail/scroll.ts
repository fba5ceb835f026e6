/** The tallest an element may be for every browser, with room to spare, in pixels. */
export const maxHeight = 8_000_000

/**
 * Maps the place in a list onto the place of a scrollbar. A list of a million
 * rows is taller than browsers allow an element to be; so the element is
 * shorter, small movements go one to one, and large ones (the thumb was
 * dragged) in proportion.
 */
export class ScrollMap {
  /** What a row's place in the list has to be moved by to be in the element. */
  shift = 0

  constructor(
    /** The height of the whole list. */
    readonly full: number,
    /** The height of the part in view. */
    readonly view: number,
  ) {}

  /** The height of the element. */
  get height(): number {
    return Math.min(this.full, maxHeight)
  }

  private get ratio(): number {
    const range = this.height - this.view
    return range > 0 ? (this.full - this.view) / range : 1
  }

  /** The place in the list for a place of the scrollbar; before is where it was. */
  moved(top: number, before: number): number {
    if (this.full <= maxHeight) return top
    if (Math.abs(top - before) > 2 * this.view) this.shift = Math.round(top * this.ratio) - top
    return this.clamp(top + this.shift)
  }

  /**
   * Where the scrollbar should stand instead: at the ends of the element there
   * may be more list. Undefined when it is well where it is.
   */
  settled(top: number): number | undefined {
    if (this.full <= maxHeight) return undefined
    const place = this.clamp(top + this.shift)
    const due = place / this.ratio
    const atEnd = top < this.view || top > this.height - 2 * this.view
    if (!atEnd || Math.abs(due - top) < 1) return undefined
    const next = Math.round(due)
    this.shift = Math.round(place) - next
    return next
  }

  /** Stands the scrollbar for a place in the list. */
  placed(place: number): number {
    if (this.full <= maxHeight) return place
    const top = Math.round(this.clamp(place) / this.ratio)
    this.shift = Math.round(this.clamp(place)) - top
    return top
  }

  private clamp(place: number): number {
    return Math.max(0, Math.min(place, this.full - this.view))
  }
}
