/**
 * A job's id: a UUID of version 8 (RFC 9562, section 5.8), made before the record is published.
 *
 *     48 bits  submit time, milliseconds since the epoch (also the record's timestamp)
 *      4 bits  version, 8
 *     12 bits  partition of the jobs topic
 *      2 bits  variant, 10
 *      2 bits  priority: its index in `priorities` (`core/job.ts`); 3: a control job
 *      6 bits  topic epoch (`TOPIC_EPOCH`); 63 for control jobs
 *     20 bits  counter within the millisecond, from a random beginning (RFC 9562, section 6.2, method 1)
 *     34 bits  random
 *
 * Ids sort by submit time; those of one process, partition and millisecond in the order in which they were made. From an id alone any master knows where in the log the job is (see `producer/fleet/locate.ts`): each
 * priority has a topic of its own. The two fields between variant and random are one number here, `epoch` (see {@link epochOf}).
 */
import { randomFillSync } from 'node:crypto'
import { type Job, priorities } from './job.ts'

export interface JobIdParts {
  /** Milliseconds since the epoch. */
  readonly submittedAt: number
  readonly partition: number
  readonly epoch: number
}

const RANDOM_BYTES = 8
const pool = Buffer.alloc(RANDOM_BYTES * 512)
let used = pool.length

/** Where in the pool fresh random bytes are. */
const random = (): number => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += RANDOM_BYTES
  return used - RANDOM_BYTES
}

const COUNTS = 2 ** 20
let lastTime = 0
let count = 0

const digits = Buffer.from('0123456789abcdef')
/** The id in the making: as text from the start, which is several times cheaper than to put one together. */
const text = Buffer.from('00000000-0000-8000-8000-000000000000')

/** Writes a number of at most 32 bits as hexadecimal digits that end before `end`. */
const write = (value: number, length: number, end: number): void => {
  let rest = value
  for (let at = end - 1; at >= end - length; at--) {
    text[at] = digits[rest & 15] ?? 0
    rest >>>= 4
  }
}

/** Makes a new id. `partition` is below 4096, `epoch` below 256. */
export const makeJobId = ({ submittedAt, partition, epoch }: JobIdParts): string => {
  const bits = random()
  if (submittedAt === lastTime) count = (count + 1) % COUNTS
  else {
    // From the lower half, so that there is room for half a million in a millisecond.
    count = pool.readUInt32BE(bits + 4) % (COUNTS / 2)
    lastTime = submittedAt
    write(Math.floor(submittedAt / 2 ** 16), 8, 8)
    write(submittedAt % 2 ** 16, 4, 13)
  }
  write(partition, 3, 18)
  write(0x8000 | (epoch << 6) | (count >> 14), 4, 23)
  write(((count & 0x3fff) << 2) | (pool.readUInt8(bits + 7) & 3), 4, 28)
  write(pool.readUInt32BE(bits), 8, 36)
  return text.toString('latin1')
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What an id says, or undefined where it is none of ours. */
export const readJobId = (id: string): JobIdParts | undefined => {
  if (!pattern.test(id)) return undefined
  return {
    submittedAt: Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16),
    partition: Number.parseInt(id.slice(15, 18), 16),
    epoch: (Number.parseInt(id.slice(19, 23), 16) >> 6) & 0xff,
  }
}

/** The `epoch` of an id: of its 8 bits the upper two name the priority (below 4), the rest the topic epoch (below 64). */
export const epochOf = (priority: number, topicEpoch: number): number => (priority << 6) | topicEpoch

/** A job with its priority, which its id tells; control jobs have none. */
export const withPriority = (job: Job): Job => {
  const priority = priorities[(readJobId(job.id)?.epoch ?? 0xff) >> 6]
  return priority === undefined ? job : { ...job, priority }
}
