/**
 * Pictures of every page in light, dark and on a phone: `node test/browser/screenshots.ts URL FOLDER [NAME…]`. What runs at URL is furnished
 * first, so it should be one to play with (`make run` with a DATA_DIR of its own). Not a test.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { openBrowser, openPage, phone } from '../support/browser.ts'
import { furnish } from '../support/furnish.ts'

const looks: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { ...phone, deviceScaleFactor: 1, colorScheme: 'light' },
}

const [url, folder, ...names] = process.argv.slice(2)
if (!url || !folder) throw new Error('usage: screenshots.ts URL FOLDER [NAME…]')
await mkdir(folder, { recursive: true })
const { paths } = await furnish(url)
const browser = await openBrowser()
for (const [name, path] of Object.entries(paths)) {
  if (names.length > 0 && !names.includes(name)) continue
  for (const [look, options] of Object.entries(looks)) {
    const page = await openPage(browser, `${url}${path}`, options)
    await page.locator('#main :is(h1, h2)').first().waitFor()
    await page.locator('#main .skeleton').first().waitFor({ state: 'detached' })
    // The last fonts and drawings.
    await page.evaluate(
      () =>
        (globalThis as unknown as { document: { fonts: { ready: Promise<unknown> } } }).document.fonts.ready,
    )
    await page.waitForTimeout(800)
    const file = join(folder, `${name}-${look}.png`)
    await page.screenshot({ path: file, fullPage: true })
    console.log(file)
    await page.context().close()
  }
}
await browser.close()
