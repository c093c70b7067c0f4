/**
 * Run records: what this supervisor has started, a file each under DATA_DIR/run. Should the supervisor be killed, the
 * next one ends what is left before it starts anything: two brokers on one folder would destroy it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '../core/errors.ts'
import { identify, isAlive } from './identity.ts'

const recordSchema = z.object({
  name: z.string(),
  pid: z.number().int().min(2),
  started: z.string(),
  /** What its command line contains, and nobody else's: the path of its settings or data. */
  mark: z.string().min(1),
  /** The signal that makes it leave cleanly. */
  stopSignal: z.enum(['SIGTERM', 'SIGINT']),
})

export type RunRecord = z.output<typeof recordSchema>

const folderOf = (dataDir: string): string => join(dataDir, 'run')
const fileOf = (dataDir: string, name: string): string => join(folderOf(dataDir), `${name}.json`)

export const writeRecord = (dataDir: string, record: RunRecord): void => {
  mkdirSync(folderOf(dataDir), { recursive: true })
  writeFileSync(fileOf(dataDir, record.name), `${JSON.stringify(record)}\n`)
}

export const removeRecord = (dataDir: string, name: string): void =>
  rmSync(fileOf(dataDir, name), { force: true })

/** What is written there, or undefined where that is no record (torn by a crash, or another's file). */
const readRecord = (file: string): RunRecord | undefined => {
  try {
    return recordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** The process of a record, if it is still that one: same pid, same start, and its command line bears the mark. */
const stillRuns = (record: RunRecord): boolean => {
  const found = identify(record.pid)
  return found?.started === record.started && found.command.includes(record.mark)
}

/**
 * Nothing of this name may run in the folder: what a killed supervisor left is for {@link endLeftovers} to end.
 * @throws AppError SETUP_FAILED
 */
export const refuseSecond = (dataDir: string, name: string): void => {
  const record = readRecord(fileOf(dataDir, name))
  if (record !== undefined && stillRuns(record)) {
    throw new AppError('SETUP_FAILED', `${name} runs in ${dataDir} already (pid ${record.pid})`)
  }
}

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended.
  }
}

/** Ends one process by its identity: the signal, then SIGKILL after `limitMs`. Resolves when it is gone. */
export const endProcess = async (
  who: { readonly pid: number; readonly started: string },
  signal: NodeJS.Signals,
  limitMs: number,
): Promise<void> => {
  const since = performance.now()
  let killed = false
  send(who.pid, signal)
  while (isAlive(who)) {
    if (!killed && performance.now() - since > limitMs) {
      killed = true
      send(who.pid, 'SIGKILL')
    }
    await delay(25)
  }
}

/** Ends everything that is recorded and still runs, and forgets the records. Returns the names of what it ended. */
export const endLeftovers = async (dataDir: string, limitMs = 8_000): Promise<string[]> => {
  let files: string[]
  try {
    files = readdirSync(folderOf(dataDir)).filter((file) => file.endsWith('.json'))
  } catch {
    return []
  }
  const ended = await Promise.all(
    files.map(async (file) => {
      const record = readRecord(join(folderOf(dataDir), file))
      if (record === undefined) return undefined
      const alive = stillRuns(record)
      if (alive) await endProcess(record, record.stopSignal, limitMs)
      removeRecord(dataDir, record.name)
      return alive ? record.name : undefined
    }),
  )
  return ended.filter((name) => name !== undefined)
}
