/** Every page, in light and dark and on a phone: axe finds nothing, nothing sticks out, nothing is said on the browser's console. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  axeFaults,
  closePage,
  hasBrowser,
  inBrowser,
  openBrowser,
  openPage,
  pagesDir,
  phone,
  sticksOut,
} from '../support/browser.ts'
import { type Furnished, furnish } from '../support/furnish.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'

const test = suite('looks')
const looked = inBrowser(test)

/** What is as it is asked for, and says so: a job that does not exist is a 404 to the browser, too. */
const provoked = /status of 404/

const looks: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { ...phone, colorScheme: 'light' },
}

let platform: Platform
let url: string
let browser: Browser
let furnished: Furnished

if (hasBrowser) {
  setUp(test, async () => {
    platform = await startPlatform('looks')
    const [master] = await Promise.all([platform.master({ WEB_DIR: pagesDir }), platform.worker()])
    url = master.url
    browser = await openBrowser()
    furnished = await furnish(url)
  })
  test.after(async () => {
    await browser?.close()
    await platform?.stop()
  })
}

/** All that is loaded is there: nothing says that it is on its way. */
const settled = async (page: Page): Promise<void> => {
  await page.locator('#main :is(h1, h2)').first().waitFor()
  await page.locator('#main .skeleton').first().waitFor({ state: 'detached' })
}

for (const [look, options] of Object.entries(looks)) {
  looked(`pages in ${look}`, async () => {
    const faults: string[] = []
    const page = await openPage(browser, 'about:blank', options)
    for (const [name, path] of Object.entries(furnished.paths)) {
      await page.goto(`${url}${path}`)
      await settled(page)
      faults.push(...(await axeFaults(page)).map((it) => `${name}: ${it}`))
      const wider = await sticksOut(page)
      if (wider > 0) faults.push(`${name}: ${wider} px wider than its window`)
    }
    await closePage(page, provoked)
    assert.equal(faults, [])
  })
}

test.run()
