export type Theme = 'system' | 'light' | 'dark'

const kept = 'postroom.theme'

export function theme(): Theme {
  const value = localStorage.getItem(kept)
  return value === 'light' || value === 'dark' ? value : 'system'
}

export function applyTheme(value: Theme = theme()): void {
  if (value === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = value
}

export function chooseTheme(value: Theme): void {
  if (value === 'system') localStorage.removeItem(kept)
  else localStorage.setItem(kept, value)
  applyTheme(value)
}
