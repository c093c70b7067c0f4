/** A series under analysis in the browser: from a file to its anomalies, compared, taken away, and found again by its address. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exampleCsv, exampleEvents } from '../../web/view/analyse/example.ts'
import { getJob } from '../support/api.ts'
import { closePage, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'

const test = suite('the analysis')
const inPages = inBrowser(test)
const visited = visit(test, 'pagesanalyse')

interface Report {
  readonly asked: string
  readonly anomalies: readonly { readonly start: number; readonly end: number; readonly score: number }[]
  readonly scores: readonly number[]
}

const file = { name: 'requests.csv', mimeType: 'text/csv', buffer: Buffer.from(exampleCsv()) }
const points = exampleCsv().trim().split('\n').length - 1

const anomalies = (page: Page) => page.getByRole('region', { name: 'Anomalies', exact: true })
const heading = (page: Page): Promise<string> => anomalies(page).getByRole('heading').innerText()
const current = (page: Page) => anomalies(page).locator('[aria-current=true]')

/** Ids of the jobs that the address names: the first is shown. */
const jobsIn = (page: Page): string[] => new URL(page.url()).searchParams.getAll('job')
const reportOf = async (id = ''): Promise<Report> => (await getJob(visited().url, id)).result as Report

const chooseFile = async (page: Page): Promise<void> => {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose files' }).click(),
  ])
  await chooser.setFiles(file)
  await anomalies(page).waitFor()
}

inPages('a CSV that is chosen becomes a chart, a list to step through by keys, and an address', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/view`)
  await chooseFile(page)
  await page.getByRole('heading', { name: 'requests.csv', level: 1 }).waitFor()
  await page
    .getByText(`${points.toLocaleString('en')} points`)
    .first()
    .waitFor()
  const [id] = jobsIn(page)
  const report = await reportOf(id)
  const found = report.anomalies.length
  assert.is(await heading(page), `${found} anomalies`)
  for (const { from, to } of exampleEvents)
    assert.ok(
      report.anomalies.some(({ start, end }) => start <= to && end >= from),
      `nothing is found from ${from} to ${to}`,
    )
  // The chart says in words what it draws.
  await page.getByRole('img', { name: `${found} ranges flagged` }).waitFor()

  await page.keyboard.press('n')
  await anomalies(page).getByText(`1 of ${found}`).waitFor()
  const first = await current(page).innerText()
  await page.keyboard.press('n')
  await anomalies(page).getByText(`2 of ${found}`).waitFor()
  assert.is.not(await current(page).innerText(), first)
  await page.waitForURL(/[?&]at=\d+/)
  await page.waitForURL(/[?&]from=\d+/)
  await page.keyboard.press('p')
  await anomalies(page).getByText(`1 of ${found}`).waitFor()
  assert.is(await current(page).innerText(), first)
  await anomalies(page).getByRole('button', { name: 'Strangest first' }).click()
  const best = Math.max(...report.anomalies.map(({ score }) => score))
  const top = anomalies(page).getByRole('listitem').first()
  await top.getByText(best.toFixed(3)).waitFor()
  await top.getByRole('button').click()
  await anomalies(page).getByText(`1 of ${found}`).waitFor()
  await closePage(page)
})

inPages(
  'a CSV that is dropped on the page is analysed; one that is none is refused with the reason',
  async () => {
    const { browser, url } = visited()
    const page = await openPage(browser, `${url}/view`)
    await page.getByText('Drop a CSV anywhere on this page.').waitFor()
    const drop = async (name: string, text: string): Promise<void> => {
      const dataTransfer = await page.evaluateHandle(
        ([name, text]) => {
          const { DataTransfer } = globalThis as unknown as {
            DataTransfer: new () => { items: { add(file: File): void } }
          }
          const held = new DataTransfer()
          held.items.add(new File([text], name, { type: 'text/csv' }))
          return held
        },
        [name, text] as const,
      )
      await page.dispatchEvent('body', 'dragover', { dataTransfer })
      await page.dispatchEvent('body', 'drop', { dataTransfer })
    }
    await drop('words.csv', 'timestamp,value\nnever,nothing\n')
    await page
      .getByRole('alert')
      .getByText('words was not taken')
      .or(page.getByText('words.csv was not taken'))
      .waitFor()
    await drop('requests.csv', exampleCsv())
    await anomalies(page).waitFor()
    await page.getByRole('heading', { name: 'requests.csv', level: 1 }).waitFor()
    await closePage(page, /status of 4\d\d/)
  },
)

inPages('detectors are compared, and a link shows all of it to somebody else', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/view`)
  await page.getByRole('button', { name: 'Try it with an example' }).click()
  await anomalies(page).waitFor()
  await page.getByRole('button', { name: 'Compare …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Compare detectors' })
  for (const name of ['mad', 'esd'])
    await dialog.getByRole('checkbox', { name: new RegExp(`^${name}\\b`) }).check()
  await dialog.getByRole('button', { name: 'Run 2 detectors' }).click()
  const lanes = page.getByRole('list', { name: 'Compared detectors' })
  await lanes.getByText(/ranges? · shown/).waitFor()
  await lanes
    .getByText(/of its own/)
    .nth(1)
    .waitFor()
  assert.is(jobsIn(page).length, 3)
  await lanes.getByRole('button', { name: 'mad', exact: true }).click()
  await lanes
    .getByRole('listitem')
    .filter({ hasText: 'mad' })
    .getByText(/shown$/)
    .waitFor()
  const shown = await reportOf(jobsIn(page)[0])
  assert.is(shown.asked, 'mad')
  await anomalies(page).getByRole('button', { name: /Next/ }).click()
  await page.waitForURL(/from=\d+&to=\d+&at=\d+/)

  const other = await openPage(browser, page.url())
  await current(other).waitFor()
  assert.is(await current(other).innerText(), await current(page).innerText())
  assert.is(await heading(other), await heading(page))
  assert.equal(await words(other), await words(page))
  assert.is(other.url(), page.url(), 'and it stays that address')
  await closePage(other)
  await closePage(page)
})

