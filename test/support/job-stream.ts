/** A steady stream of jobs, and what has become of each: from the log, the outcomes, the committed offsets, and their own trace. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { until } from '../until.ts'
import { ndjson, sendBatch } from './batch.ts'
import { readLog } from './log.ts'
import type { Platform } from './platform.ts'
import { type Run, readRuns } from './trace.ts'

const INTERVAL_MS = 100
const KEYS = 8

export interface StreamOptions {
  /** Jobs each 100 ms. */
  readonly jobs?: number
  /** How long each takes. */
  readonly jobMs?: number
}

export interface JobStream {
  /** Ids that were accepted so far. */
  readonly accepted: ReadonlySet<string>
  runs(): Run[]
  /** Submits no more. */
  end(): Promise<void>
  close(): void
}

/** Submits jobs, half of them with one of eight keys, for as long as the master takes them. */
export const startStream = (
  masterUrl: string,
  { jobs: perInterval = 6, jobMs = 20 }: StreamOptions = {},
): JobStream => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-'))
  const file = join(folder, 'trace')
  const accepted = new Set<string>()
  const ending = new AbortController()
  let count = 0
  const submit = async (): Promise<void> => {
    const jobs = Array.from({ length: perInterval }, () => {
      const n = count++
      const key = n % 2 ? { key: `k${n % (2 * KEYS)}` } : {}
      return { type: 'test.work', ...key, payload: { file, name: String(n), ms: jobMs } }
    })
    // What is not accepted is not of interest here.
    const { answers } = await sendBatch(masterUrl, [ndjson(jobs)])
    for (const { id, status } of answers) if (status === 'queued' && id !== undefined) accepted.add(id)
  }
  const done = (async () => {
    while (!ending.signal.aborted)
      await Promise.all([submit(), delay(INTERVAL_MS, undefined, { signal: ending.signal }).catch(() => {})])
  })()
  return {
    accepted,
    runs: () => readRuns(file),
    end: () => {
      ending.abort()
      return done
    },
    close: () => {
      ending.abort()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Has the database note by itself who owns the partition of each outcome at the moment that it is recorded. */
export const noteOwners = async ({ sql }: Platform): Promise<void> => {
  await sql('create table recorded (id uuid primary key, owner text)')
  await sql(`create function note_owner() returns trigger language plpgsql as $$ begin
    insert into recorded select new.id, owner from ownership where topic = new.topic and partition = new.partition;
    return null;
  end $$`)
  await sql('create trigger note_owner after insert on outcomes for each row execute function note_owner()')
}

export interface OutcomeRow {
  readonly id: string
  readonly key: string | null
  readonly status: string
  readonly partition: number
  readonly offset: bigint | string
  readonly worker: string
  /** Who owned its partition when it was recorded. */
  readonly owner: string
  readonly started_at: Date
  readonly finished_at: Date
}

export interface Settled {
  readonly outcomes: readonly OutcomeRow[]
  /** Runs beyond one a job. */
  readonly repeats: number
  /** From the end of the stream until all was recorded and committed, ms. */
  readonly tookMs: number
}

/** Offsets that are committed, by partition, and where the log ends. */
export const readOffsets = async (
  platform: Platform,
): Promise<Map<number, { committed: number; end: number }>> => {
  const admin = platform.kafka.admin()
  await admin.connect()
  try {
    const topic = platform.topic('jobs')
    const groupId = `${platform.prefix}-slaves`
    const [[group], ends] = await Promise.all([
      admin.fetchOffsets({ groupId, topics: [topic] }),
      admin.fetchTopicOffsets(topic),
    ])
    const committed = new Map(group?.partitions.map((it) => [it.partition, Number(it.offset)]))
    return new Map(
      ends.map(({ partition, high }) => [
        partition,
        { committed: committed.get(partition) ?? -1, end: Number(high) },
      ]),
    )
  } finally {
    await admin.disconnect()
  }
}

/** What was recorded of one key: in log order, and never two at once. */
const checkKey = (key: string, outcomes: readonly OutcomeRow[]): void => {
  const inLog = outcomes.toSorted((a, b) => Number(a.offset) - Number(b.offset))
  for (const [n, next] of inLog.entries()) {
    const before = inLog[n - 1]
    assert.ok(
      before === undefined || next.started_at >= before.finished_at,
      `${key}: offset ${next.offset} (${next.worker}) began before ${before?.offset} (${before?.worker}) had ended`,
    )
  }
}

/**
 * Ends the stream and waits until everything is settled: each job that was accepted, and each other that is in the log, has
 * its outcome, and all is committed. Then checks order by key, that each job succeeded, and that whoever recorded it owned
 * its partition then.
 */
export const expectSettled = async (
  platform: Platform,
  stream: JobStream,
  limitMs: number,
): Promise<Settled> => {
  await stream.end()
  const since = performance.now()
  const left = (): number => Math.max(1, limitMs - (performance.now() - since))
  assert.ok(stream.accepted.size > 0, 'the stream has run')
  await until(
    'all is committed',
    async () => [...(await readOffsets(platform)).values()].every((it) => it.committed === it.end),
    left(),
  )
  const tookMs = performance.now() - since
  const ids = (await readLog(platform, 'jobs')).map(({ headers }) => headers['id'] ?? '')
  const outcomes = await platform.sql<OutcomeRow>(
    `select id::text, key, status, partition, "offset", worker, owner, started_at, finished_at
       from outcomes left join recorded using (id)`,
  )
  const recorded = new Set(outcomes.map(({ id }) => id))
  const missing = new Set([...ids, ...stream.accepted].filter((id) => !recorded.has(id)))
  assert.is(missing.size, 0, `${missing.size} jobs are lost: ${[...missing].slice(0, 3)}`)
  assert.equal(
    outcomes.filter(({ status }) => status !== 'succeeded'),
    [],
  )
  assert.equal(
    outcomes.filter(({ worker, owner }) => !owner.startsWith(`${worker}/`)),
    [],
    'each was recorded by the owner of its partition',
  )
  const keys = Map.groupBy(outcomes, ({ key }) => key)
  for (const [key, own] of keys) if (key !== null) checkKey(key, own)
  return { outcomes, repeats: stream.runs().length - outcomes.length, tookMs }
}
