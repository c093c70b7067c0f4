/** The product with its pages, as a browser meets it: the pages' own process in front of a master. */
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import type { Test } from 'uvu'
import { hasBrowser, openBrowser, pagesDir } from './browser.ts'
import { type Platform, setUp, startPlatform } from './platform.ts'
import { type Env, type RunningProcess, startProcess } from './process.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const program = fileURLToPath(new URL('../../web/main.ts', import.meta.url))

export interface Visited {
  readonly platform: Platform
  readonly browser: Browser
  /** Of the pages. */
  readonly url: string
  readonly master: RunningProcess
  /** Between the pages and the master. */
  readonly network: TcpProxy
}

/** Brings it all up before the tests of a suite, with a worker and with what `more` starts; gives it to them. Nothing without a browser. */
export const visit = (
  test: Test,
  name: string,
  env: Env = {},
  more: (platform: Platform) => Promise<unknown> = (platform) => platform.worker(),
): (() => Visited) => {
  let visited: Visited | undefined
  let close = async (): Promise<void> => {}
  const parts = (): Visited => {
    if (!visited) throw new Error('it has not started')
    return visited
  }
  if (!hasBrowser) return parts
  setUp(test, async () => {
    const platform = await startPlatform(name, env)
    close = () => platform.stop()
    const [master] = await Promise.all([platform.master(), more(platform)])
    const network = await startTcpProxy(`${master.url}/api`)
    const pages = await startProcess(program, {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      WEB_DIR: pagesDir,
      API_URL: network.through(`${master.url}/api`),
    })
    const browser = await openBrowser()
    close = async () => {
      await browser.close()
      await pages.stop()
      await network.close()
      await platform.stop()
    }
    visited = { platform, browser, url: pages.url, master, network }
  })
  test.after(() => close())
  return parts
}
