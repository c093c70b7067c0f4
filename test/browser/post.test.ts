/** Posting from the form: what is wrong is said where it is, form and JSON are one, and what is posted is one job, however the answer is lost. */
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closePage, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'

const test = suite('page that posts')
const inPages = inBrowser(test)
const visited = visit(test, 'pagespost')

/** The keys of what was posted so far, as the page sent it. */
const keysOf = (page: Page): string[] => {
  const keys: string[] = []
  page.on('request', (it) => {
    if (it.method() === 'POST' && it.url().endsWith('/api/jobs'))
      keys.push(it.headers()['idempotency-key'] ?? '')
  })
  return keys
}

const jobsOf = async (type: string): Promise<number> => {
  const answer = await fetch(`${visited().url}/api/jobs?type=${type}`)
  const { jobs } = (await answer.json()) as { readonly jobs: readonly unknown[] }
  return jobs.length
}

const result = (page: Page) => page.getByRole('region', { name: 'Posted' })

inPages(
  'a fault stands at its field, which has the focus; then the job is followed to its result',
  async () => {
    const { browser, url } = visited()
    const page = await openPage(browser, `${url}/post`)
    await page.getByRole('link', { name: 'sleep', exact: true }).click()
    const ms = page.getByLabel('ms', { exact: true })
    await page.getByRole('button', { name: 'Post the job' }).click()
    await page.getByText('is missing', { exact: true }).waitFor()
    assert.is(await ms.getAttribute('aria-invalid'), 'true')
    assert.ok(await ms.evaluate((it) => it === it.ownerDocument.activeElement))
    await ms.fill('5')
    await page.getByText('Options').click()
    await page.getByLabel('Key', { exact: true }).fill('posted')
    await page.getByRole('button', { name: 'Post the job' }).click()
    await result(page).getByText('Succeeded').waitFor()
    await result(page).getByText('"sleptMs": 5').waitFor()
    await page.getByRole('region', { name: 'Command', exact: true }).getByText('"key":"posted"').waitFor()
    await result(page).getByRole('link', { name: 'sleep' }).click()
    await page.getByRole('heading', { name: 'sleep', level: 1 }).waitFor()
    await closePage(page, /422/)
  },
)

inPages('form and JSON are the same value, and what the form does not know is kept', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/post?type=sleep`)
  await page.getByLabel('failures', { exact: true }).fill('1')
  await page.getByRole('button', { name: 'JSON', exact: true }).click()
  const text = page.getByRole('textbox', { name: 'Payload' })
  assert.equal(JSON.parse(await text.inputValue()), { failures: 1 })
  await text.fill('{"ms": 7, "more": [1]')
  await page.getByRole('button', { name: 'Form', exact: true }).click()
  await page.getByText('Not JSON').waitFor()
  await text.fill('{"ms": 7, "more": [1]}')
  await page.getByRole('button', { name: 'Form', exact: true }).click()
  const ms = page.getByLabel('ms', { exact: true })
  assert.is(await ms.inputValue(), '7')
  await ms.fill('8')
  await page.getByRole('button', { name: 'JSON', exact: true }).click()
  assert.equal(JSON.parse(await text.inputValue()), { ms: 8, more: [1] })
  await closePage(page)
})

inPages('an answer that is lost and a double click make no second job; another post does', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/post?type=noop`)
  const keys = keysOf(page)
  await page.route(
    '**/api/jobs',
    async (it) => {
      await it.fetch()
      await it.abort()
    },
    { times: 1 },
  )
  await page.getByRole('button', { name: 'Post the job' }).click()
  await page.getByText('Post again: it stays one job.').waitFor()
  await page.getByRole('button', { name: 'Post the job' }).dblclick()
  await result(page).getByText('Succeeded').waitFor()
  assert.is(keys.length, 2)
  assert.is(keys[0], keys[1])
  assert.is(await jobsOf('noop'), 1)
  const third = page.waitForRequest((it) => it.method() === 'POST' && it.url().endsWith('/api/jobs'))
  await page.getByRole('button', { name: 'Post another' }).click()
  await third
  assert.is(keys.length, 3)
  assert.is.not(keys[2], keys[1])
  await closePage(page, /ERR_FAILED/)
})

inPages('copies go in one batch', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/post?type=sleep`)
  await page.getByLabel('ms', { exact: true }).fill('1')
  await page.getByLabel('Copies').fill('12')
  await page.getByRole('button', { name: 'Post 12 jobs' }).click()
  await result(page).getByText('12 jobs accepted.').waitFor()
  await result(page).getByRole('link', { name: 'Watch them in the list' }).click()
  await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
  await closePage(page)
})

test.run()
