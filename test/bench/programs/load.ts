/**
 * A closed loop over HTTP: `CONNECTIONS` keep-alive connections, each sends the same request again as soon as it has its answer.
 * `PORT`, `URL_PATH`, `BODY`, `CONTENT_TYPE`, `LINES` (jobs in a request), `WARM_MS`, `MEASURE_MS`. Tells its parent what it saw; an answer that
 * does not say that all was taken fails it.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { build } from 'hdr-histogram-js'
import { type Answer, answerReader, requestBytes } from '../lib/answers.ts'
import { runChild, setting } from './child.ts'

export interface LoadReport {
  readonly answers: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Processor time of this client, ms: where it is near the time measured, the client is the limit. */
  readonly clientCpuMs: number
}

const PORT = Number(setting('PORT'))
const LINES = Number(setting('LINES'))
const bytes = requestBytes(setting('URL_PATH'), setting('BODY'), { 'content-type': setting('CONTENT_TYPE') })
const latencies = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 })
let counting = false
let answers = 0
let failed: Error | undefined

const TAKEN = Buffer.from('"status":"queued"')

const taken = (answer: Buffer): number => {
  let count = 0
  for (let at = answer.indexOf(TAKEN); at >= 0; at = answer.indexOf(TAKEN, at + TAKEN.length)) count++
  return count
}

const isGood = ({ status, bytes: answer }: Answer): boolean =>
  status >= 200 && status < 300 && (LINES === 1 || taken(answer) === LINES)

const drive = (socket: Socket): void => {
  const read = answerReader()
  let sentAt = 0
  const send = (): void => {
    sentAt = performance.now()
    socket.write(bytes)
  }
  socket.on('data', (chunk: Buffer) => {
    const answer = read(chunk)
    if (answer === undefined) return
    if (!isGood(answer)) failed ??= new Error(`answered ${answer.bytes.toString('utf8', 0, 1_000)}`)
    if (counting) {
      answers++
      latencies.recordValue(Math.round((performance.now() - sentAt) * 1_000))
    }
    if (failed === undefined) send()
  })
  socket.on('error', (error) => {
    failed ??= error
  })
  socket.on('close', () => {
    failed ??= new Error('the server has closed the connection')
  })
  send()
}

const run = async (): Promise<LoadReport> => {
  const sockets = await Promise.all(
    Array.from({ length: Number(setting('CONNECTIONS')) }, async () => {
      const socket = connect({ port: PORT, host: '127.0.0.1', noDelay: true })
      await once(socket, 'connect')
      return socket
    }),
  )
  for (const socket of sockets) drive(socket)
  await delay(Number(setting('WARM_MS')))
  process.send?.({ measuring: true })
  const cpu = process.cpuUsage()
  const began = performance.now()
  counting = true
  await delay(Number(setting('MEASURE_MS')))
  counting = false
  const seconds = (performance.now() - began) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  if (failed) throw failed
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  const ms = (percentile: number): number => latencies.getValueAtPercentile(percentile) / 1_000
  return { answers, seconds, p50: ms(50), p99: ms(99), clientCpuMs: (user + system) / 1_000 }
}

await runChild(async () => ({ stop: async () => {} }))
run().then(
  (report) => process.send?.({ report }),
  (error: unknown) => process.send?.({ failure: String(error) }),
)
