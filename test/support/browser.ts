/** A real browser (Debian's chromium, or the one that CHROMIUM names) for tests of the pages. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
export const hasBrowser = existsSync(executablePath)

/** The tests of a suite: skipped, and that is said, where there is no browser. */
export const inBrowser = (test: Test): Test['skip'] => {
  if (hasBrowser) return test
  console.log(`skipped: the pages in a browser: there is no ${executablePath} (CHROMIUM names another)`)
  return test.skip
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  })

/** The built pages. */
export const pagesDir = fileURLToPath(new URL('../../web/dist', import.meta.url))

export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
}

/** What the browser's console and the page itself complained of. */
const complaints = new WeakMap<Page, string[]>()

/** A page in a profile of its own. */
export const openPage = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const said: string[] = []
  complaints.set(page, said)
  page.on('pageerror', (error) => said.push(error.message))
  page.on('console', (it) => {
    if (it.type() === 'error' || it.type() === 'warning') said.push(`${it.text()} (${it.location().url})`)
  })
  await page.goto(url)
  return page
}

export const hasFocus = (it: Locator): Promise<boolean> =>
  it.evaluate((element) => element === element.ownerDocument.activeElement)

/** Closes the page. Nothing was said on its console, but for what the test has provoked. */
export const closePage = async (page: Page, provoked?: RegExp): Promise<void> => {
  await page.context().close()
  assert.equal(
    (complaints.get(page) ?? []).filter((it) => !provoked?.test(it)),
    [],
  )
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** What axe finds wrong with what the page shows, of every weight: rule and elements. */
export const axeFaults = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    interface Found {
      readonly id: string
      readonly impact: string
      readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
    }
    const { violations } = await (
      globalThis as unknown as { axe: { run(): Promise<{ violations: Found[] }> } }
    ).axe.run()
    return violations.map(
      ({ id, impact, nodes }) =>
        `${id} (${impact}): ${nodes.map((it) => `${it.target.join(' ')}: ${it.failureSummary}`).join('; ')}`,
    )
  })
}

/** Pixels by which the page is wider than its window: 0, unless something sticks out. */
export const sticksOut = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { document: it } = globalThis as unknown as {
      document: { documentElement: { scrollWidth: number; clientWidth: number } }
    }
    return it.documentElement.scrollWidth - it.documentElement.clientWidth
  })
