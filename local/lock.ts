/** One supervisor a data folder: a file that names its owner. A lock whose owner has ended is taken over. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { AppError, codeOf } from '../core/errors.ts'
import { identify, isAlive } from './identity.ts'

const ownerSchema = z.object({ pid: z.number().int(), started: z.string() })

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const ownerOf = (text: string): z.output<typeof ownerSchema> | undefined => {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The pid of the living owner of a lock, or undefined where nobody holds it. */
export const lockOwner = (file: string): number | undefined => {
  const owner = ownerOf(readText(file))
  return owner !== undefined && isAlive(owner) ? owner.pid : undefined
}

/**
 * Takes the lock; the function returned gives it back. A link is made or fails as a whole, so of two that come
 * together one gets it; a stale lock is moved away first, and put back if it turns out to be a new one.
 * @throws AppError SETUP_FAILED naming the owner
 */
export const takeLock = (file: string, taken: (pid: number) => string): (() => void) => {
  mkdirSync(dirname(file), { recursive: true })
  const own = `${file}.${process.pid}`
  const stale = `${own}.stale`
  writeFileSync(own, JSON.stringify({ pid: process.pid, started: identify(process.pid)?.started ?? '' }))
  try {
    for (;;) {
      try {
        linkSync(own, file)
        return () => rmSync(file, { force: true })
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
      const seen = readText(file)
      const owner = ownerOf(seen)
      if (owner !== undefined && isAlive(owner)) throw new AppError('SETUP_FAILED', taken(owner.pid))
      try {
        renameSync(file, stale)
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error
        continue
      }
      if (readText(stale) !== seen) renameSync(stale, file)
      else rmSync(stale, { force: true })
    }
  } finally {
    rmSync(own, { force: true })
  }
}
