/** The frame around every page: brand, navigation, whether data is live, light and dark. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { nextTheme, theme } from '../theme.ts'
import { Toasts } from './toasts.tsx'
import { TokenDialog } from './token-dialog.tsx'
import { TokenMenu } from './token-menu.tsx'

export interface NavItem {
  readonly href: string
  readonly label: string
  readonly current?: boolean
  /** Another page than this app's: set apart. */
  readonly other?: boolean
}

/** `connecting`: nothing has come yet. `lost`: what is shown is old. */
export type Connection = 'connecting' | 'live' | 'lost'

const connections = {
  connecting: { text: 'Connecting', badge: 'wait' },
  live: { text: 'Live', badge: 'run' },
  lost: { text: 'Reconnecting', badge: 'warn' },
} as const

/** A pulse that leaves its band. */
const Mark = () => (
  <svg width="22" height="22" viewBox="0 0 22 22" fill="none" aria-hidden="true">
    <path d="M1 8.5h20M1 14.5h20" stroke="currentColor" stroke-width="1.5" opacity=".35" />
    <path
      d="M1 11.5h5l2-2 2 3 2.5-9.5 2.6 15 1.9-6.5h4"
      stroke="currentColor"
      stroke-width="1.9"
      stroke-linejoin="round"
      stroke-linecap="round"
    />
  </svg>
)

const themeNames = { system: 'as the system', light: 'light', dark: 'dark' } as const

const ThemeButton = () => (
  <button
    type="button"
    class="quiet"
    onClick={nextTheme}
    title={`Colours: ${themeNames[theme.value]}`}
    aria-label={`Colours: ${themeNames[theme.value]}. Change`}
  >
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" />
      {theme.value !== 'light' && (
        <path
          d={
            theme.value === 'dark'
              ? 'M8 3.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9'
              : 'M8 1.75a6.25 6.25 0 0 1 0 12.5z'
          }
          fill="currentColor"
        />
      )}
    </svg>
  </button>
)

export const Shell = ({
  home,
  title,
  nav,
  connection,
  children,
}: {
  readonly home: string
  readonly title: string
  readonly nav: readonly NavItem[]
  readonly connection: Connection
  readonly children: ComponentChildren
}) => {
  const element = useRef<HTMLElement>(null)
  const current = nav.find((it) => it.current)?.href
  // Where the pages' names don't fit, that of this one is in sight.
  useEffect(() => {
    if (current !== undefined)
      element.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [current])
  const { text, badge } = connections[connection]
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="bar-top">
        <div>
          <a class="brand" href={home}>
            <Mark />
            {title}
          </a>
          <nav class="nav" aria-label="Pages" ref={element}>
            {nav.map(({ href, label, current, other }) => (
              <a
                key={href}
                href={href}
                class={other ? 'other' : ''}
                {...(current ? { 'aria-current': 'page' as const } : {})}
              >
                {label}
              </a>
            ))}
          </nav>
          <span class={`badge ${badge}`} role="status">
            {text}
          </span>
          <TokenMenu />
          <ThemeButton />
        </div>
      </header>
      <main id="main" class="page" tabindex={-1}>
        {children}
      </main>
      <Toasts />
      <TokenDialog />
    </>
  )
}
