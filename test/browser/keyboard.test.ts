/** Without a mouse: from page to page, through a form, into a dialog and out again; where one is can be seen. */
import type { Locator, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { getJob, postJob } from '../support/api.ts'
import { closePage, hasFocus, inBrowser, openPage } from '../support/browser.ts'
import { visit } from '../support/pages.ts'

const test = suite('pages by the keyboard')
const inPages = inBrowser(test)
const visited = visit(test, 'pageskeyboard')

/** Steps from one focus to the next; more are a trap. */
const MAX_STEPS = 60

/** What has the focus differs from how it looks without: by an outline, a shadow or a border. */
const isSeen = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    interface Styled {
      readonly outlineStyle: string
      readonly outlineWidth: string
      readonly boxShadow: string
    }
    const { document, getComputedStyle } = globalThis as unknown as {
      document: { activeElement: unknown }
      getComputedStyle(element: unknown): Styled
    }
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement)
    return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== 'none'
  })

/** Presses Tab (or `key`) until this has the focus; each stop on the way can be seen. */
const goTo = async (page: Page, target: Locator, key = 'Tab'): Promise<void> => {
  await target.waitFor()
  for (let step = 0; step < MAX_STEPS; step++) {
    await page.keyboard.press(key)
    assert.ok(await isSeen(page), `after ${step + 1} steps to ${target}: where the focus is can't be seen`)
    if (await hasFocus(target)) return
  }
  assert.unreachable(`${target} is not reached by ${key}`)
}

inPages('a job is posted from the overview, and opened, without the mouse', async () => {
  const { browser, url } = visited()
  const page = await openPage(browser, url)
  await page.getByText('Live', { exact: true }).waitFor()
  await page.keyboard.press('Tab')
  assert.ok(
    await hasFocus(page.getByRole('link', { name: 'To the content' })),
    'first of all the way past the menu',
  )
  await goTo(page, page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Post a job' }))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Post a job', level: 1 }).waitFor()
  // What is new begins where one is: behind the menu.
  await goTo(page, page.getByRole('link', { name: 'sleep', exact: true }))
  await page.keyboard.press('Enter')
  await goTo(page, page.getByRole('spinbutton', { name: 'ms' }))
  await page.keyboard.type('5')
  await page.keyboard.press('Enter')
  const result = page.getByRole('region', { name: 'Posted' })
  await result.getByText('Succeeded', { exact: true }).waitFor()
  await goTo(page, result.getByRole('link'))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'sleep', level: 1 }).waitFor()
  const { result: value } = await getJob(url, page.url().split('/').at(-1) ?? '')
  assert.equal(value, { sleptMs: 5 })
  await closePage(page)
})

inPages('a dialog keeps the focus, Escape closes it, and what opened it has the focus again', async () => {
  const { browser, url } = visited()
  const { id } = await postJob(url, { type: 'sleep', payload: { ms: 600_000 } })
  const page = await openPage(browser, `${url}/jobs/${id}`)
  const cancel = page.getByRole('button', { name: 'Cancel', exact: true })
  await goTo(page, cancel)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Cancel this job?' })
  await dialog.waitFor()
  for (const key of ['Tab', 'Tab', 'Tab', 'Shift+Tab']) {
    await page.keyboard.press(key)
    // Of the page nothing but the dialog; the browser's own bar has its turn, too.
    assert.is(await page.locator('#main :focus').count(), await dialog.locator(':focus').count())
  }
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  // The dialog goes a moment before the focus comes.
  await cancel.and(page.locator(':focus')).waitFor()
  assert.ok(await hasFocus(cancel), 'the focus is given back')
  assert.is.not((await getJob(url, id)).status, 'cancelled')
  await page.keyboard.press('Enter')
  await goTo(page, dialog.getByRole('button', { name: 'Cancel the job' }))
  await page.keyboard.press('Enter')
  await page.locator('#main').getByText('Cancelled', { exact: true }).first().waitFor()
  assert.is((await getJob(url, id)).status, 'cancelled')
  await closePage(page)
})

inPages(
  'the charts of the overview are read by arrow keys, and by page keys from decision to decision',
  async () => {
    const { browser, url } = visited()
    const page = await openPage(browser, url)
    const moment = page.getByRole('slider', { name: /^Moment in the charts/ })
    await goTo(page, moment)
    assert.is(await moment.getAttribute('aria-valuetext'), 'now')
    await page.keyboard.press('ArrowLeft')
    await page.waitForFunction(
      () =>
        !(
          globalThis as unknown as { document: { querySelector(it: string): unknown } }
        ).document.querySelector('[role=slider][aria-valuetext=now]'),
    )
    assert.match((await moment.getAttribute('aria-valuetext')) ?? '', /\d\d:\d\d:\d\d: /)
    await page.keyboard.press('Escape')
    await page.locator('[role=slider][aria-valuetext=now]').waitFor()
    await closePage(page)
  },
)

test.run()
