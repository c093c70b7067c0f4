/** The two apps that pages are built from, and how. */
import { join } from 'node:path'
import type { InlineConfig } from 'vite'

export interface App {
  /** Of its sources, in web/. */
  readonly folder: 'console' | 'view'
  /** The path that it is served at. */
  readonly base: string
}

export const apps: readonly App[] = [
  { folder: 'console', base: '/' },
  { folder: 'view', base: '/view/' },
]

export const configOf = ({ folder, base }: App): InlineConfig => ({
  configFile: false,
  root: join(import.meta.dirname, folder),
  base,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
