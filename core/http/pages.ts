/** Pages: the folder that `make pages` fills, the paths of its two apps, and the headers that go with them. Whoever serves pages serves them so. */
import { existsSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import type { Request, RequestHandler, Response } from 'express'
import helmet from 'helmet'
import sirv from 'sirv'
import { AppError } from '../errors.ts'

const strict = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'font-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'object-src': ["'none'"],
}

/** Text becomes no code, by `innerHTML` or otherwise. */
const trustedTypes = { 'require-trusted-types-for': ["'script'"] }

/**
 * Headers of every answer to a browser. TLS is the load balancer's, and so is what has no meaning without it: HSTS, and the isolation of origins,
 * of which a browser only complains where a page comes by plain HTTP.
 */
export const pageHeaders = (): RequestHandler =>
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { ...strict, ...trustedTypes } },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  })

/** For a page that is not ours and writes HTML (the API's): the same policy otherwise. */
export const htmlWriterPolicy = (): RequestHandler =>
  helmet.contentSecurityPolicy({ useDefaults: false, directives: strict })

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

/**
 * The paths that the apps show pages of their own for, and the file that each is answered with: the one list of them, for all who serve pages.
 * What follows a path is a name or an id, and may have a dot. All other paths are files, or nothing.
 */
const apps: readonly { readonly page: string; readonly owns: (path: string) => boolean }[] = [
  {
    page: '/view/index.html',
    owns: (path) =>
      /^\/view(\/(data-sets|scans|series)\/.*)?$/.test(path) ||
      (path.startsWith('/view/') && extname(path) === ''),
  },
  {
    page: '/index.html',
    owns: (path) =>
      path === '/' || /^\/((jobs|dead-letters|schedules|types)(\/.*)?|(workers|post)\/?)$/.test(path),
  },
]

/** A name with a hash of the content: what it stands for never changes. */
const HASHED = /^\/(view\/)?assets\//
/** No file is named so. */
const ODD = /\/\.|%/

/** Whether the pages were built. @throws AppError SETUP_FAILED that says how they are */
export const checkPages = (dir: string): void => {
  const folder = resolve(dir)
  if (apps.every(({ page }) => existsSync(join(folder, page)))) return
  throw new AppError(
    'SETUP_FAILED',
    `there are no pages in ${folder}: "make pages" builds them, WEB_DIR names their folder`,
  )
}

/** The pages of a folder. */
export const pages = (dir: string): RequestHandler => {
  const serve = sirv(resolve(dir), {
    // Looks at the folder for each request: it may be built anew meanwhile.
    dev: true,
    etag: true,
    brotli: true,
    gzip: true,
    extensions: [],
    setHeaders: (response, path) =>
      response.setHeader(
        'Cache-Control',
        HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  })
  return (request, response, next) => {
    const { url, path } = request
    if (request.method !== 'GET' && request.method !== 'HEAD') return next()
    const page = apps.find(({ owns }) => owns(path))?.page
    if (page === undefined && ODD.test(path)) return next()
    // All of it or nothing: of an encoded file a part is of no use.
    delete request.headers.range
    // A file that is gone when it is opened must not end the process.
    response.once('pipe', (file) => file.once('error', () => response.destroy()))
    response.setHeader('Vary', 'Accept-Encoding')
    request.url = page ?? url
    serve(request, response, () => {
      request.url = url
      response.removeHeader('Vary')
      next()
    })
  }
}
