/** What died, and what was no job: each has a letter and a copy, and nothing else has one. Pure. */
import type { Evidence } from './evidence.ts'
import { about, placeName } from './findings.ts'

const copiesOf = ({ dead }: Evidence): Map<string, string | undefined> =>
  new Map(dead.map((copy) => [placeName(copy), copy.value]))

export const poisonWithoutLetter = (evidence: Evidence): string[] => {
  const kept = [
    { values: copiesOf(evidence), name: 'copy' },
    { values: new Map(evidence.letters.map((it) => [placeName(it), it.value])), name: 'letter' },
  ]
  return evidence.log.flatMap((entry) => {
    if (entry.poison === undefined) return []
    const at = placeName(entry)
    const faults = kept.flatMap(({ values, name }) => {
      if (!values.has(at)) return [`has no ${name}`]
      return values.get(at) === entry.value ? [] : [`its ${name} differs`]
    })
    return faults.length === 0 ? [] : [`${entry.poison}: ${about(entry)}: ${faults.join('; ')}`]
  })
}

export const deadWithoutLetter = (evidence: Evidence): string[] => {
  const copies = copiesOf(evidence)
  const letters = new Set(evidence.letters.map(({ id }) => id))
  return evidence.outcomes.flatMap((row) => {
    if (row.status !== 'dead') return []
    const lacks = [
      ...(letters.has(row.id) ? [] : ['letter']),
      ...(copies.has(placeName(row)) ? [] : ['copy']),
    ]
    return lacks.length === 0 ? [] : [`${about(row)}: has no ${lacks.join(' and no ')}`]
  })
}

/** Letters of jobs that are not dead: cancelled, replayed, or never there. */
export const lettersOfTheLiving = ({ letters, outcomes }: Evidence): string[] => {
  const rows = new Map(outcomes.map((row) => [row.id, row]))
  return letters.flatMap((letter) => {
    const status = rows.get(letter.id)?.status
    if (!letter.replayable || status === 'dead') return []
    return [`${letter.id} at ${placeName(letter)}: ${status ?? 'no outcome'}`]
  })
}
