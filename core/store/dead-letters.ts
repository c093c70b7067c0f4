/**
 * Dead letters: one row a dead job, or a record that is none, with its value and why it died. They are written beside the
 * outcome, and leave when they are replayed or dropped.
 */
import { randomUUID } from 'node:crypto'
import type { Attempt, JobError } from '../job.ts'
import type { Queryable } from './transaction.ts'

export interface DeadLetter {
  /** The job's; undefined for a record that is no job: its letter gets a random one. */
  readonly id: string | undefined
  /** Whether it can be put back. What is no job can't. */
  readonly replayable: boolean
  readonly topic: string
  readonly partition: number
  /** Undefined where it never was in the log. */
  readonly offset: number | undefined
  readonly type: string | undefined
  readonly key: string | undefined
  /** The record's. */
  readonly value: Buffer | null
  readonly traceparent: string | undefined
  readonly error: Pick<JobError, 'code' | 'message'>
  readonly attempts: readonly Attempt[]
  /** Milliseconds since the epoch. */
  readonly submittedAt: number | undefined
  readonly diedAt: number
}

/** Bytes of values in one statement: as text they are twice as many. */
const MAX_BYTES = 32_000_000

/** Longest texts that are kept, in UTF-16 units: an index row holds 2,704 bytes. A job's own are never longer. */
const LONGEST = { type: 128, key: 512, traceparent: 128, code: 128, message: 10_000 } as const

/** What a record that is no job calls its key or type may be anything. As it came it is in the value, or on the dead letters' topic. */
const storable = (text: string, longest: number): string =>
  text.slice(0, longest).replaceAll('\0', '\ufffd').toWellFormed()

const maybe = (text: string | undefined, longest: number): string | null =>
  text === undefined ? null : storable(text, longest)

/** The end of year 9999: what a record's timestamp says may be anything. */
const LATEST = 253_402_300_799_999

const time = (ms: number | undefined): Date | null =>
  ms === undefined || !(ms >= 0 && ms <= LATEST) ? null : new Date(ms)

function* inSteps(letters: readonly DeadLetter[]): Generator<DeadLetter[]> {
  let step: DeadLetter[] = []
  let bytes = 0
  for (const letter of letters) {
    const more = letter.value?.length ?? 0
    if (step.length > 0 && bytes + more > MAX_BYTES) {
      yield step
      step = []
      bytes = 0
    }
    step.push(letter)
    bytes += more
  }
  if (step.length > 0) yield step
}

/**
 * A job that has ended otherwise (it was cancelled meanwhile) gets none: so write it after the outcome, in one transaction.
 * In the order of ids: two that write the same wait for each other at most.
 */
const BURY = `
  with given as (
    select * from unnest($1::uuid[], $2::boolean[], $3::boolean[], $4::text[], $5::int[], $6::bigint[], $7::text[], $8::text[],
      $9::bytea[], $10::text[], $11::text[], $12::text[], $13::json[], $14::timestamptz[], $15::timestamptz[])
      as _(id, job, replayable, topic, partition, "offset", type, key,
           value, traceparent, code, message, attempts, submitted_at, died_at)
  ), jobs as (
    insert into dead_letters (id, replayable, topic, partition, "offset", type, key,
      value, traceparent, code, message, attempts, submitted_at, died_at)
    select id, replayable, topic, partition, "offset", type, key,
           value, traceparent, code, message, attempts, submitted_at, died_at
      from given
     where job and not exists (select from outcomes o where o.id = given.id and o.status <> 'dead')
       -- Nor does one that was replayed since: this is said once more, since the first answer was lost.
       and not exists (select from parked p where p.id = given.id
             and p.attempts_before >= coalesce((given.attempts -> -1 ->> 'attempt')::int, 0))
     order by id
    on conflict (id) do update set replayable = excluded.replayable, topic = excluded.topic, partition = excluded.partition,
      "offset" = excluded."offset", type = excluded.type, key = excluded.key, value = excluded.value,
      traceparent = excluded.traceparent, code = excluded.code, message = excluded.message,
      attempts = excluded.attempts, submitted_at = excluded.submitted_at, died_at = excluded.died_at
  )
  insert into dead_letters (id, replayable, topic, partition, "offset", type, key,
    value, traceparent, code, message, attempts, submitted_at, died_at)
  select id, false, topic, partition, "offset", type, key,
         value, traceparent, code, message, attempts, submitted_at, died_at
    from given where not job
   order by topic, partition, "offset"
  on conflict do nothing`

/**
 * Writes letters, in one statement unless they are very large. A job has one: when it dies again after a replay, what it died of
 * now takes the place of what it died of then. A record that is no job is written once, however often it is read.
 */
export const buryLetters = async (queryable: Queryable, letters: readonly DeadLetter[]): Promise<void> => {
  // One statement can't update a row twice.
  const unique = new Map(letters.map((letter) => [letter.id ?? letter, letter]))
  for (const step of inSteps([...unique.values()])) {
    const column = <T>(pick: (letter: DeadLetter) => T): T[] => step.map(pick)
    await queryable.query({
      name: 'bury-letters',
      text: BURY,
      values: [
        column((it) => it.id ?? randomUUID()),
        column((it) => it.id !== undefined),
        column((it) => it.replayable),
        column((it) => it.topic),
        column((it) => it.partition),
        column((it) => it.offset ?? null),
        column((it) => maybe(it.type, LONGEST.type)),
        column((it) => maybe(it.key, LONGEST.key)),
        column((it) => it.value),
        column((it) => maybe(it.traceparent, LONGEST.traceparent)),
        column((it) => storable(it.error.code, LONGEST.code)),
        column((it) => storable(it.error.message, LONGEST.message)),
        column((it) => JSON.stringify(it.attempts)),
        column((it) => time(it.submittedAt)),
        column((it) => time(it.diedAt) ?? new Date()),
      ],
    })
  }
}
