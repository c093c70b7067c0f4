/**
 * The pages while they are worked on: `node web/dev.ts [console|view] [PORT]`. Serves the sources as they are, anew at each change, and passes
 * `/api` on to `API_URL` (by default to `make run`).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'vite'
import { apps, configOf } from './apps.ts'

const [folder = 'console', port = '5173'] = process.argv.slice(2)
const app = apps.find((it) => it.folder === folder)
if (!app) throw new Error(`There is no app ${folder}: ${apps.map((it) => it.folder).join(', ')}.`)

const api = new URL(process.env['API_URL'] ?? 'http://127.0.0.1:8080/api')
const server = await createServer({
  ...configOf(app),
  cacheDir: `../../node_modules/.vite/${app.folder}`,
  server: {
    host: '127.0.0.1',
    port: Number(port),
    strictPort: true,
    proxy: {
      '/api': {
        target: api.origin,
        rewrite: (path) => api.pathname.replace(/\/$/, '') + path.slice('/api'.length),
        // As web/pass.ts: a stream is open before its first event.
        configure: (proxy) =>
          proxy.on('proxyRes', (_answer, _request, response) => setImmediate(() => response.flushHeaders())),
      },
    },
  },
})
// As the product serves it: without a slash at the end, too.
const plain = app.base.slice(0, -1)
server.middlewares.stack.unshift({
  route: '',
  handle: (request: IncomingMessage, _response: ServerResponse, next: () => void) => {
    const [path, query] = (request.url ?? '').split('?')
    if (path === plain && plain !== '') request.url = `${app.base}${query === undefined ? '' : `?${query}`}`
    next()
  },
})
await server.listen()
server.printUrls()
