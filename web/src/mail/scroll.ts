/**
 * The tallest the element of a list is, in pixels. Browsers allow 17 million
 * (Firefox) to 33 million; what the virtualizer keeps for each row bounds it
 * sooner.
 */
export const maxHeight = 2_000_000

/**
 * Maps the rows of a list onto an element that scrolls. The element of a list
 * of a million rows holds only a run of them: small movements go through that
 * run row by row, large ones (the thumb was dragged) go through the whole list
 * in proportion, and where the run ends and the list does not, it is moved on
 * while nothing moves on the screen.
 */
export class ScrollMap {
  /** The row of the list that is the first in the element. */
  base = 0

  constructor(
    /** Rows of the list. */
    readonly count: number,
    /** The height of each, in pixels. */
    readonly rowHeight: number,
  ) {}

  /** Rows in the element. */
  get rows(): number {
    return Math.min(this.count, Math.floor(maxHeight / this.rowHeight))
  }

  /** The height of the element. */
  get height(): number {
    return this.rows * this.rowHeight
  }

  /** The rows that are not in the element. */
  private get spare(): number {
    return this.count - this.rows
  }

  /** Takes up where another list, or this one before it grew, left off. */
  resume(base: number): void {
    this.base = Math.min(base, this.spare)
  }

  /** Hears that the scrollbar went from one place to another; view is the height of what is seen. */
  moved(top: number, before: number, view: number): void {
    const range = this.height - view
    if (this.spare === 0 || Math.abs(top - before) <= 2 * view) return
    this.base = Math.round(this.spare * Math.max(0, Math.min(1, top / range)))
  }

  /**
   * Where the scrollbar has to stand for the same rows when the run is moved
   * on, which is done near its ends; undefined when all is well.
   */
  settled(top: number, view: number): number | undefined {
    const atStart = top < view && this.base > 0
    const atEnd = top > this.height - 2 * view && this.base < this.spare
    if (!atStart && !atEnd) return undefined
    const before = this.base
    this.base = this.baseFor(before + top / this.rowHeight)
    return this.base === before ? undefined : top + (before - this.base) * this.rowHeight
  }

  /** Whether the scrollbar is at an end of the element that is none of the list. */
  stuck(top: number, view: number): boolean {
    return (top <= 0 && this.base > 0) || (top >= this.height - view - 1 && this.base < this.spare)
  }

  /** Where in the element a row is; the run is moved there when it is at its ends or beyond. */
  placed(row: number): number {
    const margin = this.rows / 16
    const far = (row < this.base + margin && this.base > 0) || (row >= this.base + this.rows - margin && this.base < this.spare)
    if (far) this.base = this.baseFor(row)
    return row - this.base
  }

  /** The run in which a row is well away from the ends, unless they are those of the list. */
  private baseFor(row: number): number {
    if (row < this.rows / 4) return 0
    if (row > this.count - this.rows / 4) return this.spare
    const edge = this.rows / 8
    const even = (this.spare * row) / this.count
    return Math.round(Math.max(0, row - this.rows + edge, Math.min(even, row - edge, this.spare)))
  }
}
