/**
 * How quick and how heavy the pages are, in a headless browser: `node test/bench/pages.ts` (after `make pages`). Starts the pages' own process and an API
 * that always says the same. Prints for both apps the first paint and what travels; for a series of 100,000 points the frames a second
 * while it is panned and zoomed, the tasks that held the page up, and the heap.
 */
import { fileURLToPath } from 'node:url'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { listen } from '../../core/http/status.ts'
import { openBrowser, pagesDir } from '../support/browser.ts'
import { startProcess } from '../support/process.ts'
import { address, cannedApi, POINTS } from './pages/canned-api.ts'

const PAN_MS = 5_000
const ROUNDS = 5
const DRAWN_LIMIT_MS = 20_000
const viewport = { width: 1280, height: 800 }

const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[all.length >> 1] ?? Number.NaN

/** First contentful paint, ms after the navigation began. */
const firstPaint = (page: Page): Promise<number> =>
  page.evaluate(`new Promise((resolve) => new PerformanceObserver((list) => {
    const it = list.getEntriesByName('first-contentful-paint')[0]
    if (it) resolve(it.startTime)
  }).observe({ type: 'paint', buffered: true }))`)

interface Visit {
  readonly paintMs: number
  /** What travelled for the app itself, headers included; nothing of the API. */
  readonly bytes: number
}

/** An app in a profile of its own: nothing of it is known to the browser yet. */
const visit = async (browser: Browser, url: string): Promise<Visit> => {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  const own = new Set<string>()
  let bytes = 0
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!new URL(request.url).pathname.startsWith('/api')) own.add(requestId)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (own.has(requestId)) bytes += encodedDataLength
  })
  await page.goto(url, { waitUntil: 'load' })
  const paintMs = await firstPaint(page)
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  await context.close()
  return { paintMs, bytes }
}

const visitOften = async (browser: Browser, url: string): Promise<Visit> => {
  const all: Visit[] = []
  for (let round = 0; round < ROUNDS; round++) all.push(await visit(browser, url))
  return { paintMs: median(all.map((it) => it.paintMs)), bytes: median(all.map((it) => it.bytes)) }
}

interface Motion {
  readonly frames: number
  readonly ms: number
  readonly longestMs: number
  /** Tasks that held the page up for more than 50 ms. */
  readonly longTasks: number
}

/** Turns the wheel over the chart before every frame, to and fro. `zooms` by turns instead of moving sideways. */
const move = (page: Page, zooms: boolean): Promise<Motion> =>
  page.evaluate(`new Promise((resolve) => {
    const chart = document.querySelector('.analyse-plots')
    const box = chart.getBoundingClientRect()
    let longTasks = 0
    const observer = new PerformanceObserver((list) => { longTasks += list.getEntries().length })
    observer.observe({ type: 'longtask' })
    let frames = 0, longestMs = 0, begin = 0, last = 0
    const frame = (now) => {
      if (begin === 0) begin = now
      else { frames++; longestMs = Math.max(longestMs, now - last) }
      last = now
      if (now - begin >= ${PAN_MS}) {
        observer.disconnect()
        return resolve({ frames, ms: now - begin, longestMs, longTasks })
      }
      const forth = (now - begin) % 2000 < 1000 ? 1 : -1
      chart.dispatchEvent(new WheelEvent('wheel', {
        ${zooms ? 'deltaY: -8 * forth' : 'deltaX: 3 * forth'}, clientX: box.left + box.width / 2, clientY: box.top + 100,
        bubbles: true, cancelable: true,
      }))
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })`)

const heapMb = async (session: CDPSession): Promise<number> => {
  await session.send('HeapProfiler.collectGarbage')
  // Typed arrays lie beside the heap.
  const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage')
  return (usedSize + backingStorageSize) / 1e6
}

/** Processor seconds that the browser has taken so far, all its processes together. */
const processorS = async (browser: Browser): Promise<number> => {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

/** Moves, and tells how that went; processor time is told by the frame, since a busy machine has fewer of them. */
const tellMotion = async (browser: Browser, page: Page, zooms: boolean): Promise<void> => {
  const before = await processorS(browser)
  const { frames, ms, longestMs, longTasks } = await move(page, zooms)
  const cost = ((await processorS(browser)) - before) * 1_000
  console.log(
    `${zooms ? 'zooming' : 'panning'}: ${((frames * 1_000) / ms).toFixed(1)} frames/s, longest ${longestMs.toFixed(0)} ms, ` +
      `${longTasks} long tasks, ${(cost / frames).toFixed(1)} ms of processor time a frame`,
  )
}

const measureChart = async (browser: Browser, url: string): Promise<void> => {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  const begin = performance.now()
  // Nine tenths of it are seen: there is room to pan, and as good as all points are drawn.
  await page.goto(`${url}${address}&from=${POINTS * 0.05}&to=${POINTS * 0.95}`)
  await page.locator('.analyse-item').first().waitFor({ timeout: DRAWN_LIMIT_MS })
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
  console.log(
    `analysis of ${POINTS} points: drawn ${(performance.now() - begin).toFixed(0)} ms after the visit began`,
  )
  const before = await heapMb(session)
  await tellMotion(browser, page, false)
  await tellMotion(browser, page, true)
  console.log(`heap: ${before.toFixed(1)} MB, and ${(await heapMb(session)).toFixed(1)} MB after that`)
  await context.close()
}

const api = cannedApi()
const apiPort = await listen(api, 0, '127.0.0.1')
const pages = await startProcess(fileURLToPath(new URL('../../web/main.ts', import.meta.url)), {
  PATH: process.env['PATH'] ?? '',
  PORT: '0',
  WEB_DIR: pagesDir,
  API_URL: `http://127.0.0.1:${apiPort}/api`,
})
const browser = await openBrowser()
try {
  for (const [name, path] of [
    ['console', '/'],
    ['analytics', '/view'],
  ] as const) {
    const { paintMs, bytes } = await visitOften(browser, `${pages.url}${path}`)
    console.log(`${name}: first paint ${paintMs.toFixed(0)} ms, ${(bytes / 1_000).toFixed(1)} kB travelled`)
  }
  await measureChart(browser, pages.url)
} finally {
  await browser.close()
  await pages.stop()
  api.close()
  api.closeAllConnections()
}
