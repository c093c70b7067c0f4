/** The detectors that there are, as the schema of the job type `detect` names and describes them. Pure. */

import { descriptionOf, enumOf } from '../schema.ts'

export interface DetectorChoice {
  readonly name: string
  readonly description: string
}

export const PREFERRED = 'auto'

/** `auto` first, the others as they come. The text of each stands behind its name: "…by default. auto: Several … forecast: Forecasts …". */
export const detectorsOf = (schema: unknown): DetectorChoice[] => {
  const text = descriptionOf(schema, 'detector')
  const names = enumOf(schema, 'detector')
  const places = names
    .map((name) => ({ name, at: ` ${text}`.indexOf(` ${name}: `) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
  const descriptions = new Map(
    places.map(({ name, at }, i) => [name, text.slice(at + name.length + 2, places[i + 1]?.at).trim()]),
  )
  return names
    .map((name) => ({ name, description: descriptions.get(name) ?? '' }))
    .sort((a, b) => Number(b.name === PREFERRED) - Number(a.name === PREFERRED))
}
