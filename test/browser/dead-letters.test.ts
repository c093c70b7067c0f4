/** Dead letters in the browser: narrowed by what they died of, put back all at once, some dropped. */
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, getJob, type JobView, runJob } from '../support/api.ts'
import { closePage, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'
import { until } from '../until.ts'

const test = suite('page of dead letters')
const inPages = inBrowser(test)
const visited = visit(test, 'pagesdead')

/** Dies at its first attempt, and goes well at the second: after a replay. */
const dying = (key: string): Promise<JobView> =>
  runJob(visited().url, { type: 'sleep', payload: { ms: 1, failures: 1 }, maxAttempts: 1, key })
const timingOut = (): Promise<JobView> =>
  runJob(visited().url, { type: 'sleep', payload: { ms: 60_000 }, maxAttempts: 1, timeoutMs: 100 })

const lettersLeft = async (): Promise<number> =>
  ((await call(`${visited().url}/api/dead-letters/count`)).body as { total: number }).total

const letters = (page: Page) => page.getByRole('table', { name: /^Dead letters/ })

inPages('all that fit a filter are put back, and run; the others stay', async () => {
  const { browser, url } = visited()
  const back = await Promise.all(['a', 'a', 'b', 'c'].map(dying))
  const late = await Promise.all([timingOut(), timingOut()])
  const page = await openPage(browser, `${url}/dead-letters`)
  await page.getByRole('heading', { name: '6 dead letters' }).waitFor()
  await page.getByRole('link', { name: /^HANDLER_FAILED 4$/ }).click()
  await page.getByRole('heading', { name: '4 dead letters' }).waitFor()
  // One more that fits comes while the dialog is open: it is none of those asked about.
  await page.getByRole('button', { name: 'Replay all 4 that fit…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('All that fit the filter (error HANDLER_FAILED): 4 dead letters now.').waitFor()
  const after = await dying('d')
  await dialog.getByRole('button', { name: 'Replay 4' }).click()
  await dialog.getByText('4 jobs are replayed.').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('heading', { name: '1 dead letter', exact: true }).waitFor()
  for (const { id } of back)
    await until('what was put back has run', async () => (await getJob(url, id)).status === 'succeeded')
  for (const { id } of [...late, after]) assert.is((await getJob(url, id)).status, 'dead')
  await page.getByRole('link', { name: 'Clear the filter' }).click()
  await page.getByRole('heading', { name: '3 dead letters' }).waitFor()
  assert.is(await lettersLeft(), 3)
  await closePage(page)
})

inPages('one is read in full, at an address of its own, and put back from there', async () => {
  const { browser, url } = visited()
  const dead = await dying('read-me')
  const page = await openPage(browser, `${url}/dead-letters?key=read-me`)
  const row = letters(page).getByRole('row').filter({ hasText: 'read-me' }).first()
  await row.getByRole('link', { name: /attempt 1 fails/ }).click()
  await page.getByRole('heading', { name: 'Where it was' }).waitFor()
  assert.match(page.url(), dead.id)
  await page.reload()
  await page.getByRole('group', { name: 'Value' }).getByText('"failures": 1').waitFor()
  await page.getByRole('button', { name: 'Replay this job' }).click()
  await page.getByText('None fits the filter').waitFor()
  await page.getByRole('link', { name: 'Watch it' }).click()
  await page.getByRole('group', { name: 'Result' }).waitFor()
  assert.is((await getJob(url, dead.id)).status, 'succeeded')
  await closePage(page)
})

inPages('those selected, with a range by the shift key, are dropped once that is confirmed', async () => {
  const { browser, url } = visited()
  const before = await lettersLeft()
  const doomed = await Promise.all(['x', 'x', 'x'].map(dying))
  const page = await openPage(browser, `${url}/dead-letters?key=x`)
  await page.getByRole('heading', { name: '3 dead letters' }).waitFor()
  const boxes = letters(page).getByRole('checkbox', { name: /^Select sleep/ })
  await boxes.first().click()
  await boxes.last().click({ modifiers: ['Shift'] })
  await page.getByRole('heading', { name: '3 selected' }).waitFor()
  await page.getByRole('button', { name: 'Drop 3' }).click()
  const dialog = page.getByRole('dialog', { name: 'Drop 3 dead letters?' })
  // A key pressed before it is there is not for it.
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.is(await lettersLeft(), before + 3, 'nothing is dropped by Escape')
  await page.getByRole('button', { name: 'Drop 3' }).click()
  await dialog.getByRole('button', { name: 'Drop 3' }).click()
  await page.getByText('3 dead letters dropped.').waitFor()
  await page.getByText('None fits the filter').waitFor()
  assert.is(await lettersLeft(), before)
  for (const { id } of doomed) assert.is((await getJob(url, id)).status, 'dead', 'the jobs stay dead')
  await closePage(page)
})

test.run()
