/** The page's colours for drawings: a canvas knows no custom properties. */

export interface Colours {
  readonly ink: string
  readonly soft: string
  readonly line: string
  readonly lineStrong: string
  readonly surface: string
  readonly accent: string
  readonly accentSoft: string
  readonly good: string
  readonly warn: string
  readonly bad: string
  readonly badSoft: string
}

/** As they are now: read anew where the theme changes. */
export const readColours = (): Colours => {
  const probe = document.createElement('span')
  document.body.append(probe)
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const colours = {
    ink: read('ink'),
    soft: read('soft'),
    line: read('line'),
    lineStrong: read('line-strong'),
    surface: read('surface'),
    accent: read('accent'),
    accentSoft: read('accent-soft'),
    good: read('good'),
    warn: read('warn'),
    bad: read('bad'),
    badSoft: read('bad-soft'),
  }
  probe.remove()
  return colours
}

/** The same colour, let through: `alpha` from 0 to 1. */
export const faded = (colour: string, alpha: number): string =>
  colour.replace(/^rgb\((.*)\)$/, (_, parts: string) => `rgba(${parts}, ${alpha})`)
