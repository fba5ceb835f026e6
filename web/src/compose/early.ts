/**
 * What is typed while the composer is still on its way: it belongs into the message,
 * and must neither be lost nor be taken for shortcuts.
 */
export class EarlyKeys {
  private text = ''
  private listening = false

  /** From now on what is typed outside of a field is kept. */
  begin(): void {
    if (this.listening) return
    this.text = ''
    this.listening = true
    window.addEventListener('keydown', this.heard, true)
  }

  /** What was typed meanwhile; from now on keys go where the focus is. */
  take(): string {
    const { text } = this
    this.text = ''
    this.end()
    return text
  }

  end(): void {
    this.listening = false
    window.removeEventListener('keydown', this.heard, true)
  }

  private readonly heard = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inField(event.target)) return
    if (event.key === 'Backspace') this.text = [...this.text].slice(0, -1).join('')
    else if (event.key === 'Enter') this.text += '\n'
    else if ([...event.key].length !== 1) return
    // The key that opened the composer, still held down, is not meant.
    else if (!event.repeat || this.text !== '') this.text += event.key
    event.preventDefault()
    event.stopPropagation()
  }
}

function inField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"]') !== null
}
