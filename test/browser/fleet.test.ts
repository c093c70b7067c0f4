/** A load begun on the overview makes the fleet grow and shrink before one's eyes, and the page keeps what it showed. */
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call } from '../support/api.ts'
import { closePage, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'
import { until } from '../until.ts'

const test = suite('the fleet on the overview')
const inPages = inBrowser(test)
/** Scales as KEDA does, but looks each second. */
const quick = {
  MIN_REPLICAS: '1',
  MAX_REPLICAS: '3',
  LAG_THRESHOLD: '10',
  SCALE_INTERVAL_MS: '1000',
  SCALE_DOWN_STABILIZATION_MS: '2000',
}
const visited = visit(test, 'pagesfleet', quick, (platform) => platform.scaler())

interface Decision {
  readonly at: string
  readonly from: number
  readonly to: number
  readonly reason: string
}

const decisions = async (): Promise<Decision[]> =>
  ((await call(`${visited().url}/api/scaling/history`)).body as { decisions: Decision[] }).decisions

const jobsOf = async (status: string): Promise<number> =>
  (
    (await call(`${visited().url}/api/jobs?type=sleep&status=${status}&limit=500`)).body as {
      jobs: unknown[]
    }
  ).jobs.length

/** The figure of this name, as the page tells it. */
const figure = (page: Page, name: string) =>
  page
    .locator('#main')
    .getByRole('term')
    .filter({ hasText: name })
    .first()
    .locator('xpath=following-sibling::dd[1]')

const begin = async (page: Page, load: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, value] of Object.entries(load)) await page.getByLabel(label, { exact: true }).fill(value)
  await page.getByRole('button', { name: 'Start the load' }).click()
}

const panel = (page: Page) => page.getByRole('region', { name: 'Decisions' })

inPages('a load makes it grow and shrink, each decision says why, and a reload keeps all of it', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, url)
  const ready = figure(page, 'Workers ready')
  await ready.getByText('1', { exact: true }).waitFor()
  await page.getByText('Nothing has run yet').waitFor()
  await begin(page, { Jobs: '300', 'Work a job, ms': '200', 'Spread over, s': '2', 'Fail at first, %': '0' })
  await page.getByRole('progressbar', { name: 'Jobs finished' }).waitFor()
  await figure(page, 'Lag')
    .getByText(/^[1-9]\d*$/)
    .first()
    .waitFor()
  const up = await until('it grows', async () => (await decisions()).find(({ from, to }) => to > from))
  await panel(page).getByText(up.reason, { exact: true }).first().waitFor()
  await ready.getByText('3', { exact: true }).waitFor()
  await page.getByText('Done: 300 jobs').waitFor()
  assert.is(await jobsOf('succeeded'), 300)
  await ready.getByText('1', { exact: true }).waitFor()
  await figure(page, 'Lag').getByText('0', { exact: true }).first().waitFor()
  const told = await until('the master has told the way down', async () => {
    const all = await decisions()
    return all[0]?.to === 1 && all
  })
  assert.ok(told.some(({ to }) => to === 3))

  await page.reload()
  await panel(page).getByText(`${told.length} in`).waitFor()
  // Decisions that changed nothing stand behind the newest of them.
  const folded = panel(page).getByRole('button', { name: /that kept/ })
  while ((await folded.count()) > 0) await folded.first().click()
  for (const { reason } of told.slice(0, 8))
    await panel(page).getByText(reason, { exact: true }).first().waitFor()
  // The charts say so in words, too: the lag of before is there.
  await page.getByRole('img', { name: /^Lag, .*at most a lag of [1-9]/ }).waitFor()
  await closePage(page)
})

inPages('a load is stopped: nothing more is posted, and what was left is cancelled', async () => {
  const { browser, url } = visited()
  const before = await jobsOf('succeeded')
  const page = await openPage(browser, url)
  await begin(page, { Jobs: '400', 'Work a job, ms': '60000', 'Spread over, s': '100' })
  await until('some of it runs', async () => (await jobsOf('running')) > 0)
  // It goes on while another page is looked at.
  await page.getByRole('link', { name: 'Jobs', exact: true }).click()
  await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Overview', exact: true }).click()
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  const said = page.getByText(/^Stopped after .*: \d+ cancelled, 0 had ended\.$/)
  await said.waitFor()
  const cancelled = Number(/(\d+) cancelled/.exec(await said.innerText())?.[1])
  assert.ok(cancelled > 0 && cancelled < 400, `${cancelled} were cancelled`)
  assert.is(await jobsOf('cancelled'), cancelled)
  assert.is(await jobsOf('succeeded'), before)
  for (const status of ['queued', 'running'])
    await until(`none is ${status}`, async () => (await jobsOf(status)) === 0)
  await closePage(page)
})

inPages('a wrong number is told at its field, and nothing can be begun', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, url)
  await page.getByLabel('Jobs', { exact: true }).fill('0')
  await page.getByText('A whole number from 1 to 20,000').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Start the load' }).isDisabled())
  await closePage(page)
})

test.run()
