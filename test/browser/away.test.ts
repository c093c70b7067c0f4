/** The pages while the API is away, or wants a token. */
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call } from '../support/api.ts'
import { closePage, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'

const test = suite('pages without the API')
const inPages = inBrowser(test)
const tokens = { API_TOKENS: 'open-sesame=read+submit+operate,looking-glass=read', HOST: '127.0.0.1' }
const visited = visit(test, 'pagesaway', tokens)

/** To the browser every refusal is an error; the page says what it means. */
const refused = /status of (401|403|50[234])|ERR_/

const give = async (page: Page, token: string): Promise<void> => {
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.getByRole('button', { name: 'Use token' }).click()
}

inPages('a token is asked for once, and the page goes on with it, also after a reload', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, url)
  const dialog = page.getByRole('dialog', { name: 'This server wants a token' })
  await dialog.waitFor()
  await give(page, 'wrong-token')
  await dialog.getByText('The token is not known here.').waitFor()
  await give(page, 'open-sesame')
  await page.getByText('Live', { exact: true }).waitFor()
  assert.is(await dialog.count(), 0)
  await page.reload()
  await page.getByText('Live', { exact: true }).waitFor()
  assert.is(await dialog.count(), 0)
  await closePage(page, refused)
})

inPages('who has no token is asked once, and may give one later', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/types`)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Not now' }).click()
  // What the page shows is asked for every few seconds.
  await page.waitForResponse((it) => it.url().endsWith('/api/types') && it.status() === 401)
  await page.waitForResponse((it) => it.url().endsWith('/api/types') && it.status() === 401)
  assert.is(await dialog.count(), 0)
  await page.getByRole('button', { name: 'Token' }).click()
  await give(page, 'open-sesame')
  await page.getByRole('cell', { name: 'sleep' }).first().waitFor()
  await closePage(page, refused)
})

inPages('who may only read sees all, and is told what an action would need', async () => {
  const { browser, url, master } = visited()
  const page = await openPage(browser, `${url}/types`)
  await give(page, 'looking-glass')
  const state = page.getByRole('switch', { name: 'noop: Active' })
  await state.click()
  await page.getByText('This needs the role operate; the token has read.').waitFor()
  await state.waitFor()
  await page.goto(`${url}/post?type=noop`)
  await page.getByRole('button', { name: 'Post the job' }).click()
  await page.getByRole('alert').getByText('role submit').waitFor()
  const authorization = 'Bearer looking-glass'
  const { body } = await call(`${master.url}/api/jobs`, { headers: { authorization } })
  assert.equal(body, { jobs: [] })
  await closePage(page, refused)
})

inPages('a page says that the API is away, and is live by itself when it is back', async () => {
  const { browser, url, network } = visited()
  for (const path of ['/', '/view/series']) {
    const page = await openPage(browser, `${url}${path}`)
    await give(page, 'open-sesame')
    await page.getByText('Live', { exact: true }).waitFor()
    await network.set('refuse')
    await page.getByText('Reconnecting', { exact: true }).waitFor()
    await network.set('pass')
    await page.getByText('Live', { exact: true }).waitFor()
    await closePage(page, refused)
  }
})

test.run()
