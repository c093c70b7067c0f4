/** What jobs tell of their runs: a file a worker in one folder, a line a job: when it was due and when it ran, ns. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How long jobs that were due in a time took to be run, ms; one that ran twice counts once. Lines that are not whole yet are left out. */
export const latenciesIn = (text: string, from: bigint, to: bigint): Map<string, number> => {
  const found = new Map<string, number>()
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const [due, ran] = line.split(' ')
    if (due === undefined || ran === undefined) continue
    const at = BigInt(due)
    if (at < from || at >= to || found.has(due)) continue
    found.set(due, Number(BigInt(ran) - at) / 1e6)
  }
  return found
}

export const readStamps = (folder: string, from: bigint, to: bigint): Map<string, number> => {
  const all = new Map<string, number>()
  for (const name of readdirSync(folder)) {
    for (const [due, ms] of latenciesIn(readFileSync(join(folder, name), 'utf8'), from, to)) all.set(due, ms)
  }
  return all
}
