/** The pages in a real browser (Debian's chromium, or the one that CHROMIUM names): `make browser`. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const there = existsSync(executablePath)
if (!there)
  console.log(`SKIPPED: the pages in a browser: there is no ${executablePath} (CHROMIUM names another)`)

const test = suite('pages')
const inBrowser = there ? test : test.skip

let platform: Platform
let master: RunningProcess
let browser: Browser
const complaints: string[] = []

if (there) {
  setUp(test, async () => {
    const webDir = fileURLToPath(new URL('../../web', import.meta.url))
    platform = await startPlatform('pages')
    const [one] = await Promise.all([platform.master({ WEB_DIR: webDir }), platform.worker()])
    master = one
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    })
  })
  test.after(async () => {
    await browser?.close()
    await platform?.stop()
  })
}

const open = async (path: string): Promise<Page> => {
  const page = await browser.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (said) => said.type() === 'error' && complaints.push(said.text()))
  await page.goto(`${master.url}${path}`)
  return page
}

inBrowser('the console shows lag, workers and the latest jobs, and goes on by itself', async () => {
  const page = await open('/')
  await page.getByText('jobs waiting (lag)').waitFor()
  const body = JSON.stringify({ type: 'noop', payload: 1 })
  await fetch(`${master.url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  await page.locator('#jobs').getByText('succeeded').first().waitFor()
  assert.ok((await page.locator('#workers tbody tr').count()) >= 1)
})

inBrowser('the console says which types are paused', async () => {
  const page = await open('/')
  const change = (what: string) => fetch(`${master.url}/api/types/noop/${what}`, { method: 'POST' })
  const line = page.getByText('Limits: noop, paused')
  await change('pause')
  await line.waitFor()
  await change('resume')
  await line.waitFor({ state: 'hidden' })
})

inBrowser('the analytics page posts a file and shows where it is anomalous', async () => {
  const file = join(tmpdir(), 'series.csv')
  const rows = Array.from({ length: 400 }, (_, i) => `${i === 300 ? 90 : 10 + (i % 7)}`)
  await writeFile(file, `value\n${rows.join('\n')}\n`)
  const page = await open('/view')
  await page.setInputFiles('#file', file)
  await page.locator('#plot svg rect').first().waitFor()
  assert.match(await page.locator('#anomalies').innerText(), /300/)
})

inBrowser('the API’s page lists its calls', async () => {
  const page = await open('/api/docs/')
  await page.getByText('Submit a job').first().waitFor()
})

inBrowser('no page complains', () => assert.equal(complaints, []))

test.run()
