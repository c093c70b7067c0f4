/** Pages that somebody looks at while the API goes away: what is old stays and says so, and all that happened meanwhile is there when it is back. */
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shortId } from '../../web/kit/format.ts'
import { exampleCsv } from '../../web/view/analyse/example.ts'
import { call, getJob, type JobView, postJob, runJob } from '../support/api.ts'
import { closePage, hasBrowser, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'
import { until } from '../until.ts'

const test = suite('pages while the API is away')
const inPages = inBrowser(test)
const visited = visit(test, 'pagesreconnect')

test.before.each(() => (hasBrowser ? visited().network.set('pass') : undefined))

/** To the browser every refusal is an error; the page says what it means. */
const refused = /status of 50[234]|ERR_/

const goAway = async (page: Page): Promise<void> => {
  await visited().network.set('refuse')
  await page.getByText('Reconnecting', { exact: true }).first().waitFor()
}
const comeBack = async (page: Page): Promise<void> => {
  await visited().network.set('pass')
  await page.getByText('Live', { exact: true }).first().waitFor()
}
const old = (page: Page) => page.getByRole('alert').filter({ hasText: 'The API can’t be reached' })

inPages('the overview keeps what it showed, says of when that is, and goes on', async () => {
  const { browser, url, master } = visited()
  const page = await openPage(browser, url)
  await page.getByText('nothing has failed for good').waitFor()
  await goAway(page)
  const stale = page.getByRole('alert').filter({ hasText: /As of \d\d:\d\d:\d\d/ })
  await stale.waitFor()
  await page.getByText('nothing has failed for good').waitFor()
  await runJob(master.url, { type: 'sleep', payload: { ms: 1, failures: 1 }, maxAttempts: 1 })
  await comeBack(page)
  await stale.waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Look at 1 letter' }).waitFor()
  await closePage(page, refused)
})

inPages('the list of jobs keeps its rows, and has the new ones once, afterwards', async () => {
  const { browser, url, master } = visited()
  const before = await runJob(url, { type: 'noop', key: 'list' })
  const page = await openPage(browser, `${url}/jobs?key=list`)
  const row = ({ id }: JobView) => page.getByRole('link', { name: shortId(id) })
  await row(before).waitFor()
  await goAway(page)
  await old(page).getByText('What you see is from before.').waitFor()
  await row(before).waitFor()
  const meanwhile = await Promise.all([1, 2].map(() => runJob(master.url, { type: 'noop', key: 'list' })))
  await comeBack(page)
  await page.getByText('3 jobs', { exact: true }).waitFor()
  for (const it of [before, ...meanwhile]) assert.is(await row(it).count(), 1)
  await old(page).waitFor({ state: 'detached' })
  await closePage(page, refused)
})

inPages('a job that ends meanwhile is shown with its end, and ran once', async () => {
  const { browser, url, master } = visited()
  const types = `${master.url}/api/types/sleep`
  const running = await postJob(url, { type: 'sleep', payload: { ms: 3_000 } })
  const page = await openPage(browser, `${url}/jobs/${running.id}`)
  const status = page.locator('#main').getByText('Running', { exact: true }).first()
  await status.waitFor()
  await goAway(page)
  await old(page).getByText('What you see is from before.').waitFor()
  await status.waitFor()
  await until('it has ended', async () => (await getJob(master.url, running.id)).status === 'succeeded')
  await call(`${types}/pause`, { method: 'POST' })
  await comeBack(page)
  await page.getByRole('group', { name: 'Result' }).getByText('"sleptMs": 3000').waitFor()
  await old(page).waitFor({ state: 'detached' })
  assert.is((await getJob(url, running.id)).attempts.length, 1)

  // What is asked for while it is away is not done later, behind one's back.
  const held = await postJob(url, { type: 'sleep', payload: { ms: 1 } })
  await page.goto(`${url}/jobs/${held.id}`)
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await goAway(page)
  const dialog = page.getByRole('dialog', { name: 'Cancel this job?' })
  await dialog.getByRole('button', { name: 'Cancel the job' }).click()
  await dialog.getByRole('alert').getByText('The API can’t be reached').waitFor()
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await call(`${types}/resume`, { method: 'POST' })
  await comeBack(page)
  await page.locator('#main').getByText('Succeeded', { exact: true }).first().waitFor()
  await closePage(page, refused)
})

inPages(
  'an analysis that is under way has its result, and one that could not be begun is begun once',
  async () => {
    const { browser, url, master } = visited()
    const types = `${master.url}/api/types/detect`
    await call(`${types}/pause`, { method: 'POST' })
    const headers = { 'content-type': 'text/csv' }
    const uploaded = await call(`${url}/api/data-sets?name=example`, { raw: exampleCsv(), headers })
    const { id: set } = uploaded.body as { id: string }
    const page = await openPage(browser, `${url}/view?set=${set}`)
    await page.getByRole('status').getByText('Waiting').waitFor()
    await goAway(page)
    await call(`${types}/resume`, { method: 'POST' })
    await until('it has ended', async () =>
      (await detections()).every(({ status }) => status === 'succeeded'),
    )
    await comeBack(page)
    const anomalies = page.getByRole('region', { name: 'Anomalies', exact: true })
    await anomalies.waitFor()
    assert.is((await detections()).length, 1)

    await goAway(page)
    await page.getByLabel('Detector', { exact: true }).selectOption('mad')
    await page.getByRole('button', { name: 'Run mad' }).click()
    await page.getByText('The API can’t be reached').first().waitFor()
    await anomalies.waitFor()
    await comeBack(page)
    await page.getByRole('button', { name: 'Run mad' }).click()
    await page.waitForURL((it) => it.searchParams.get('job') !== null)
    await until('one more has ended', async () => (await detections()).length === 2)
    await closePage(page, refused)
  },
)

const detections = async (): Promise<JobView[]> =>
  ((await call(`${visited().master.url}/api/jobs?type=detect`)).body as { jobs: JobView[] }).jobs

test.run()
