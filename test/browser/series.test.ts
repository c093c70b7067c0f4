/** A standing series in the browser: made, fed, an alarm that comes while one looks, and what was missed while the API was away. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closePage, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'

const test = suite('standing series')
const inPages = inBrowser(test)
const visited = visit(test, 'pagesseries')

/** The name is asked for before it is taken. */
const notThere = /status of 404/
const lost = /status of 50\d|ERR_/

const TRIES = 4
/** A thirtieth of the points so far, which come one a second, and some more. */
const QUIET_MS = 30_000

const wave = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => 50 + 10 * Math.sin((from + n) / 8) + Math.cos((from + n) * 7))

const append = async (url: string, name: string, points: readonly number[]): Promise<void> => {
  const answer = await fetch(`${url}/api/series/${name}/points`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=30' },
    body: JSON.stringify({ points }),
  })
  assert.is(answer.status, 200, await answer.text())
}

inPages('a series is made with a webhook, its secret shown once, and a spike raises an alarm', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/view/series`)
  await page.getByRole('button', { name: 'New series' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'New standing series' })
  await dialog.getByLabel('Name').fill('not a name')
  await dialog.getByRole('button', { name: 'Create series' }).click()
  await dialog.getByText('A name is 1 to 100 letters').waitFor()
  await dialog.getByLabel('Name').fill('demo')
  await dialog.getByLabel('Webhook').fill('http://127.0.0.1:9/alarms')
  await dialog.getByRole('button', { name: 'Create series' }).click()
  await page.getByText(/^whsec_/).waitFor()
  await page.getByRole('button', { name: 'I have kept it' }).click()

  await page.waitForURL(/series\/demo$/)
  await page.getByText('No points yet').waitFor()
  await page.getByRole('button', { name: 'Send made-up points' }).click()
  await page.getByRole('img', { name: /^The last 6\d\d points/ }).waitFor()
  const alarms = page.getByRole('region', { name: 'Alarms' }).getByRole('listitem')
  const critical = alarms.filter({ hasText: 'New' }).filter({ hasText: 'Critical' }).first()
  // A spike that comes soon after another event belongs to it: then another one is sent, once it has been quiet for a while.
  let seen = false
  for (let tries = 0; tries < TRIES && !seen; tries++) {
    await page.getByRole('button', { name: 'Send a spike' }).click()
    seen = await critical.waitFor({ timeout: QUIET_MS }).then(
      () => true,
      () => false,
    )
  }
  assert.ok(seen, 'no alarm came')
  await page.getByRole('alert').filter({ hasText: 'alarm at' }).waitFor({ state: 'attached' })
  await page.getByRole('button', { name: 'Stop sending' }).click()
  await closePage(page, notThere)
})

inPages('points and alarms of a time without the API are there when it is back', async () => {
  const { browser, url, master, network } = visited()
  await append(master.url, 'queue', wave(0, 600))
  const page = await openPage(browser, `${url}/view/series/queue`)
  await page.getByRole('img', { name: /^The last 600 points/ }).waitFor()
  await network.set('refuse')
  await page.getByText('Reconnecting', { exact: true }).first().waitFor()
  await append(master.url, 'queue', [...wave(600, 900), 200, ...wave(901, 1_000)])
  await network.set('pass')
  await page.getByRole('img', { name: /^The last 1,000 points/ }).waitFor()
  const alarms = page.getByRole('region', { name: 'Alarms' }).getByRole('listitem')
  await alarms.filter({ hasText: 'row 900' }).filter({ hasText: 'New' }).waitFor()
  await closePage(page, lost)
})

inPages(
  'points that one appends raise an alarm before the eyes of another, and the list tells of it',
  async () => {
    const { browser, url, master } = visited()
    await append(master.url, 'orders', wave(0, 500))
    const looking = await openPage(browser, `${url}/view/series/orders`)
    await looking.getByText('No alarm so far').waitFor()
    const page = await openPage(browser, `${url}/view/series/orders`)
    await page.getByRole('button', { name: 'Append points' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Append points to orders' })
    await dialog.getByLabel('Points').fill('12\nnever')
    await dialog.locator('[aria-invalid=true]').waitFor()
    await dialog.getByLabel('Points').fill([...wave(500, 520), 400, ...wave(521, 530)].join('\n'))
    await dialog.getByRole('button', { name: 'Append 30 points' }).click()
    await dialog.getByText('30 points appended, 1 alarm.').waitFor()
    const alarm = looking.getByRole('region', { name: 'Alarms' }).getByRole('listitem')
    await alarm.filter({ hasText: 'row 520' }).getByText('New', { exact: true }).waitFor()
    await looking.getByRole('alert').filter({ hasText: 'alarm at row 520' }).waitFor({ state: 'attached' })
    const answer = await fetch(`${url}/api/series/orders/alarms`)
    const { alarms } = (await answer.json()) as { alarms: { row: number }[] }
    assert.equal(
      alarms.map(({ row }) => row),
      [520],
    )
    await looking.getByRole('link', { name: 'Standing series' }).first().click()
    const row = looking.getByRole('row').filter({ hasText: 'orders' })
    await row.getByRole('cell', { name: '530', exact: true }).waitFor()
    await row.getByRole('cell', { name: '1', exact: true }).waitFor()
    await closePage(looking)
    await closePage(page)
  },
)

test.run()
