/** A short chaos run with all faults, and one with nothing but SIGTERM and scaling, on servers of their own. */
import { randomInt } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { endLeftovers } from '../../local/records.ts'
import { setUp } from '../support/platform.ts'
import { keptFolder, runChaos } from './chaos.ts'
import { type FaultGroup, faultGroups } from './deck.ts'
import { describeViolations } from './invariants.ts'
import { type Report, renderReport } from './report.ts'
import { type Servers, startServers } from './servers.ts'
import { settingsFor } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'chaos-'))
// PostgreSQL may have to run as another user, who must get through.
chmodSync(folder, 0o755)
const seed = Number(process.env['SEED'] || randomInt(2 ** 31))

const test = suite('chaos')
let servers: Servers
setUp(test, async () => {
  servers = await startServers(folder)
})
test.after(async () => {
  await servers?.stop()
  await endLeftovers(folder)
  rmSync(folder, { recursive: true, force: true })
})

const run = async (name: string, seconds: number, groups: readonly FaultGroup[]): Promise<Report> => {
  const kept = keptFolder(name, seed)
  const options = { ...settingsFor(groups), name, seed, seconds, folder, kept, say: console.log }
  const { report, violations } = await runChaos(servers, options)
  console.log(renderReport(report))
  console.log(JSON.stringify(report))
  const command = `make chaos SEED=${seed} SECONDS=${seconds} FAULTS=${groups.join()}`
  if (violations.length > 0)
    console.log(`${describeViolations(violations)}\nrepeat it with: ${command}\nlogs are kept in ${kept}`)
  assert.equal(
    violations.map(({ invariant, found }) => `${invariant} (${found.length})`),
    [],
    `broken with SEED=${seed}, see above`,
  )
  return report
}

test('SIGTERM and scaling alone: nothing is lost or swapped, and nothing runs twice', async () => {
  const report = await run('calm', 10, ['term', 'scale'])
  assert.is(report.endedByThemselves, 0, 'no worker ends unless it is told to')
  assert.is(report.leftBadly, 0, 'those that are told to leave in peace')
})

test('whatever fails: every accepted job has one outcome, in the order of its key, and few run twice', async () => {
  await run('storm', 20, faultGroups)
})

test.run()
