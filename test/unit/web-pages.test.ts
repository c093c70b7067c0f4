/** The pages server as a process, with an API behind it that does what each test says. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listen } from '../../core/http/status.ts'
import { endToEnd, targetPath } from '../../web/pass.ts'
import { makePagesFolder } from '../support/pages-folder.ts'
import { type Env, type RunningProcess, startProcess } from '../support/process.ts'
import { until } from '../until.ts'

const test = suite('pages server')
const program = new URL('../../web/main.ts', import.meta.url).pathname
const started: RunningProcess[] = []
const apis: Server[] = []

const folder = makePagesFolder()

const start = async (env: Env = {}): Promise<RunningProcess> => {
  const own = { PATH: process.env['PATH'] ?? '', PORT: '0', WEB_DIR: folder }
  const one = await startProcess(program, { ...own, ...env })
  started.push(one)
  return one
}

/** One without an API, for the tests that leave it as it was. */
let shared: Promise<RunningProcess> | undefined
const plain = (): Promise<RunningProcess> => {
  shared ??= start()
  return shared
}

/** A pages server, and the API behind it. */
const withApi = async (serve: RequestListener, env: Env = {}): Promise<RunningProcess> => {
  const api = createServer(serve)
  apis.push(api)
  const port = await listen(api, 0, '127.0.0.1')
  return start({ API_URL: `http://127.0.0.1:${port}/api`, ...env })
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

const problemOf = async (answer: Response): Promise<{ status: number; code: string; detail: string }> => {
  assert.is(answer.headers.get('content-type'), 'application/problem+json')
  const body = (await answer.json()) as { status: number; code: string; detail: string }
  assert.is(body.status, answer.status)
  return body
}

test.after(async () => {
  for (const api of apis) {
    api.close()
    api.closeAllConnections()
  }
  for (const one of started) if (!one.hasEnded) await one.stop()
})

test('both pages come with headers that let nothing foreign in', async () => {
  const { url } = await plain()
  for (const [path, text] of [
    ['/', 'assets/console-1a2b.js'],
    ['/view', 'view/assets/view-1a2b.js'],
    ['/view/', 'view/assets/view-1a2b.js'],
  ] as const) {
    const answer = await fetch(url + path)
    assert.is(answer.status, 200)
    assert.match(await answer.text(), text)
    assert.match(answer.headers.get('content-security-policy') ?? '', "default-src 'none'")
    assert.is(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.is(answer.headers.get('x-powered-by'), null)
  }
  assert.match(
    (await fetch(`${url}/view/assets/view-1a2b.js`)).headers.get('content-type') ?? '',
    'javascript',
  )
})

test('what is no page is a 404 with a problem, the server’s own source among it', async () => {
  const { url } = await plain()
  for (const path of [
    '/nothing',
    '/jobsite',
    '/assets',
    '/assets/nothing.js',
    '/view/nothing.js',
    '/main.ts',
    '/server.ts',
    '/../main.ts',
    '/.%2e/main.ts',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/%ff',
  ])
    assert.is((await problemOf(await fetch(url + path))).code, 'NOT_FOUND')
  const post = await fetch(`${url}/`, { method: 'POST' })
  assert.is((await problemOf(post)).status, 404)
})

test('health, readiness and metrics are served', async () => {
  const { url } = await plain()
  for (const path of ['/health', '/ready', '/metrics']) assert.is((await fetch(url + path)).status, 200)
})

test('without API_URL the API is not there, and the problem says why', async () => {
  const { url } = await plain()
  const { code, detail } = await problemOf(await fetch(`${url}/api/jobs`))
  assert.is(code, 'NOT_FOUND')
  assert.match(detail, 'API_URL')
})

test('an API_URL that is no address is refused by name', async () => {
  const fault = await start({ API_URL: 'backend-master' }).catch((error: Error) => error.message)
  assert.match(String(fault), 'API_URL: must be http')
})

test('method, path, query, headers and body arrive as they were sent, and so does the answer', async () => {
  let seen = {}
  const { url } = await withApi(async (request, response) => {
    const { authorization, host } = request.headers
    seen = { method: request.method, url: request.url, authorization, host, body: await bodyOf(request) }
    response.writeHead(202, { location: '/api/jobs/1', 'x-own': 'a' }).end('taken')
  })
  const answer = await fetch(`${url}/api/jobs%2F?type=a%20b`, {
    method: 'PUT',
    headers: { authorization: 'Bearer abc', connection: 'keep-alive' },
    body: 'x'.repeat(100_000),
  })
  assert.is(answer.status, 202)
  assert.is(answer.headers.get('location'), '/api/jobs/1')
  assert.is(answer.headers.get('x-own'), 'a')
  assert.is(await answer.text(), 'taken')
  const host = `127.0.0.1:${(apis.at(-1)?.address() as { port: number }).port}`
  assert.equal(seen, {
    method: 'PUT',
    url: '/api/jobs%2F?type=a%20b',
    authorization: 'Bearer abc',
    host,
    body: 'x'.repeat(100_000),
  })
})

test('a body without a length goes on in chunks while it is still being sent', async () => {
  const chunks: string[] = []
  const { url } = await withApi((request, response) => {
    request.setEncoding('utf8').on('data', (chunk) => {
      chunks.push(String(chunk))
      response.write(`got ${chunks.length}\n`)
    })
    request.on('end', () => response.end('all'))
  })
  const sent = new TransformStream<Uint8Array, Uint8Array>()
  const writer = sent.writable.getWriter()
  const whole = fetch(`${url}/api/jobs/batch`, { method: 'POST', body: sent.readable, duplex: 'half' })
  void writer.write(Buffer.from('one'))
  await until('the first part is there', () => chunks.length === 1)
  void writer.write(Buffer.from('two'))
  await until('the second part is there', () => chunks.length === 2)
  void writer.close()
  assert.is(await (await whole).text(), 'got 1\ngot 2\nall')
})

test('events come one by one, and the API learns that their reader has gone', async () => {
  let gone = false
  let send: (text: string) => void = () => {}
  const { url } = await withApi((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    send = (text) => response.write(text)
    response.on('close', () => {
      gone = true
    })
  })
  const stop = new AbortController()
  const answer = await fetch(`${url}/api/events`, { signal: stop.signal })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
    send(text)
    assert.is((await reader?.read())?.value, text)
  }
  assert.not(gone)
  stop.abort()
  await until('the API knows', () => gone)
})

test('an API that is away is a 502 that says whether the request can have arrived', async () => {
  const { url: none } = await start({ API_URL: 'http://127.0.0.1:9/api' })
  const away = await problemOf(await fetch(`${none}/api/jobs`, { method: 'POST', body: '{}' }))
  assert.is(away.status, 502)
  assert.is(away.code, 'API_UNREACHABLE')
  assert.match(away.detail, 'has not got the request')

  const { url } = await withApi((request) => request.socket.destroy())
  const cut = await problemOf(await fetch(`${url}/api/jobs`, { method: 'POST', body: '{}' }))
  assert.is(cut.status, 502)
  assert.match(cut.detail, 'Idempotency-Key')
})

test('an answer that is cut in its middle is cut for the client, too', async () => {
  const { url } = await withApi((request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half')
    setTimeout(() => request.socket.destroy(), 20)
  })
  const answer = await fetch(`${url}/api/jobs`)
  assert.is(answer.status, 200)
  assert.ok(
    await answer.text().then(
      () => false,
      () => true,
    ),
  )
  assert.is((await fetch(`${url}/health`)).status, 200)
})

test('an answer before the whole body was sent arrives', async () => {
  const { url } = await withApi((_request, response) => response.writeHead(413).end('too large'))
  const port = Number(new URL(url).port)
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('POST /api/jobs HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\nfirst')
  const [data] = (await once(socket, 'data')) as [Buffer]
  assert.match(data.toString(), 'HTTP/1.1 413')
  socket.destroy()
})

test('a stop lets an answer under way end, ends streams at once, and exits with 0', async () => {
  let answerNow: () => void = () => {}
  const one = await withApi((request, response) => {
    if (request.url === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      return
    }
    answerNow = () => response.end('late')
  })
  const events = await fetch(`${one.url}/api/events`)
  const late = fetch(`${one.url}/api/late`)
  const before = answerNow
  await until('it is under way', () => answerNow !== before)
  one.kill('SIGTERM')
  await events.text().catch(() => {})
  assert.not(one.hasEnded)
  answerNow()
  assert.is(await (await late).text(), 'late')
  assert.is((await one.ended).code, 0)
})

test('with CLOSE_DELAY_MS a leaving server is not ready, still answers, and asks to connect anew', async () => {
  const one = await start({ CLOSE_DELAY_MS: '1000' })
  assert.is((await fetch(`${one.url}/health`)).headers.get('connection'), 'keep-alive')
  one.kill('SIGTERM')
  const answer = await until('it is leaving', async () => {
    const asked = await fetch(`${one.url}/ready`)
    return asked.status === 503 ? asked : undefined
  })
  assert.is(answer.headers.get('connection'), 'close')
  assert.is((await fetch(`${one.url}/`)).status, 200)
  assert.is((await one.ended).code, 0)
})

test('pages that were not built are asked for at the start, by how to build them', async () => {
  const fault = await start({ WEB_DIR: '/nowhere' }).catch((error: Error) => error.message)
  assert.match(String(fault), 'there are no pages in /nowhere')
  assert.match(String(fault), 'make pages')
  assert.not.match(String(fault), 'pages.ts', 'a stack says nothing to who has to build them')
})

test('headers of one connection, and those it names, do not go on', () => {
  const headers = { connection: 'close, X-Own', 'x-own': '1', te: 'trailers', upgrade: 'h2c', accept: '*/*' }
  assert.equal(endToEnd(headers), { accept: '*/*' })
})

test('the base of API_URL takes the place of /api', () => {
  assert.is(targetPath('/api', '/api/jobs?a=1'), '/api/jobs?a=1')
  assert.is(targetPath('/guard/api/', '/api/jobs'), '/guard/api/jobs')
  assert.is(targetPath('/', '/api/jobs'), '/jobs')
  assert.is(targetPath('/', '/api'), '/')
})

test.run()
