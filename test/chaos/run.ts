/**
 * `make chaos`: a long chaos run on a Kafka and a PostgreSQL of its own.
 * `node test/chaos/run.ts [--seconds=120] [--seed=N] [--faults=kill,term,…] [--rate=600] [--keep]`
 * `--keep`: logs and evidence are kept also where all is well.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { toError } from '../../core/errors.ts'
import { openWorkspace } from '../runner/workspace.ts'
import { keptFolder, runChaos } from './chaos.ts'
import { type FaultGroup, faultGroups } from './deck.ts'
import { describeViolations } from './invariants.ts'
import { renderReport } from './report.ts'
import { startServers } from './servers.ts'
import { settingsFor } from './settings.ts'

const integer = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name} must be a whole number from ${least}`)
  return value
}

const groupsOf = (text: string): FaultGroup[] => {
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !faultGroups.some((group) => group === name))
  if (unknown.length > 0)
    throw new Error(`FAULTS: there is no ${unknown.join(', ')}; there are: ${faultGroups.join(', ')}`)
  return faultGroups.filter((group) => names.includes(group))
}

/** An option that is not given, or is given as nothing, is the default. */
const readArgs = (args: string[]) => {
  const option = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: { seconds: option, seed: option, faults: option, rate: option, keep: { type: 'boolean' } },
  })
  return {
    seconds: integer('SECONDS', values.seconds || '120', 5),
    seed: integer('SEED', values.seed || String(randomInt(2 ** 31)), 0),
    keepAll: values.keep ?? false,
    groups: groupsOf(values.faults || faultGroups.join()),
    ...(values.rate ? { rate: integer('RATE', values.rate, 50) } : {}),
  }
}

const main = async (): Promise<boolean> => {
  const { groups, ...args } = readArgs(process.argv.slice(2))
  const workspace = await openWorkspace()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void workspace.close().finally(() => process.exit(130)))
  }
  try {
    const servers = await startServers(workspace.folder)
    try {
      const kept = keptFolder('chaos', args.seed)
      const { report, violations } = await runChaos(servers, {
        ...settingsFor(groups),
        ...args,
        name: 'chaos',
        folder: workspace.tmp,
        kept,
        say: console.log,
      })
      console.log(renderReport(report))
      console.log(JSON.stringify(report))
      if (violations.length > 0)
        console.log(`${describeViolations(violations)}\nSEED=${args.seed}; logs are kept in ${kept}`)
      return violations.length === 0
    } finally {
      await servers.stop()
    }
  } finally {
    await workspace.close()
  }
}

try {
  process.exit((await main()) ? 0 : 1)
} catch (error) {
  console.log(toError(error).message)
  process.exit(1)
}
