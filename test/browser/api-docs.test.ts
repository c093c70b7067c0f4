/** The API's own page in a real browser, under its policy: it shows the calls, and asks one. */
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closePage, hasBrowser, inBrowser, openBrowser, openPage } from '../support/browser.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

const test = suite('the page of the API')
let platform: Platform
let master: RunningProcess
let browser: Browser

if (hasBrowser) {
  setUp(test, async () => {
    platform = await startPlatform('apidocs')
    master = await platform.master()
    browser = await openBrowser()
  })
  test.after(async () => {
    await browser?.close()
    await platform?.stop()
  })
}

inBrowser(test)(
  'lists the calls, shows one with its schemas, and asks it; its console stays empty',
  async () => {
    const page = await openPage(browser, `${master.url}/api/docs/`)
    await page.getByText('Submit a job').first().waitFor()
    await page.locator('#operations-fleet-get_api_scaling_history .opblock-summary-control').click()
    const call = page.locator('#operations-fleet-get_api_scaling_history')
    await call.getByText('Sampled every 5 s').waitFor()
    await call.getByText('Schema', { exact: true }).first().click()
    await call.getByRole('button', { name: 'Execute' }).click()
    await call.getByText('"stepMs": 5000').first().waitFor()
    const colour = await page
      .locator('.opblock-summary-method')
      .first()
      .evaluate((it) => it.ownerDocument.defaultView?.getComputedStyle(it).backgroundColor)
    assert.is.not(colour, 'rgba(0, 0, 0, 0)', 'its style is there')
    await closePage(page)
  },
)

test.run()
