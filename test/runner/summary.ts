/** What a test file has to say for itself: uvu's summary, read from its output. */
import { stripVTControlCharacters } from 'node:util'

export interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const none: Count = { passed: 0, failed: 0, skipped: 0 }

export const add = (a: Count, b: Count): Count => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})

const numbers = (text: string, label: string): number[] =>
  [...text.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)\\s*$`, 'gm'))].map(([, digits]) => Number(digits))

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/**
 * Counts the tests of an output that may hold several summaries; undefined where it holds none. What was not passed has
 * failed: uvu itself forgives a `before` hook that throws, with no test run and exit code 0.
 */
export const readSummary = (output: string): Count | undefined => {
  const text = stripVTControlCharacters(output)
  const totals = numbers(text, 'Total')
  if (totals.length === 0 || !/^\s*Duration:/m.test(text)) return undefined
  const passed = sum(numbers(text, 'Passed'))
  return { passed, failed: sum(totals) - passed, skipped: sum(numbers(text, 'Skipped')) }
}

/** The verdict on a file that has ended: a bad end, no summary and no test at all are failures too. */
export const judge = (output: string, endedWell: boolean): Count => {
  const count = readSummary(output)
  if (count === undefined) return { ...none, failed: 1 }
  const empty = count.passed + count.failed + count.skipped === 0
  return (!endedWell || empty) && count.failed === 0 ? { ...count, failed: 1 } : count
}

export const describeCount = ({ passed, failed, skipped }: Count): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

/** How many tests a file has, by its text: a line that starts with the call of one. */
export const testsIn = (text: string): number => [...text.matchAll(/^\s*test(?:\.skip)?\(/gm)].length