/** What the lanes say, from top to bottom. */
const words = async (page: Page): Promise<string[]> => {
  const lanes = page.getByRole('list', { name: 'Compared detectors' })
  await lanes
    .getByText(/of its own/)
    .nth(1)
    .waitFor()
  return lanes.getByRole('listitem').allInnerTexts()
}

inPages('the result is taken away as CSV, JSON and PNG', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, `${url}/view`)
  await chooseFile(page)
  const report = await reportOf(jobsIn(page)[0])
  const download = async (kind: string): Promise<Buffer> => {
    const [it] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Download ${kind}` }).click(),
    ])
    assert.is(it.suggestedFilename(), `requests-anomalies.${kind.toLowerCase()}`)
    return readFile(await it.path())
  }
  const lines = (await download('CSV')).toString().trimEnd().split('\n')
  assert.is(lines[0], 'timestamp,value,score,lower,expected,upper,flagged')
  assert.is(lines.length, points + 1)
  const flagged = lines.slice(1).flatMap((line, row) => (line.endsWith(',1') ? [row] : []))
  const meant = report.anomalies.flatMap(({ start, end }) =>
    Array.from({ length: end - start + 1 }, (_, n) => start + n),
  )
  assert.equal(flagged, meant)
  assert.match(lines[1] ?? '', /^2026-01-05T00:00:00\.000Z,/)
  assert.equal(JSON.parse((await download('JSON')).toString()), report)
  const png = await download('PNG')
  assert.is(png.subarray(1, 4).toString(), 'PNG')
  assert.ok(png.length > 10_000, `a picture of ${png.length} bytes shows nothing`)
  await closePage(page)
})

test.run()
