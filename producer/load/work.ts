import type { LoadOptions } from './args.ts'
import { failingBodies, failuresOf } from './failures.ts'

/** The JSON of each job of a run, made from parts that are serialized once: it costs a concatenation a job. */
export interface Work {
  /** Which of the bodies job `job` has. */
  bodyOf(job: number): number
  /** The submission of job `job` as JSON, in one line. */
  json(job: number): string
  /** How many of its attempts it is told to fail. */
  failures(job: number): number
}

/**
 * Jobs go round over the payloads (one for each, or one for all), and round over the keys.
 * @throws RangeError without a payload
 */
export const createWork = (
  { type, keys, fail }: Pick<LoadOptions, 'type' | 'keys' | 'fail'>,
  payloads: readonly unknown[],
): Work => {
  // An undefined payload is left out of the JSON, as a client leaves it out.
  const bodies = payloads.map((payload) =>
    (fail && payload instanceof Object ? failingBodies(type, payload, fail) : [{ type, payload }]).map(
      (body) => JSON.stringify(body),
    ),
  )
  if (bodies.length === 0) throw new RangeError('there is no payload')
  const open = bodies.map((texts) => texts.map((body) => `${body.slice(0, -1)},"key":"k-`))
  const bodyOf = (job: number): number => job % bodies.length
  const failures = (job: number): number => (fail ? failuresOf(fail, job) : 0)
  return {
    bodyOf,
    failures,
    json: (job) => {
      const [at, failing] = [bodyOf(job), failures(job)]
      return keys === undefined
        ? (bodies[at]?.[failing] ?? '')
        : `${open[at]?.[failing] ?? ''}${job % keys}"}`
    },
  }
}
