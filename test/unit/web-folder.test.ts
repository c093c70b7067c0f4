/** How the folder of pages is served: which path is which file, what a browser may keep, and what it is allowed. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import express from 'express'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkPages, pageHeaderList, pageHeaders, pages } from '../../core/http/pages.ts'
import { listen } from '../../core/http/status.ts'
import { makePagesFolder, pagesContent } from '../support/pages-folder.ts'

const test = suite('folder of pages')
const folder = makePagesFolder()
let server: Server
let port = 0

interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** As it is sent: without decoding, and with the path as it is written. */
const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> =>
  new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, method, headers, agent: false }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      const { statusCode: status = 0 } = response
      resolve({ status, headers: response.headers as Got['headers'], body: Buffer.concat(parts) })
    })
      .on('error', reject)
      .end()
  })

const fileOf = (name: string): string => pagesContent[name] ?? ''

test.before(async () => {
  const app = express()
  app.use(pageHeaders())
  app.use(pages(folder))
  app.use((asked, response) => void response.status(404).send(`none: ${asked.path}`))
  server = createServer(app)
  port = await listen(server, 0, '127.0.0.1')
})
test.after(() => {
  server.close()
})

for (const [page, paths] of [
  [
    'index.html',
    [
      '/',
      '/?a=1',
      '/jobs',
      '/jobs/',
      '/jobs/018f-1?tab=log',
      '/dead-letters',
      '/dead-letters/1',
      '/schedules',
    ],
  ],
  [
    'index.html',
    ['/schedules/a%2Fb', '/types', '/types/test.work', '/types/%ff', '/workers', '/workers/', '/post'],
  ],
  [
    'view/index.html',
    ['/view', '/view/', '/view/x', '/view?detector=auto', '/view/series/cpu.load', '/view/scans/1'],
  ],
] as const) {
  for (const path of paths) {
    test(`${path} is ${page}`, async () => {
      const { status, headers, body } = await get(path)
      assert.is(status, 200)
      assert.is(body.toString(), fileOf(page))
      assert.match(headers['content-type'] ?? '', /^text\/html\b/)
      assert.is(headers['cache-control'], 'no-cache')
      const head = await get(path, {}, 'HEAD')
      assert.equal([head.status, head.body.length], [200, 0])
      assert.is(head.headers['content-length'], String(body.length))
    })
  }
}

test('what is neither a file nor a page of an app is left to others, as it was asked for', async () => {
  for (const path of [
    ...[
      '/nothing',
      '/jobsite',
      '/workers/1',
      '/post/x',
      '/viewer',
      '/view/nothing.js',
      '/assets',
      '/assets/',
    ],
    ...['/assets/none-1a2b.js', '/assets/../index.html', '/%2e%2e/x', '/index%2ehtml', '/.br', '/%00', '/%'],
  ]) {
    const { status, headers, body } = await get(path)
    assert.equal([status, body.toString()], [404, `none: ${path}`])
    assert.is(headers['cache-control'], undefined)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    assert.is((await get('/', {}, method)).status, 404)
})

test('who takes brotli or gzip gets the compressed neighbour, others the file', async () => {
  for (const [path, name] of [
    ['/assets/console-1a2b.js', 'assets/console-1a2b.js'],
    ['/jobs/1', 'index.html'],
  ] as const) {
    const [plain, zipped, best] = await Promise.all([
      get(path),
      get(path, { 'accept-encoding': 'gzip' }),
      get(path, { 'accept-encoding': 'gzip, deflate, br' }),
    ])
    assert.equal(
      [plain, zipped, best].map(({ headers }) => headers['content-encoding']),
      [undefined, 'gzip', 'br'],
    )
    assert.is(plain.body.toString(), fileOf(name))
    assert.is(gunzipSync(zipped.body).toString(), fileOf(name))
    assert.is(brotliDecompressSync(best.body).toString(), fileOf(name))
    assert.is(best.headers['content-type'], plain.headers['content-type'])
    for (const { headers } of [plain, zipped, best]) assert.is(headers['vary'], 'Accept-Encoding')
  }
})

test('a browser keeps what has a hash in its name for ever, and asks whether the rest has changed', async () => {
  for (const path of ['/assets/console-1a2b.js', '/assets/geist-1a2b.woff2', '/view/assets/view-1a2b.js'])
    assert.is((await get(path)).headers['cache-control'], 'public, max-age=31536000, immutable')
  for (const path of ['/', '/view', '/favicon.svg', '/jobs']) {
    const { headers } = await get(path)
    assert.is(headers['cache-control'], 'no-cache')
    assert.ok(headers['etag'])
    const again = await get(path, { 'if-none-match': headers['etag'] ?? '' })
    assert.equal([again.status, again.body.length], [304, 0])
  }
  assert.is((await get('/assets/geist-1a2b.woff2')).headers['content-type'], 'font/woff2')
})

test('part of a file is not sent: all of it is', async () => {
  for (const range of ['bytes=0-3', 'bytes=5-2', 'bytes=-3', 'nonsense']) {
    const { status, body } = await get('/favicon.svg', { range })
    assert.equal([status, body.toString()], [200, fileOf('favicon.svg')])
  }
})

test('pages that are built anew are served as they are now, and nothing breaks while they are away', async () => {
  const file = join(folder, 'index.html')
  const aside = `${file}.aside`
  renameSync(file, aside)
  assert.is((await get('/')).status, 404)
  writeFileSync(file, `${readFileSync(aside, 'utf8')}<p>longer than before`)
  const { body } = await get('/')
  assert.match(body.toString(), 'longer than before')
  rmSync(file)
  renameSync(aside, file)
  assert.is((await get('/')).body.toString(), fileOf('index.html'))
})

test('nothing foreign may load, run or frame a page, and no text becomes code', async () => {
  const { headers } = await get('/')
  const policy = (headers['content-security-policy'] ?? '').split(';').sort()
  assert.equal(policy, [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "script-src 'self'",
    "style-src 'self'",
  ])
  assert.is(headers['x-frame-options'], 'DENY')
  assert.is(headers['x-content-type-options'], 'nosniff')
})

test('the headers as a list are those of every other answer', async () => {
  const { headers } = await get('/nothing')
  const list = pageHeaderList()
  assert.ok(list.length > 10)
  for (let at = 0; at < list.length; at += 2) assert.is(headers[(list[at] ?? '').toLowerCase()], list[at + 1])
})

test('without its pages a folder is refused by name, and how they are made is said', () => {
  const empty = join(folder, 'assets')
  assert.throws(
    () => checkPages(empty),
    (error: Error) => error.message.includes(empty) && error.message.includes('make pages'),
  )
})

test.run()
