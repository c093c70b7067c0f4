/** The OpenAPI 3.1 document, made from the routes' own schemas, and a page to browse it. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import {
  extendZodWithOpenApi,
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
} from '@asteasolutions/zod-to-openapi'
import express, { type Router } from 'express'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { htmlWriterPolicy } from '../../core/http/pages.ts'
import { problem } from '../../core/problems.ts'
import type { Answer, Route } from './route.ts'

extendZodWithOpenApi(z)

const response = ({
  description,
  schema,
  contentType = 'application/json',
  headers,
}: Answer): ResponseConfig => ({
  description,
  ...(schema ? { content: { [contentType]: { schema } } } : {}),
  ...(headers
    ? {
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, text]) => [
            name,
            { description: text, schema: { type: 'string' } },
          ]),
        ),
      }
    : {}),
})

/** Makes the document. `secured`: bearer tokens are asked for. */
export const openApiDocument = (routes: readonly Route[], version: string, secured: boolean): object => {
  const registry = new OpenAPIRegistry()
  const bearer = registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  const failure = response({
    description: 'Any error',
    schema: problem,
    contentType: 'application/problem+json',
  })
  for (const it of routes) {
    const content = it.body
      ? {
          'application/json': { schema: it.body },
          ...Object.fromEntries((it.texts ?? []).map((type) => [type, { schema: z.string() }])),
        }
      : it.stream
        ? Object.fromEntries([it.stream].flat().map((type) => [type, { schema: z.string() }]))
        : undefined
    registry.registerPath({
      method: it.method,
      path: `/api${it.path.replace(/:(\w+)/g, '{$1}')}`,
      tags: [it.tag],
      summary: it.summary,
      ...(it.description === undefined ? {} : { description: it.description }),
      ...(secured && it.role ? { security: [{ [bearer.name]: [it.role] }] } : {}),
      request: {
        ...(it.params instanceof z.ZodObject ? { params: it.params } : {}),
        ...(it.query instanceof z.ZodObject ? { query: it.query } : {}),
        ...(it.headers ? { headers: it.headers } : {}),
        ...(content ? { body: { required: true, content } } : {}),
      },
      responses: {
        ...Object.fromEntries(
          Object.entries(it.answers).map(([status, answer]) => [status, response(answer)]),
        ),
        default: failure,
      },
    })
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'AnomalyGuard',
      version,
      description:
        'Jobs on Kafka, run by workers that follow the lag. Errors are problem details (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
  })
}

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>AnomalyGuard API</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><link rel="stylesheet" href="swagger-ui.css"></head>
<body><div id="ui"></div><script src="swagger-ui-bundle.js"></script><script src="start.js"></script></body>
</html>`
const start = `window.ui = SwaggerUIBundle({ url: '../openapi.json', dom_id: '#ui', deepLinking: true, tryItOutEnabled: true })`

/** Serves `/openapi.json` and `/docs/`. */
export const openApiRouter = (document: object): Router => {
  const router = express.Router()
  const text = JSON.stringify(document)
  const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  router.get('/openapi.json', (_request, response) => void response.type('json').send(text))
  router.all('/openapi.json', (request, response) => {
    response.set('Allow', 'GET, HEAD')
    throw new AppError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here; GET and HEAD are.`)
  })
  router.use('/docs', htmlWriterPolicy())
  router.get('/docs', (request, response, next) => {
    if (request.originalUrl.split('?')[0]?.endsWith('/')) next()
    else response.redirect(308, `${request.baseUrl}/docs/`)
  })
  router.get('/docs/', (_request, response) => void response.type('html').send(page))
  router.get('/docs/start.js', (_request, response) => void response.type('js').send(start))
  router.use('/docs', express.static(assets, { index: false, maxAge: '1d' }))
  return router
}
