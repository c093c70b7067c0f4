/** Errors out of log files, a line each: for the terminal, where whole logs have no place. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import { lastLines } from './tool.ts'

const lineSchema = z.object({
  level: z.string(),
  msg: z.string().default(''),
  node: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
})

const LONGEST = 200

export interface LoggedError {
  readonly node: string | undefined
  readonly text: string
}

/** The error a line of our logs tells of, or undefined where it tells of none. */
export const loggedError = (line: string): LoggedError | undefined => {
  if (!line.startsWith('{')) return undefined
  try {
    const { data } = lineSchema.safeParse(JSON.parse(line))
    if (data === undefined || (data.level !== 'error' && data.level !== 'fatal')) return undefined
    const reason = data.err?.message ?? ''
    const text = [data.msg, data.msg.includes(reason) ? '' : reason].filter((part) => part !== '').join(': ')
    return { node: data.node, text: text.split('\n').join(' ').slice(0, LONGEST) }
  } catch {
    return undefined
  }
}

/** Why a program has failed, as far as its output says: its last error, else its last lines. */
export const summarize = (output: string): string => {
  const lines = output.split('\n')
  const error = lines.map(loggedError).findLast((found) => found !== undefined)
  return (
    error?.text ??
    (lastLines(lines.filter((line) => !/^\s+at /.test(line)).join('\n')).slice(0, 2 * LONGEST) ||
      'it said nothing')
  )
}

/** Reads what is appended to a file, every `everyMs`, and hands it on line by line. The function returned ends that. */
export const followLines = (file: string, onLine: (line: string) => void, everyMs = 500): (() => void) => {
  const buffer = Buffer.alloc(64 * 1024)
  const decoder = new StringDecoder('utf8')
  let position = 0
  let rest = ''
  const read = (): void => {
    let descriptor: number
    try {
      descriptor = openSync(file, 'r')
    } catch {
      return
    }
    try {
      if (fstatSync(descriptor).size < position) position = 0
      for (;;) {
        const count = readSync(descriptor, buffer, 0, buffer.length, position)
        if (count === 0) break
        position += count
        const lines = (rest + decoder.write(buffer.subarray(0, count))).split('\n')
        rest = lines.pop() ?? ''
        lines.forEach(onLine)
      }
    } finally {
      closeSync(descriptor)
    }
  }
  const timer = setInterval(read, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    read()
  }
}

/**
 * Hands on each error the first time, and again after `quietMs` at the earliest: when Kafka restarts, every process says
 * the same many times over.
 */
export const newsOnly = (
  onError: (error: LoggedError) => void,
  quietMs = 30_000,
  now: () => number = () => performance.now(),
): ((line: string) => void) => {
  const said = new Map<string, number>()
  return (line) => {
    const error = loggedError(line)
    if (error === undefined) return
    const last = said.get(error.text)
    if (last !== undefined && now() - last < quietMs) return
    said.set(error.text, now())
    onError(error)
  }
}
