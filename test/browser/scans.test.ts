/** A scan in the browser: from a file of many series to the strangest anomaly of all. */
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { getJob } from '../support/api.ts'
import { closePage, inBrowser, openPage } from '../support/browser.ts'
import { wideCsv } from '../support/furnish.ts'
import { visit } from '../support/pages.ts'

const test = suite('scans')
const inPages = inBrowser(test)
const visited = visit(test, 'pagesscans')

const SERIES = 9
const file = { name: 'latency.csv', mimeType: 'text/csv', buffer: Buffer.from(wideCsv(SERIES, 1_500)) }

interface ScanResult {
  readonly lines: readonly { readonly series: string; readonly count?: number }[]
  readonly series: { readonly total: number; readonly anomalous: number }
  readonly ranking: readonly {
    readonly series: string
    readonly start: number
    readonly score: number
    readonly job: string
  }[]
}

inPages('a data set is uploaded, scanned, and its strangest anomaly opened where it is', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/view/data-sets`)
  await page.getByText('No data sets yet').waitFor()
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Upload files' }).click(),
  ])
  await chooser.setFiles(file)
  await page.getByRole('heading', { name: 'latency.csv', level: 1 }).waitFor()
  await page.getByLabel('Find by name').fill('HOST-03')
  await page.getByText('1 found').waitFor()
  await page.getByRole('button', { name: `Scan all ${SERIES} series` }).click()

  await page.getByRole('heading', { name: 'Scan of latency.csv' }).waitFor()
  const rows = page.getByRole('region', { name: 'Result' }).getByRole('row')
  await rows.nth(1).waitFor()
  const { result } = await getJob(url, new URL(page.url()).pathname.split('/').at(-1) ?? '')
  const { series, ranking } = result as ScanResult
  assert.is(series.total, SERIES)
  assert.is(await rows.count(), ranking.length + 1)
  const [strangest] = ranking
  assert.ok(strangest)
  await rows.nth(1).getByText(strangest.score.toFixed(3)).waitFor()
  await rows.nth(1).getByRole('link', { name: strangest.series }).click()

  await page.getByRole('heading', { name: strangest.series, level: 1 }).waitFor()
  assert.is(new URL(page.url()).searchParams.get('job'), strangest.job)
  const anomalies = page.getByRole('region', { name: 'Anomalies', exact: true })
  await anomalies.locator('[aria-current=true]').getByText(strangest.score.toFixed(3)).waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'Scan of latency.csv' }).waitFor()
  await rows.nth(1).waitFor()
  await closePage(page)
})

inPages('a scan is begun from the list, narrowed by the address, and taken away', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/view/scans`)
  await page.getByRole('button', { name: 'New scan' }).click()
  const dialog = page.getByRole('dialog', { name: 'New scan' })
  await dialog.getByLabel('Detector').selectOption('mad')
  await dialog.getByLabel('Anomalies in the ranking').fill('2')
  await dialog.getByRole('button', { name: `Scan ${SERIES} series` }).click()
  await page.getByText(/^2 anomalies, \d+ less strange ones? (is|are) not ranked$/).waitFor()
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const result = (await getJob(url, id)).result as ScanResult
  assert.is(result.ranking.length, 2)

  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Ranking as CSV' }).click(),
  ])
  const lines = (await readFile(await saved.path(), 'utf8')).trimEnd().split('\r\n')
  assert.match(lines[0] ?? '', /^rank,series,start,end,/)
  assert.equal(
    lines.slice(1).map((line) => line.split(',')[1]),
    result.ranking.map(({ series }) => series),
  )

  await page.getByRole('button', { name: `All series (${SERIES})` }).click()
  await page.getByLabel('Filter by series').fill('host-02')
  await page.getByText(`1 of ${SERIES} series`).waitFor()
  await page.waitForURL(/q=host-02/)
  const other = await openPage(browser, page.url())
  await other.getByText(`1 of ${SERIES} series`).waitFor()
  const { count = 0 } = result.lines.find((it) => it.series === 'host-02.latency') ?? {}
  const row = other.getByRole('row').filter({ hasText: 'host-02.latency' })
  await row.getByText(count > 0 ? 'Anomalies' : 'As usual', { exact: true }).waitFor()
  await closePage(other)

  // Of both, the newest first.
  await page.getByRole('navigation', { name: 'Where this is' }).getByRole('link', { name: 'Scans' }).click()
  await page.getByRole('row').nth(2).getByText('Succeeded').waitFor()
  await page.getByRole('link', { name: 'latency.csv', exact: true }).nth(1).waitFor()
  await closePage(page)
})

inPages('a data set is deleted once that is confirmed, and its address says so', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/view/data-sets`)
  await page.getByRole('link', { name: 'latency.csv', exact: true }).click()
  await page.getByRole('heading', { name: 'latency.csv', level: 1 }).waitFor()
  const address = page.url()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page
    .getByRole('dialog', { name: 'Delete latency.csv?' })
    .getByRole('button', { name: 'Delete data set' })
    .click()
  await page.getByText('No data sets yet').waitFor()
  assert.is((await fetch(address.replace('/view/', '/api/'))).status, 404)
  await page.goto(address)
  await page.getByText('This data set is gone').waitFor()
  await closePage(page, /status of 404/)
})

test.run()
