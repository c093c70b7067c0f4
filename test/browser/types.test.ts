/** Types in the browser: paused and resumed, limited and let go; what is held back is told everywhere. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, getJob, postJob, runJob } from '../support/api.ts'
import { closePage, hasFocus, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'
import { until } from '../until.ts'

const test = suite('the page of types')
const inPages = inBrowser(test)
const visited = visit(test, 'pagestypes')

interface LimitView {
  readonly subject: string
  readonly paused: boolean
  readonly concurrency?: number
  readonly rate?: number
}

const limitOf = async (subject: string): Promise<LimitView | undefined> => {
  const { limits } = (await call(`${visited().url}/api/limits`)).body as { limits: LimitView[] }
  return limits.find((it) => it.subject === subject)
}

inPages('a type is paused: its jobs are held, and that is told; resumed, they run', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/types`)
  const row = page.getByRole('row').filter({ has: page.getByText('noop', { exact: true }) })
  const state = row.getByRole('switch')
  assert.is(await state.getAttribute('aria-checked'), 'true')
  await state.focus()
  await page.keyboard.press('Space')
  await page.getByText('noop is paused: accepted jobs wait, running ones run on.').waitFor()
  await row.getByRole('switch', { name: 'noop: Paused' }).waitFor()
  // Who works by the keyboard stays where he is.
  assert.ok(await hasFocus(state))
  const held = await Promise.all([1, 2, 3].map(() => postJob(url, { type: 'noop' })))
  await row.getByRole('cell', { name: '3', exact: true }).waitFor()

  const other = await openPage(browser, url)
  await other.getByText('noop is paused, 3 held').waitFor()
  const [first] = held
  await other.goto(`${url}/jobs/${first?.id}`)
  await other.getByText('The type noop is paused.').waitFor()

  await state.click()
  await page.getByText('noop starts again.').waitFor()
  await other.locator('#main').getByText('Succeeded', { exact: true }).first().waitFor()
  for (const { id } of held)
    await until('what was held has run', async () => (await getJob(url, id)).status === 'succeeded')
  await other.getByRole('link', { name: 'Overview', exact: true }).click()
  await other.getByText('noop is paused').waitFor({ state: 'detached' })
  await closePage(other)
  await closePage(page)
})

inPages('a limit is set where it stands, refused where it is none, changed, and lifted', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/types`)
  const open = page.getByRole('button', { name: 'change the limit of sleep' })
  await open.click()
  const rate = page.getByRole('spinbutton', { name: 'sleep: starts a second at most' })
  const save = page.getByRole('button', { name: 'Save', exact: true })
  await rate.fill('0')
  await save.click()
  await page
    .getByRole('alert')
    .getByText(/^starts\/s: /)
    .waitFor()
  assert.is(await limitOf('type:sleep'), undefined)
  await rate.fill('2')
  await page.getByRole('spinbutton', { name: 'sleep: run at once at most' }).fill('1')
  await save.click()
  await open.getByText(/2/).waitFor()
  const { concurrency, rate: starts } = (await limitOf('type:sleep')) ?? {}
  assert.equal({ concurrency, rate: starts }, { concurrency: 1, rate: 2 })

  // One at a time: the second waits for the first, and says why.
  const [long, short] = await Promise.all([
    postJob(url, { type: 'sleep', payload: { ms: 600_000 } }),
    postJob(url, { type: 'sleep', payload: { ms: 600_000 } }),
  ])
  const waits = await until('one of them is held', async () => {
    const jobs = await Promise.all([long, short].map(({ id }) => getJob(url, id)))
    return jobs.find(({ waitsFor }) => waitsFor === 'type:sleep')
  })
  const other = await openPage(browser, `${url}/jobs/${waits.id}`)
  await other.getByText(/^The type sleep is at its limit \(1 at once, 2 starts\/s\)\.$/).waitFor()
  await open.click()
  await page.getByRole('button', { name: 'Lift', exact: true }).click()
  await page.getByText('sleep is limited no more.').waitFor()
  await other.locator('#main').getByText('Running', { exact: true }).first().waitFor()
  await call(`${url}/api/jobs/cancel`, { json: { type: 'sleep', status: ['queued', 'running'] } })
  await other.locator('#main').getByText('Cancelled', { exact: true }).first().waitFor()
  await until('all are let go', async () => (await limitOf('type:sleep')) === undefined)
  await closePage(other)
  await closePage(page, /status of 422/)
})

inPages('keys with the same beginning are limited together, paused, and let go', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/types`)
  const keys = page.getByRole('region', { name: 'Limits of keys' })
  await keys.getByLabel('Keys that begin with').fill('tenant-a/')
  await keys.getByRole('spinbutton', { name: 'New limit: run at once at most' }).fill('2')
  await keys.getByRole('button', { name: 'Limit them' }).click()
  await keys.getByRole('switch', { name: 'Keys tenant-a/…: Active' }).click()
  await keys.getByRole('switch', { name: 'Keys tenant-a/…: Paused' }).waitFor()
  const { paused, concurrency } = (await limitOf('key:tenant-a/')) ?? {}
  assert.equal({ paused, concurrency }, { paused: true, concurrency: 2 })
  const held = await postJob(url, { type: 'noop', key: 'tenant-a/7' })
  await runJob(url, { type: 'noop', key: 'tenant-b/7' })
  const row = keys.getByRole('row').filter({ hasText: 'tenant-a/' })
  await row.getByRole('cell', { name: '1', exact: true }).waitFor()
  await row.getByRole('button', { name: /change the limit of keys tenant-a/ }).click()
  await row.getByRole('button', { name: 'Lift', exact: true }).click()
  await keys.getByText('No keys are limited').waitFor()
  await until('what was held has run', async () => (await getJob(url, held.id)).status === 'succeeded')
  await closePage(page)
})

test.run()
