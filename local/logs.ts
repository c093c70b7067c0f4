/** Log files of foreign processes, under DATA_DIR/logs. */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'

export const logFolder = (dataDir: string): string => join(dataDir, 'logs')

export const logFile = (dataDir: string, name: string): string => join(logFolder(dataDir), `${name}.log`)

/** Keeps the logs of the last run as `*.log.1`, so that this run's start with its own first line. */
export const rotateLogs = (dataDir: string): void => {
  mkdirSync(logFolder(dataDir), { recursive: true })
  for (const file of readdirSync(logFolder(dataDir))) {
    if (file.endsWith('.log'))
      renameSync(join(logFolder(dataDir), file), join(logFolder(dataDir), `${file}.1`))
  }
}

/** Opens a log for appending and hands its descriptor to `use`; it is closed when `use` returns. */
export const withLog = <T>(dataDir: string, name: string, use: (descriptor: number) => T): T => {
  mkdirSync(logFolder(dataDir), { recursive: true })
  const descriptor = openSync(logFile(dataDir, name), 'a')
  try {
    return use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The whole text of a log; empty where there is none. */
export const readLog = (dataDir: string, name: string): string => {
  try {
    return readFileSync(logFile(dataDir, name), 'utf8')
  } catch {
    return ''
  }
}
