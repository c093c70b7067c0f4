/** What was submitted and what the answer said, and whether the log agrees. */
import * as assert from 'uvu/assert'
import type { LogRecord } from './log.ts'

/** One job that was submitted; repeats of it with the same Idempotency-Key are the same one. */
export interface Submission {
  /** Its payload, which no other has. */
  readonly marker: string
  readonly key: string | undefined
  /** Of a 202. */
  readonly id: string | undefined
  /** Of anything else: the problem's code. */
  readonly code: string | undefined
}

/** Markers of one size, so that every job is as large as every other. */
export const markerOf = (client: string, n: number): string => `${client}-${n}`.padEnd(60, '.')

/** Accepted and not in the log. */
export const lost = (submissions: readonly Submission[], ids: ReadonlySet<string>): Submission[] =>
  submissions.filter(({ id }) => id !== undefined && !ids.has(id))

export interface Verdict {
  readonly accepted: number
  readonly unknown: number
  /** Of those, how many are in the log all the same. */
  readonly unknownInLog: number
  readonly unavailable: number
  /** Records beyond the first of each job. */
  readonly repeats: number
}

/**
 * Holds the log against what was told. `submissions` are in the order of submission, as far as jobs of one key go.
 * @throws an assertion where something accepted is missing, swapped or has two ids, or something refused for certain is there
 */
export const judgeLog = (submissions: readonly Submission[], log: readonly LogRecord[]): Verdict => {
  const first = new Map<string, LogRecord>()
  const ids = new Map<string, Set<string>>()
  for (const record of log) {
    const id = record.headers['id'] ?? ''
    const marker = String(JSON.parse(record.value ?? 'null')?.payload)
    const before = first.get(id)
    assert.ok(!before || before.partition === record.partition, `${id} lies in one partition`)
    if (!before || record.offset < before.offset) first.set(id, record)
    ids.set(marker, (ids.get(marker) ?? new Set()).add(id))
  }
  assert.equal(lost(submissions, new Set(first.keys())), [])

  const last = new Map<string, { record: LogRecord; marker: string }>()
  for (const { marker, key, id } of submissions) {
    if (id === undefined) continue
    assert.equal([...(ids.get(marker) ?? [])], [id], `${marker} has one id`)
    const record = first.get(id)
    if (key === undefined || !record) continue
    assert.is(record.key, key)
    const before = last.get(key)
    if (before) {
      assert.is(record.partition, before.record.partition, `${key} has one partition`)
      assert.ok(record.offset > before.record.offset, `${marker} comes after ${before.marker}`)
    }
    last.set(key, { record, marker })
  }

  const told = (code: string): Submission[] => submissions.filter((it) => it.code === code)
  const refused = told('KAFKA_UNAVAILABLE')
  assert.equal(
    refused.filter(({ marker }) => ids.has(marker)),
    [],
    'what was refused for certain is not there',
  )
  const unknown = told('PUBLISH_UNKNOWN')
  const accepted = submissions.filter(({ id }) => id !== undefined).length
  assert.is(accepted + refused.length + unknown.length, submissions.length, 'nothing else was told')
  return {
    accepted,
    unknown: unknown.length,
    unknownInLog: unknown.filter(({ marker }) => ids.has(marker)).length,
    unavailable: refused.length,
    repeats: log.length - first.size,
  }
}
