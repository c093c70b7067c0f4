/** What happened and when, and what the processes said: kept in files where a run breaks an invariant. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningProcess } from '../support/process.ts'
import type { Evidence } from './evidence.ts'
import type { Violation } from './findings.ts'
import type { Fleet } from './fleet.ts'
import { describeViolations } from './invariants.ts'
import { type Report, renderReport } from './report.ts'

export interface Kept {
  readonly masters: readonly RunningProcess[]
  readonly fleet: Fleet
  /** Logs of the servers. */
  readonly serverLogs: string
  readonly evidence?: Evidence
  readonly violations?: readonly Violation[]
  readonly report?: Report
}

const kept = [
  'log',
  'outcomes',
  'dead',
  'letters',
  'parked',
  'schedules',
  'ticks',
  'runs',
  'partitions',
  'workers',
] as const

const lines = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('')

export class Journal {
  readonly #lines: string[] = []

  /** Both clocks: that of the logs, and the monotonic one of the runs. */
  note(line: string): void {
    const monotonic = Number(process.hrtime.bigint()) / 1e6
    this.#lines.push(`${new Date().toISOString()} ${monotonic.toFixed(1)} ${line}\n`)
  }

  /** Writes all of it, and the evidence, into a folder. */
  keep(folder: string, { masters, fleet, serverLogs, evidence, violations, report }: Kept): void {
    mkdirSync(folder, { recursive: true })
    const put = (name: string, text: string): void => writeFileSync(join(folder, name), text)
    cpSync(serverLogs, folder, { recursive: true })
    put('journal.txt', this.#lines.join(''))
    for (const [index, master] of masters.entries()) put(`master-${index + 1}.log`, master.output())
    for (const { node, process } of fleet.lives) put(`${node}.log`, process.output())
    for (const { node, said } of fleet.failedStarts) put(`${node}.log`, said)
    if (report) put('report.txt', `${renderReport(report)}\n\n${JSON.stringify(report)}\n`)
    if (violations) put('violations.txt', `${describeViolations(violations, Number.POSITIVE_INFINITY)}\n`)
    if (!evidence) return
    put('accepted.jsonl', lines([...evidence.accepted].map(([id, seq]) => ({ id, seq }))))
    for (const name of kept) put(`${name}.jsonl`, lines(evidence[name]))
    put('cancels.jsonl', lines([...evidence.cancels].map(([id, cancel]) => ({ id, ...cancel }))))
    put('replays.jsonl', lines([...evidence.replays].map(([id, answer]) => ({ id, answer }))))
  }
}
