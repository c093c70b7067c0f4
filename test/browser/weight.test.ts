/** What the pages weigh, how soon they are seen, and what they let in. */
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'

const test = suite('weight of the pages')
const inPages = inBrowser(test)
const visited = visit(test, 'pagesweight')

const paths = ['/', '/view']

/** Bytes that came for what is not the API's, and when something was painted first, ms. */
const costOf = (page: Page): Promise<{ readonly bytes: number; readonly paintedMs: number }> =>
  page.evaluate(() => {
    // A browser's clock knows more than Node's.
    const clock = performance as unknown as {
      getEntriesByType(type: string): { name: string; transferSize: number }[]
    }
    const all = ['navigation', 'resource'].flatMap((type) => clock.getEntriesByType(type))
    const own = all.filter(({ name }) => !new URL(name).pathname.startsWith('/api/'))
    return {
      bytes: own.reduce((sum, it) => sum + it.transferSize, 0),
      paintedMs:
        performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.POSITIVE_INFINITY,
    }
  })

inPages('each page comes compressed, below 150 kB in all, and is painted within a second', async () => {
  const { browser, url } = visited()
  for (const path of paths) {
    const page = await openPage(browser, `${url}${path}`)
    await page.locator('#main h1').waitFor()
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
    const { bytes, paintedMs } = await costOf(page)
    console.log(`${path}: ${(bytes / 1000).toFixed(1)} kB, first paint after ${Math.round(paintedMs)} ms`)
    assert.ok(bytes > 10_000 && bytes < 150_000, `${path} weighs ${bytes} bytes`)
    assert.ok(paintedMs < 1_000, `${path} is painted after ${paintedMs} ms`)
    await page.context().close()
  }
})

inPages('a page that was seen before asks for nothing of it but itself', async () => {
  const { browser, url } = visited()
  for (const path of paths) {
    const page = await openPage(browser, `${url}${path}`)
    await page.locator('#main h1').waitFor()
    await page.reload()
    await page.locator('#main h1').waitFor()
    const { bytes } = await costOf(page)
    assert.ok(bytes < 2_000, `${path} asks for ${bytes} bytes again`)
    await page.context().close()
  }
})

inPages('a page runs no script but its own, and stands in no frame', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, url)
  await page.addScriptTag({ content: 'globalThis.foreign = true' }).catch(() => {})
  const foreign = await page.evaluate(() => 'foreign' in globalThis)
  assert.is(foreign, false)
  const { headers } = await fetch(url)
  const policy = headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.not.match(policy, /unsafe|https?:|\*/)
  await page.context().close()
})

test.run()
