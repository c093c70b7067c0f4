/**
 * Pictures of every page, light, dark and on a phone, side by side: `node test/browser/screenshots.ts URL FOLDER [NAME…]`, one file a page. What
 * runs at URL is furnished first, so it should be one to play with (`make run` with a DATA_DIR of its own). Not a test: docs/pages/ is made by it,
 * and made small by `pngquant --ext .png --force docs/pages/*.png`.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { openBrowser, openPage, phone } from '../support/browser.ts'
import { furnish } from '../support/furnish.ts'

/** Each with the width that it has in the picture, pixels. */
const looks: readonly { readonly width: number; readonly options: BrowserContextOptions }[] = [
  { width: 760, options: { colorScheme: 'light' } },
  { width: 760, options: { colorScheme: 'dark' } },
  { width: 280, options: { ...phone, deviceScaleFactor: 1, colorScheme: 'light' } },
]
/** What lies further down is cut off. */
const HEIGHT = 620

const shoot = async (browser: Browser, url: string, options: BrowserContextOptions): Promise<string> => {
  const page = await openPage(browser, url, options)
  await page.locator('#main :is(h1, h2)').first().waitFor()
  await page.locator('#main .skeleton').first().waitFor({ state: 'detached' })
  // The last drawings.
  await page.waitForTimeout(1_500)
  const picture = await page.screenshot({ fullPage: true })
  await page.context().close()
  return `data:image/png;base64,${picture.toString('base64')}`
}

const [url, folder, ...names] = process.argv.slice(2)
if (!url || !folder) throw new Error('usage: screenshots.ts URL FOLDER [NAME…]')
await mkdir(folder, { recursive: true })
const { paths } = await furnish(url)
const browser = await openBrowser()
for (const [name, path] of Object.entries(paths)) {
  if (names.length > 0 && !names.includes(name)) continue
  const pictures: string[] = []
  for (const { width, options } of looks) {
    const source = await shoot(browser, `${url}${path}`, options)
    pictures.push(
      `<div style="width:${width}px;height:${HEIGHT}px;overflow:hidden"><img width="${width}" src="${source}"></div>`,
    )
  }
  const sheet = await browser.newPage({ viewport: { width: 1_860, height: HEIGHT + 40 } })
  await sheet.setContent(
    `<body style="margin:0;padding:20px;display:flex;gap:10px;background:#8a9699">${pictures.join('')}</body>`,
  )
  const file = join(folder, `${name}.png`)
  await sheet.screenshot({ path: file })
  await sheet.close()
  console.log(file)
}
await browser.close()
