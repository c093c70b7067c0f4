/** What people do with jobs on their pages: a running one is cancelled, queued ones by selection, a dead one put back. */
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shortId } from '../../web/kit/format.ts'
import { getJob, type JobView, postJob, runJob } from '../support/api.ts'
import { closePage, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'
import { until } from '../until.ts'

const test = suite('pages of jobs')
const inPages = inBrowser(test)
/** One job at a time: what comes after it waits. */
const visited = visit(test, 'pagesjobs', {}, (platform) => platform.worker({ MAX_PARALLEL_JOBS: '1' }))

const endedAs = (status: JobView['status'], { id }: JobView): Promise<JobView> =>
  until(`the job is ${status}`, async () => {
    const job = await getJob(visited().url, id)
    return job.status === status && job
  })

/** The job's state, in the page's words. */
const says = (page: Page, status: string): Promise<void> =>
  page.locator('#main').getByText(status, { exact: true }).first().waitFor()

inPages('a running job is cancelled from its page, once that is confirmed', async () => {
  const { browser, url } = visited()
  const job = await postJob(url, { type: 'sleep', payload: { ms: 600_000 } })
  const page = await openPage(browser, `${url}/jobs/${job.id}`)
  await page.getByRole('heading', { name: 'sleep', level: 1 }).waitFor()
  await says(page, 'Running')
  const cancel = page.getByRole('button', { name: 'Cancel', exact: true })
  const dialog = page.getByRole('dialog', { name: 'Cancel this job?' })
  await cancel.click()
  await dialog.getByText('Its handler is told to stop').waitFor()
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await dialog.waitFor({ state: 'detached' })
  assert.is((await getJob(url, job.id)).status, 'running')
  await cancel.click()
  await dialog.getByRole('button', { name: 'Cancel the job' }).click()
  await says(page, 'Cancelled')
  await dialog.waitFor({ state: 'detached' })
  assert.is(await cancel.count(), 0, 'what has ended can’t be cancelled')
  const { attempts, result } = await endedAs('cancelled', job)
  assert.is(attempts.length, 1)
  assert.is(result, undefined)
  // The worker’s one slot is free again.
  await runJob(url, { type: 'noop' })
  await closePage(page)
})

inPages('queued jobs are cancelled from the list by selection, and no others', async () => {
  const { browser, url } = visited()
  const running = await postJob(url, { type: 'sleep', payload: { ms: 600_000 } })
  await endedAs('running', running)
  const [first, second, third] = await Promise.all(
    ['a', 'b', 'c'].map((key) => postJob(url, { type: 'noop', key })),
  )
  assert.ok(first && second && third)
  const page = await openPage(browser, `${url}/jobs`)
  await page
    .getByRole('navigation', { name: 'Status' })
    .getByRole('link', { name: 'Queued', exact: true })
    .click()
  await page.getByText('3 jobs', { exact: true }).waitFor()
  const box = ({ id }: JobView) => page.getByRole('checkbox', { name: `Select job ${shortId(id)}` })
  await box(first).check()
  await box(third).check()
  await page.getByText('2 selected', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Cancel 2 jobs' }).click()
  await page.getByText('Cancelled 2 jobs.').waitFor()
  await page.getByText('1 job', { exact: true }).waitFor()
  assert.is(await box(second).count(), 1)
  assert.match(page.url(), /status=queued/)
  const statuses = await Promise.all(
    [first, second, third].map(async ({ id }) => (await getJob(url, id)).status),
  )
  assert.equal(statuses, ['cancelled', 'queued', 'cancelled'])

  // All that fit, then: the running one, too.
  await page.goto(`${url}/jobs?type=sleep`)
  await page.getByRole('button', { name: 'Cancel all that fit' }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel all jobs that fit?' })
  await dialog.getByText('of the type sleep').waitFor()
  await dialog.getByRole('button', { name: 'Cancel them all' }).click()
  await page.getByText('Cancelled 1 job.').waitFor()
  await endedAs('cancelled', running)
  await endedAs('succeeded', second)
  await closePage(page)
})

inPages(
  'a dead job says why it died, is put back from its page, and ends well before one’s eyes',
  async () => {
    const { browser, url } = visited()
    const failing = {
      type: 'sleep',
      payload: { ms: 5, failures: 2 },
      maxAttempts: 2,
      backoffMs: 20,
      key: 'k',
    }
    const dead = await runJob(url, failing)
    assert.is(dead.status, 'dead')
    const page = await openPage(browser, `${url}/jobs?status=dead`)
    await page.getByRole('link', { name: shortId(dead.id) }).click()
    await says(page, 'Dead')
    await page.getByRole('region', { name: 'Error' }).getByText('attempt 2 fails, as do 2 in all').waitFor()
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('Replayed: it runs as soon as a worker has room.').waitFor()
    await says(page, 'Succeeded')
    await page.getByRole('group', { name: 'Result' }).getByText('"sleptMs": 5').waitFor()
    for (const attempt of [1, 2, 3]) await page.getByRole('heading', { name: `Attempt ${attempt}` }).waitFor()
    const { attempts, result } = await endedAs('succeeded', dead)
    assert.is(attempts.length, 3)
    assert.equal(result, { sleptMs: 5 })
    await closePage(page)
  },
)

inPages('a job that does not exist is said so, and a part of an id says what is missing', async () => {
  const { browser, url } = visited()
  const { id } = await runJob(url, { type: 'noop' })
  const page = await openPage(browser, `${url}/jobs`)
  const search = page.getByRole('searchbox', { name: 'Job id' })
  await search.fill(id.slice(0, 8))
  await search.press('Enter')
  await page.getByRole('alert').getByText('A whole job id is needed').waitFor()
  await search.fill(id)
  await page.getByRole('heading', { name: 'noop', level: 1 }).waitFor()
  await page.goto(`${url}/jobs/${id.slice(0, -12)}000000000000`)
  await page.getByText('There is no such job').waitFor()
  await closePage(page, /status of 404/)
})

test.run()
