/** Posting from the form: what is wrong is said where it is, form and JSON are one, and what is posted is one job, however the answer is lost. */
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { getJob, type JobView, runJob } from '../support/api.ts'
import { closePage, hasFocus, inBrowser, openPage } from '../support/browser.ts'
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

/** The job that was posted, as the API knows it once the page says that it went well. */
const ended = async (page: Page): Promise<JobView> => {
  await result(page).getByText('Succeeded', { exact: true }).waitFor()
  const href = await result(page).getByRole('link').first().getAttribute('href')
  return getJob(visited().url, href?.split('/').at(-1) ?? '')
}

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
    assert.ok(await hasFocus(ms))
    await ms.fill('5')
    await page.getByText('Options').click()
    await page.getByLabel('Key', { exact: true }).fill('posted')
    await page.getByRole('button', { name: 'Post the job' }).click()
    const { key, result: value } = await ended(page)
    assert.is(key, 'posted')
    assert.equal(value, { sleptMs: 5 })
    await result(page).getByText('"sleptMs": 5').waitFor()
    await page.getByRole('group', { name: 'Command', exact: true }).getByText('"key":"posted"').waitFor()
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

inPages('a detection is posted as JSON, and its result is seen in the analysis', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/post?type=detect`)
  await page.getByRole('button', { name: 'JSON', exact: true }).click()
  const series = Array.from({ length: 300 }, (_, row) => (row === 200 ? 900 : 10 + (row % 7)))
  await page.getByRole('textbox', { name: 'Payload' }).fill(JSON.stringify({ series, detector: 'mad' }))
  await page.getByRole('button', { name: 'Post the job' }).click()
  const job = await ended(page)
  const { anomalies } = job.result as { anomalies: { start: number; end: number }[] }
  assert.ok(anomalies.some(({ start, end }) => start <= 200 && end >= 200))
  await result(page)
    .getByRole('link', { name: /^detect/ })
    .click()
  await page.getByRole('link', { name: 'See it in Analytics' }).click()
  await page
    .getByRole('heading', { name: anomalies.length === 1 ? '1 anomaly' : `${anomalies.length} anomalies` })
    .waitFor()
  assert.match(page.url(), `/view?job=${job.id}`)
  await closePage(page)
})

inPages('a dead job is posted again with what it had', async () => {
  const { browser, url } = visited()
  const dying = { type: 'sleep', payload: { ms: 7, failures: 1 }, maxAttempts: 1, key: 'again' }
  const dead = await runJob(url, dying)
  const page = await openPage(browser, `${url}/jobs/${dead.id}`)
  await page.getByRole('link', { name: 'Post again' }).click()
  const failures = page.getByRole('spinbutton', { name: 'failures' })
  await failures.waitFor()
  assert.is(await page.getByRole('spinbutton', { name: 'ms' }).inputValue(), '7')
  assert.is(await failures.inputValue(), '1')
  await failures.fill('')
  await page.getByRole('button', { name: 'Post the job' }).click()
  const job = await ended(page)
  assert.is.not(job.id, dead.id)
  assert.is(job.key, 'again')
  assert.is((await getJob(url, dead.id)).status, 'dead')
  await closePage(page)
})

test.run()
