/**
 * What a page keeps while live data comes: `node test/bench/pages-heap.ts URL [MINUTES] [PATH…]`. Opens each path (by default the console's
 * overview), and once a minute collects garbage and tells the heap, the nodes of the document and the listeners. Needs what runs at URL.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { openBrowser, openPage } from '../support/browser.ts'

const [url, minutes = '60', ...paths] = process.argv.slice(2)
if (!url) throw new Error('usage: pages-heap.ts URL [MINUTES] [PATH…]')

const browser = await openBrowser()
const watched = await Promise.all(
  (paths.length > 0 ? paths : ['/']).map(async (path) => {
    const page = await openPage(browser, `${url}${path}`)
    const session = await page.context().newCDPSession(page)
    await session.send('HeapProfiler.enable')
    await session.send('Performance.enable')
    return { path, session }
  }),
)

const WATCHED = ['JSHeapUsedSize', 'Nodes', 'JSEventListeners', 'ScriptDuration'] as const

for (let minute = 0; minute <= Number(minutes); minute++) {
  for (const { path, session } of watched) {
    await session.send('HeapProfiler.collectGarbage')
    const { metrics } = await session.send('Performance.getMetrics')
    const [heap = 0, nodes = 0, listeners = 0, script = 0] = WATCHED.map(
      (name) => metrics.find((it) => it.name === name)?.value ?? 0,
    )
    console.log(
      `${String(minute).padStart(3)} min  ${path}  heap ${(heap / 1e6).toFixed(2)} MB, ${nodes} nodes, ${listeners} listeners, script ${script.toFixed(1)} s in all`,
    )
  }
  if (minute < Number(minutes)) await delay(60_000)
}
await browser.close()
