/** Light or dark: the system's, unless the reader has chosen. */
import { effect, signal } from '@preact/signals'

const NAME = 'anomalyguard-theme'
const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const stored = localStorage.getItem(NAME)
const dark = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = signal(dark.matches)
dark.addEventListener('change', () => {
  systemIsDark.value = dark.matches
})

export const theme = signal<Theme>(themes.find((it) => it === stored) ?? 'system')

/** What is seen now: drawings take their colours anew when it changes. */
export const shown = signal<'light' | 'dark'>('light')

effect(() => {
  const chosen = theme.value
  const root = document.documentElement
  if (chosen === 'system') root.removeAttribute('data-theme')
  else root.dataset['theme'] = chosen
  shown.value = chosen === 'system' ? (systemIsDark.value ? 'dark' : 'light') : chosen
})

/** System, light, dark, and again. */
export const nextTheme = (): void => {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'system'
  theme.value = next
  if (next === 'system') localStorage.removeItem(NAME)
  else localStorage.setItem(NAME, next)
}
