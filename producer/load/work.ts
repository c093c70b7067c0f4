import type { LoadOptions } from './args.ts'

/** The JSON of each job of a run, made from parts that are serialized once: it costs a concatenation a job. */
export interface Work {
  /** Which of the bodies job `job` has. */
  bodyOf(job: number): number
  /** The submission of job `job` as JSON, in one line. */
  json(job: number): string
}

/**
 * Jobs go round over the payloads (one for each, or one for all), and round over the keys.
 * @throws RangeError without a payload
 */
export const createWork = (
  { type, keys }: Pick<LoadOptions, 'type' | 'keys'>,
  payloads: readonly unknown[],
): Work => {
  // An undefined payload is left out of the JSON, as a client leaves it out.
  const bodies = payloads.map((payload) => JSON.stringify({ type, payload }))
  if (bodies.length === 0) throw new RangeError('there is no payload')
  const open = bodies.map((body) => `${body.slice(0, -1)},"key":"k-`)
  const bodyOf = (job: number): number => job % bodies.length
  return {
    bodyOf,
    json: (job) =>
      keys === undefined ? (bodies[bodyOf(job)] ?? '') : `${open[bodyOf(job)] ?? ''}${job % keys}"}`,
  }
}
