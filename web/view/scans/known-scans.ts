/**
 * What this browser knows of scans beyond what a list of jobs tells: the data set of each. A scan says its data set in its result alone, so one is
 * remembered where it is begun or opened.
 */
import { signal } from '@preact/signals'

const NAME = 'anomalyguard-scans'
const MAX_KEPT = 500

export type KnownScans = Readonly<Record<string, string>>

const read = (): KnownScans => {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(NAME) ?? '{}')
    const entries = typeof known === 'object' && known !== null ? Object.entries(known) : []
    return Object.fromEntries(entries.filter((it): it is [string, string] => typeof it[1] === 'string'))
  } catch {
    return {}
  }
}

/** The data set's id by the scan's. */
export const knownScans = signal<KnownScans>(read())

export const rememberScan = (scan: string, dataSet: string): void => {
  if (knownScans.value[scan] === dataSet) return
  const entries = [...Object.entries(knownScans.value), [scan, dataSet] as const].slice(-MAX_KEPT)
  knownScans.value = Object.fromEntries(entries)
  try {
    localStorage.setItem(NAME, JSON.stringify(knownScans.value))
  } catch {
    // The browser keeps nothing more: it is known until the page is left.
  }
}
