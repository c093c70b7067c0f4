/** Whole runs against a stand-in for the master, over real connections. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import { makeJobId } from '../../core/job-id.ts'
import { type LoadOptions, readArgs } from '../../producer/load/args.ts'
import { createClient, lineReader } from '../../producer/load/client.ts'
import type { Report } from '../../producer/load/report.ts'
import { runLoad } from '../../producer/load/run.ts'
import { parseSeries } from '../../producer/load/series.ts'

const test = suite('load run')

interface Behavior {
  /** What becomes of the n-th job, from 0. */
  readonly fate?: (n: number) => 'succeeded' | 'dead' | 'forgotten' | 'refused' | 'reset'
  readonly result?: unknown
  readonly onJob?: (n: number) => void
  /** How many ms before now it ran. */
  readonly ranBefore?: (n: number) => number
}

const problem = {
  title: 'no',
  detail: 'There is no job type x.',
  code: 'TYPE_UNKNOWN',
  status: 422,
  retryable: false,
}
const scaling = {
  ...{ lag: 0, arrivalRate: 0, drainRate: 0, partitions: [], workers: [], decisions: [] },
  replicas: { min: 3, max: 3, desired: 3, ready: 3 },
}

interface Submission {
  readonly type: string
  readonly key?: string
  readonly payload?: { readonly ms?: number; readonly failures?: number }
  readonly maxAttempts?: number
  readonly backoffMs?: number
  readonly maxBackoffMs?: number
}

/** Jobs end when they are accepted. */
const standIn = ({ fate = () => 'succeeded', result, onJob, ranBefore = () => 0 }: Behavior) => {
  const outcomes = new Map<string, { id: string; status: string; finishedAt: string; attempts: object[] }>()
  const submissions: Submission[] = []
  const submit = (line: string, request: IncomingMessage) => {
    const job: Submission = JSON.parse(line)
    const n = submissions.push(job) - 1
    onJob?.(n)
    const what = fate(n)
    if (what === 'refused') return problem
    if (what === 'reset') return void request.socket.destroy()
    const id = makeJobId({ submittedAt: Date.now(), partition: 0, epoch: 0 })
    const at = new Date(Date.now() - ranBefore(n)).toISOString()
    const attempts = Array.from({ length: 1 + (job.payload?.failures ?? 0) }, (_, before) => ({
      ...{ attempt: before + 1, startedAt: at, finishedAt: at, worker: 'w' },
    }))
    if (what !== 'forgotten') outcomes.set(id, { id, status: what, finishedAt: at, attempts })
    return { id, status: 'queued' }
  }
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://master')
    const send = (status: number, body: unknown): void =>
      void response.writeHead(status).end(JSON.stringify(body))
    if (request.headers.authorization !== 'Bearer sesame') return send(401, { code: 'UNAUTHENTICATED' })
    if (url.pathname === '/api/scaling') return send(200, scaling)
    if (url.pathname === '/api/jobs' && request.method === 'GET') {
      const { status, after } = Object.fromEntries(url.searchParams)
      const jobs = [...outcomes.values()]
        .filter((job) => job.status === status && job.id < (after ?? 'g'))
        .sort((a, b) => (a.id < b.id ? 1 : -1))
      return send(200, { jobs: jobs.slice(0, 500) })
    }
    if (request.method === 'GET') {
      const job = outcomes.get(url.pathname.slice('/api/jobs/'.length))
      return job ? send(200, { ...job, result }) : send(404, { code: 'NOT_FOUND' })
    }
    const body = await text(request)
    if (url.pathname === '/api/jobs') {
      const answer = submit(body, request)
      return answer && send('code' in answer ? 422 : 202, answer)
    }
    response.writeHead(202)
    for (const [at, line] of body.trimEnd().split('\n').entries()) {
      const answer = submit(line, request)
      if (!answer) return
      response.write(`${JSON.stringify({ line: at + 1, ...answer })}\n`)
    }
    response.end()
  })
  return { server, submissions }
}

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })

