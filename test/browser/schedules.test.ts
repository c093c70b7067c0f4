/** A schedule's life in the browser: made by the form, seen to run, paused, changed, deleted. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, getJob } from '../support/api.ts'
import { closePage, hasFocus, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'
import { until } from '../until.ts'

const test = suite('pages of schedules')
const inPages = inBrowser(test)
const visited = visit(test, 'pagesschedules')

interface ScheduleView {
  readonly intervalMs?: number
  readonly cron?: string
  readonly timezone?: string
  readonly paused: boolean
  readonly overlap: string
  readonly job: { readonly type: string; readonly payload?: unknown }
  readonly recent: readonly { readonly at: string; readonly jobId?: string }[]
}

const schedule = async (name: string): Promise<ScheduleView> => {
  const { status, body, text } = await call(`${visited().url}/api/schedules/${name}`)
  assert.is(status, 200, text)
  return body as ScheduleView
}

inPages('a schedule is made by the form, and its runs are seen as they come', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/schedules`)
  await page.getByText('No schedules yet').waitFor()
  await page.getByRole('link', { name: 'New schedule' }).click()
  await page.getByLabel('Name', { exact: true }).fill('every second')
  await page.getByRole('radio', { name: 'Every so often' }).check()
  await page.getByLabel('Every', { exact: true }).fill('1')
  await page.getByLabel('Unit').selectOption('seconds')
  await page.getByLabel('Job type').selectOption('noop')
  await page.getByLabel('Payload (JSON)').fill('{"report": 1')
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await page.getByRole('alert').getByText('Something is not right yet: see the fields.').waitFor()
  assert.is(await page.getByLabel('Payload (JSON)').getAttribute('aria-invalid'), 'true')
  await page.getByLabel('Payload (JSON)').fill('{"report": 1}')
  // What the API alone knows is told at its field as well.
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await page.locator('[aria-invalid=true]').waitFor()
  assert.is(await page.getByLabel('Name', { exact: true }).getAttribute('aria-invalid'), 'true')
  await page.getByLabel('Name', { exact: true }).fill('every-second')
  await page.getByRole('button', { name: 'Create schedule' }).click()

  await page.getByRole('heading', { name: 'every-second', level: 1 }).waitFor()
  const last = page.getByRole('region', { name: 'Last runs' })
  await last.getByRole('link', { name: 'Succeeded' }).nth(1).waitFor()
  const { intervalMs, job, recent } = await schedule('every-second')
  assert.is(intervalMs, 1_000)
  assert.equal(job, { type: 'noop', payload: { report: 1 } })
  assert.ok(recent.length >= 2)
  const ran = await getJob(url, recent.at(-1)?.jobId ?? '')
  assert.is(ran.schedule?.name, 'every-second')
  await closePage(page, /status of 422/)
})

inPages('it is paused and resumed from the list: no run comes meanwhile', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/schedules`)
  const row = page.getByRole('row').filter({ hasText: 'every-second' })
  await row.getByRole('button', { name: 'Pause every-second' }).click()
  await row.getByText('Paused', { exact: true }).waitFor()
  assert.is((await schedule('every-second')).paused, true)
  const { recent: before } = await schedule('every-second')
  await row.getByRole('button', { name: 'Resume every-second' }).click()
  await row.getByText('Paused', { exact: true }).waitFor({ state: 'detached' })
  await until('it runs again', async () => {
    const { paused, recent } = await schedule('every-second')
    return !paused && recent[0]?.at !== before[0]?.at
  })
  await closePage(page)
})

inPages('a deletion that fails is said in its dialog, and the focus stays where it was pressed', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/schedules/every-second`)
  await page.route('**/api/schedules/every-second', (route) =>
    route.request().method() === 'DELETE' ? route.fulfill({ status: 503 }) : route.fallback(),
  )
  await page.getByRole('button', { name: 'Delete every-second' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete every-second?' })
  const deed = dialog.getByRole('button', { name: 'Delete the schedule' })
  await deed.press('Enter')
  await dialog.getByRole('alert').waitFor()
  assert.ok(await hasFocus(deed))
  await closePage(page, /status of 503/)
})

inPages('it is changed by its form, run now, and deleted once that is confirmed', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/schedules/every-second`)
  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByRole('radio', { name: 'At times of the clock (cron)' }).check()
  await page.getByRole('textbox', { name: 'Cron' }).fill('30 2 * * 1-5')
  await page.getByText('Runs Monday to Friday at 02:30').waitFor()
  await page.getByLabel('Time zone').fill('Europe/Berlin')
  await page.getByLabel('The run before has not ended').selectOption('Leave the later one out')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('every-second is changed.').waitFor()
  const changed = await schedule('every-second')
  assert.is(changed.cron, '30 2 * * 1-5')
  assert.is(changed.timezone, 'Europe/Berlin')
  assert.is(changed.intervalMs, undefined)
  assert.is(changed.overlap, 'skip')
  assert.equal(changed.job, { type: 'noop', payload: { report: 1 } }, 'the rest stays as it was')
  await page.getByRole('region', { name: 'Next runs' }).getByRole('row').nth(1).waitFor()

  await page.getByRole('button', { name: 'Run now: every-second' }).click()
  const told = page.getByText('every-second runs now.')
  // Whoever is on it may be reading: it would be gone by now.
  await told.hover()
  await delay(7_000)
  assert.ok(await told.isVisible())
  await page.getByRole('link', { name: 'Its job' }).click()
  await page.getByRole('heading', { name: 'noop', level: 1 }).waitFor()
  await page.locator('#main').getByText('Succeeded', { exact: true }).first().waitFor()

  await page.goBack()
  await page.getByRole('button', { name: 'Delete every-second' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete every-second?' })
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await schedule('every-second')
  await page.getByRole('button', { name: 'Delete every-second' }).click()
  await dialog.getByRole('button', { name: 'Delete the schedule' }).click()
  await page.getByText('No schedules yet').waitFor()
  assert.is((await call(`${url}/api/schedules/every-second`)).status, 404)
  await closePage(page)
})

test.run()
