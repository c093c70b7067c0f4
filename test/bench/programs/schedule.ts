/**
 * An open loop over HTTP: a request is due each `1/RATE` s, whatever became of those before; one that is sent late, since no
 * connection is free or the client was busy, counts from when it was due. `PORT`, `URL_PATH`, `HEADERS` (JSON), `BODY` with `DUE_MARK` where
 * the job is told when it was due, `WARM_MS`, `MEASURE_MS`, `CONNECTIONS`. Tells its parent what it saw.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { build } from 'hdr-histogram-js'
import { answerReader, requestBytes } from '../lib/answers.ts'
import { DUE_DIGITS, DUE_MARK } from '../lib/due.ts'
import { runChild, setting } from './child.ts'

export interface ScheduleReport {
  /** The first and the last time that counts, on `process.hrtime`'s clock, ns. */
  readonly from: string
  readonly to: string
  readonly submitted: number
  /** Answers that came within the time given. */
  readonly answered: number
  /** From when it was due to the answer, ms. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** How long answers are waited for after the last one was sent, ms. */
const LATE_MS = 3_000
const TICK_MS = 1

const headers = JSON.parse(setting('HEADERS')) as Record<string, string>
const template = requestBytes(setting('URL_PATH'), setting('BODY'), headers)
const mark = template.indexOf(DUE_MARK)
const stepNs = 1e9 / Number(setting('RATE'))
const warmNs = Number(setting('WARM_MS')) * 1e6
const allNs = warmNs + Number(setting('MEASURE_MS')) * 1e6
const latencies = build({ highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 })

interface Connection {
  readonly socket: Socket
  due: number
}

const free: Connection[] = []
const late: number[] = []
/** All times but this are relative to it: a double holds no nanoseconds of a clock that has run for months. */
const start = process.hrtime.bigint() + 50_000_000n
const now = (): number => Number(process.hrtime.bigint() - start)
let submitted = 0
let answered = 0
let failed: Error | undefined

const send = (connection: Connection, due: number): void => {
  const bytes = Buffer.from(template)
  bytes.write(String(start + BigInt(Math.round(due))).padStart(DUE_DIGITS, '0'), mark, 'latin1')
  connection.due = due
  connection.socket.write(bytes)
}

const open = async (): Promise<void> => {
  const socket = connect({ port: Number(setting('PORT')), host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const connection: Connection = { socket, due: 0 }
  const read = answerReader()
  socket.on('error', (error) => {
    failed ??= error
  })
  socket.on('data', (chunk: Buffer) => {
    const answer = read(chunk)
    if (answer === undefined) return
    if (answer.status < 200 || answer.status > 299)
      failed ??= new Error(`answered ${answer.bytes.toString('utf8', 0, 1_000)}`)
    if (connection.due >= warmNs) {
      answered++
      latencies.recordValue(Math.max(0, Math.round((now() - connection.due) / 1_000)))
    }
    const next = late.shift()
    if (next === undefined) free.push(connection)
    else send(connection, next)
  })
  free.push(connection)
}

const run = async (): Promise<ScheduleReport> => {
  await Promise.all(Array.from({ length: Number(setting('CONNECTIONS')) }, open))
  let next = 0
  const tick = (): void => {
    for (const until = Math.min(now(), allNs); next * stepNs < until; next++) {
      const due = next * stepNs
      if (due >= warmNs) submitted++
      const connection = free.pop()
      if (connection === undefined) late.push(due)
      else send(connection, due)
    }
  }
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      tick()
      const over = now() - allNs
      const whole = over >= 0 && answered === submitted
      if (!whole && over < LATE_MS * 1e6 && failed === undefined) return
      clearInterval(timer)
      resolve()
    }, TICK_MS)
  })
  if (failed) throw failed
  const ms = (percentile: number): number => latencies.getValueAtPercentile(percentile) / 1_000
  return {
    from: String(start + BigInt(warmNs)),
    to: String(start + BigInt(allNs)),
    submitted,
    answered,
    p50: ms(50),
    p99: ms(99),
    p999: ms(99.9),
  }
}

await runChild(async () => ({ stop: async () => {} }))
run().then(
  (report) => process.send?.({ report }),
  (error: unknown) => process.send?.({ failure: String(error) }),
)