const quiet = { show: () => {}, say: () => {}, end: () => {} }

/** Runs the load against a stand-in, and says what that got. */
const run = async (
  args: readonly string[],
  behavior: Behavior = {},
  more: { series?: Parameters<typeof runLoad>[0]['series']; interrupt?: AbortSignal } = {},
) => {
  const { server, submissions } = standIn(behavior)
  const url = await listen(server)
  const token = args.includes('--token') ? [] : ['--token', 'sesame']
  const options: LoadOptions = { ...readArgs(['--url', url, ...token, ...args]), timeoutMs: 100 }
  const client = createClient(options)
  try {
    const { series = [], interrupt = new AbortController().signal } = more
    const report: Report = await runLoad({ options, client, progress: quiet, series, interrupt })
    return { report, submissions }
  } finally {
    client.close()
    server.closeAllConnections()
    server.close()
  }
}

const failure = async (running: Promise<unknown>): Promise<AppError> => {
  try {
    await running
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it did not fail')
}

test('every job is sent once, with its payload and its keys in turn, and followed to its end', async () => {
  const { report, submissions } = await run(
    ['--jobs', '60', '--rate', '1000', '--type', 'sleep', '--payload', '{"ms":1}', '--keys', '3'],
    { fate: (n) => (n % 20 === 0 ? 'dead' : 'succeeded') },
  )
  const { accepted, succeeded, dead, lost } = report.jobs
  assert.equal({ accepted, succeeded, dead, lost }, { accepted: 60, succeeded: 57, dead: 3, lost: 0 })
  assert.equal(
    submissions.slice(0, 2).every(({ type }) => type === 'sleep'),
    true,
  )
  assert.equal(submissions[0]?.payload, { ms: 1 })
  for (const key of ['k-0', 'k-1', 'k-2']) {
    assert.is(submissions.filter((it) => it.key === key).length, 20, key)
  }
})

test('a share of the jobs fails at first, the same in each run with the same seed, and is told of', async () => {
  const args = ['--jobs', '400', '--fail', '0.25', '--backoff', '700', '--keys', '10', '--seed', '5']
  const { report, submissions } = await run([...args, '--batch', '100'])
  const failing = submissions.filter(({ payload }) => (payload?.failures ?? 0) > 0)
  assert.ok(failing.length > 60 && failing.length < 140, `${failing.length}`)
  for (const it of failing) {
    assert.equal([it.type, it.payload?.ms, it.backoffMs, it.maxBackoffMs], ['sleep', 0, 700, 700])
    assert.ok((it.maxAttempts ?? 0) > (it.payload?.failures ?? 0))
  }
  const made = failing.reduce((sum, { payload }) => sum + (payload?.failures ?? 0), 0)
  assert.equal(report.retries, { jobs: failing.length, expected: made, made, mostAttempts: 4 })
  assert.is(report.orderFaults, 0)
  const of = (all: readonly Submission[]) => all.map(({ key, payload }) => [key, payload?.failures])
  assert.equal(of((await run([...args, '--batch', '100'])).submissions), of(submissions))
  const others = await run([...args.slice(0, -1), '6', '--batch', '100'])
  assert.not.equal(of(others.submissions), of(submissions))
})

test('a job that ran before one of its key that was accepted earlier is a fault of the order', async () => {
  for (const batch of ['1', '4']) {
    // One at a time, so that each is accepted before the next is sent.
    const args = ['--jobs', '8', '--keys', '2', '--batch', batch, '--connections', '1']
    const { report } = await run(args, { ranBefore: (n) => (n === 2 ? 10_000 : 0) })
    assert.is(report.orderFaults, 1, `batches of ${batch}`)
  }
})

test('a job that the master forgets is lost', async () => {
  const { report } = await run(['--jobs', '20'], { fate: (n) => (n === 7 ? 'forgotten' : 'succeeded') })
  const { lost, unknown, unfinished, unknownIds } = report.jobs
  assert.equal([lost, unknown, unfinished, unknownIds.length], [1, 1, 0, 1])
})

test('a batch counts line by line, also when it is cut off', async () => {
  const { report, submissions } = await run(['--jobs', '1000', '--batch', '300'], {
    fate: (n) => (n % 100 === 50 ? 'refused' : 'succeeded'),
  })
  const { accepted, refused, lost } = report.jobs
  assert.equal([submissions.length, accepted, lost], [1_000, 990, 0])
  assert.equal(
    refused.map(({ code, count }) => [code, count]),
    [['TYPE_UNKNOWN', 10]],
  )
  const cut = await run(['--jobs', '10', '--batch', '10'], { fate: (n) => (n === 6 ? 'reset' : 'succeeded') })
  const told = cut.report.jobs
  assert.is(told.accepted + (told.refused[0]?.count ?? 0), 10)
  assert.equal([told.refused[0]?.code, told.lost], ['ECONNRESET', 0])
})

test('a lost connection costs its own job alone', async () => {
  const { report } = await run(['--jobs', '20'], { fate: (n) => (n === 7 ? 'reset' : 'succeeded') })
  const { accepted, refused, lost } = report.jobs
  assert.equal(
    [accepted, refused.map(({ code, count }) => [code, count]), lost],
    [19, [['ECONNRESET', 1]], 0],
  )
})

test('what every job would be refused for ends the run, with what the master says', async () => {
  for (const batch of ['1', '10']) {
    const args = ['--jobs', '100000', '--rate', '500', '--batch', batch]
    const error = await failure(run(args, { fate: () => 'refused' }))
    assert.is(error.message, 'TYPE_UNKNOWN: There is no job type x.')
  }
})

test('a wrong token and an absent master are told in a line', async () => {
  assert.match((await failure(run(['--token', 'wrong']))).message, /^UNAUTHENTICATED: /)
  const options = readArgs(['--url', 'http://127.0.0.1:1'])
  const parts = { options, progress: quiet, series: [], interrupt: new AbortController().signal }
  const error = await failure(runLoad({ ...parts, client: createClient(options) }))
  assert.is(error.message, 'http://127.0.0.1:1 can’t be reached: connect ECONNREFUSED 127.0.0.1:1')
})

test('an interrupted run stops submitting and reports what was', async () => {
  const interrupt = new AbortController()
  const { report, submissions } = await run(
    ['--jobs', '100000', '--rate', '1000'],
    { onJob: (n) => n === 30 && interrupt.abort() },
    { interrupt: interrupt.signal },
  )
  assert.is(report.interrupted, true)
  assert.ok(report.jobs.accepted >= 30 && submissions.length < 1_000)
  assert.is(report.jobs.lost, 0)
})

test('files go round, and each is told with the anomalies that were found in it', async () => {
  const files = ['a', 'b'].map((name) => parseSeries(name, '2014-07-01,1\n2014-07-02,2\n'))
  const series = await Promise.all(files)
  const { report, submissions } = await run(
    ['--file', 'a', '--file', 'b', '--jobs', '5'],
    { result: { anomalies: [{ start: 1, end: 1, score: 0.75 }] } },
    { series },
  )
  assert.equal([submissions.length, submissions[4]?.type], [5, 'detect'])
  assert.equal(
    report.series.map(({ file, count, top }) => [file, count, top[0]?.from]),
    [
      ['a', 1, '2014-07-02'],
      ['b', 1, '2014-07-02'],
    ],
  )
})

test('lines come out whole, however the text is cut', () => {
  const lines: string[] = []
  const reader = lineReader((line) => lines.push(line))
  for (const chunk of ['{"a"', ':1}\n{"b":2}\n\n{"c', '":3}']) reader.push(chunk)
  assert.equal(lines, ['{"a":1}', '{"b":2}'])
  reader.end()
  assert.equal(lines.at(-1), '{"c":3}')
})

test.run()
