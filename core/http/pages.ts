/** Pages: a folder of static files, and the headers that go with them. Whoever serves pages serves them so. */
import { extname, resolve } from 'node:path'
import express, { type Request, type RequestHandler, type Response } from 'express'
import helmet from 'helmet'

/** What a browser asks for. The folder holds sources, too, and these are nobody's business. */
const SERVED = new Set(['', '.html', '.js', '.css', '.svg', '.png', '.ico', '.woff2', '.map', '.json'])

/** Headers of every answer to a browser. TLS, and so HSTS, is the load balancer's. */
export const pageHeaders = (): RequestHandler =>
  helmet({
    contentSecurityPolicy: {
      directives: { 'img-src': ["'self'", 'data:'], 'upgrade-insecure-requests': null },
    },
    strictTransportSecurity: false,
  })

/** The same headers, which are always the same: name and value by turns. */
export const pageHeaderList = (): readonly string[] => {
  const list: string[] = []
  const response = {
    setHeader: (name: string, value: string) => list.push(name, value),
    removeHeader: () => {},
  }
  pageHeaders()({} as Request, response as unknown as Response, () => {})
  return list
}

/** The pages of a folder; `/view` is its `view/index.html`. */
export const pages = (dir: string): RequestHandler => {
  const serve = express.static(resolve(dir), { extensions: ['html'] })
  return (request, response, next) => {
    if (SERVED.has(extname(request.path).toLowerCase())) serve(request, response, next)
    else next()
  }
}
