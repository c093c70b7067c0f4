/** Workers in an order that stays, each job at a place that stays, and for a moment who came and who left. Pure. */
import type { BusyWorker, RunningJob } from '../../kit/api/types.ts'

/** How long who came is marked, and who left is still shown, ms. */
export const NOTICED_MS = 6_000

export interface Member {
  readonly worker: BusyWorker
  /** One a job that can run at once; undefined: free. */
  readonly slots: readonly (RunningJob | undefined)[]
  /** Milliseconds since the epoch; undefined where it was there from the first. */
  readonly cameAt?: number | undefined
  readonly leftAt?: number | undefined
}
export type Roster = readonly Member[]

/** Jobs keep their slots; others take the free ones, in order. Those beyond all slots have ended: it is only not told yet. */
export const seated = (
  before: readonly (RunningJob | undefined)[],
  jobs: readonly RunningJob[],
  concurrency: number,
): readonly (RunningJob | undefined)[] => {
  const waiting = new Map(jobs.map((job) => [job.id, job]))
  const slots = Array.from({ length: concurrency }, (_, index) => {
    const id = before[index]?.id
    const stays = id === undefined ? undefined : waiting.get(id)
    if (stays) waiting.delete(stays.id)
    return stays
  })
  const others = waiting.values()
  return slots.map((slot) => slot ?? others.next().value)
}

/** The master first, then who has been there longest. */
const inOrder = (a: Member, b: Member): number =>
  Number(b.worker.nodeType === 'master') - Number(a.worker.nodeType === 'master') ||
  a.worker.startedAt.localeCompare(b.worker.startedAt) ||
  a.worker.id.localeCompare(b.worker.id)

/** One that starts anew under the same name is another. */
export const nameOf = ({ id, startedAt }: BusyWorker): string => `${id} ${startedAt}`

const concurrencyOf = ({ concurrency, jobs }: BusyWorker, before: Member | undefined): number =>
  concurrency ?? Math.max(1, jobs.length, before?.slots.length ?? 0)

/** After the next answer; `before` is undefined at the first. `now`: milliseconds since the epoch. */
export const nextRoster = (
  before: Roster | undefined,
  workers: readonly BusyWorker[],
  now: number,
): Roster => {
  const known = new Map((before ?? []).map((it) => [nameOf(it.worker), it]))
  const here = workers.map((worker): Member => {
    const was = known.get(nameOf(worker))
    known.delete(nameOf(worker))
    const slots = seated(was?.slots ?? [], worker.jobs, concurrencyOf(worker, was))
    // One that is back was never away.
    return { worker, slots, cameAt: was ? was.cameAt : before && now }
  })
  const gone = [...known.values()]
    .map((it): Member => ({ ...it, slots: it.slots.map(() => undefined), leftAt: it.leftAt ?? now }))
    .filter(({ leftAt = now }) => now - leftAt < NOTICED_MS)
  return [...here, ...gone].sort(inOrder)
}

export const isNew = ({ cameAt }: Member, now: number): boolean =>
  cameAt !== undefined && now - cameAt < NOTICED_MS
