/** All detectors by name, and the ways to choose one of them. */
import { AppError } from '../../core/errors.ts'
import { auto } from './auto.ts'
import { batch } from './batch/index.ts'
import type { Detector, Input } from './detector.ts'
import { streaming } from './streaming/index.ts'

export const detectors: ReadonlyMap<string, Detector> = new Map(
  [...streaming, ...batch].map((detector) => [detector.name, detector]),
)

/** What runs where nobody names a detector. */
export const DEFAULT_DETECTOR = 'forecast'

export interface Choice {
  readonly detector: Detector
  /** Why this one, in a sentence; undefined where it was asked for by its name. */
  readonly why?: string
}

/** What can be asked for beside the detectors: looks at the series, and says which detector is for it, and why. */
export interface Chooser {
  readonly name: string
  /** For people who choose. One sentence. */
  readonly description: string
  choose(input: Input): Required<Choice>
}

export const choosers: ReadonlyMap<string, Chooser> = new Map(
  [auto].map((chooser) => [chooser.name, chooser]),
)

/** All that can be asked for. */
export const detectorNames: readonly string[] = [...choosers.keys(), ...detectors.keys()]

/** @throws AppError REQUEST_INVALID for a name that is none */
const detectorOf = (name: string): Detector => {
  const detector = detectors.get(name)
  if (detector !== undefined) return detector
  throw new AppError('REQUEST_INVALID', `detector: "${name}" is none of ${detectorNames.join(', ')}`)
}

/** @throws AppError REQUEST_INVALID for a name that is none */
export const choose = (name: string, input: Input): Choice =>
  choosers.get(name)?.choose(input) ?? { detector: detectorOf(name) }
