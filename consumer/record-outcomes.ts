/**
 * Records a group even if one of it can't be: a group is one statement, all or none, and what PostgreSQL refuses for its
 * content it refuses for ever. Without this one poisoned result would keep its whole group, and soon the worker, from going on.
 */
import { AppError, codeOf } from '../core/errors.ts'
import type { Outcome } from '../core/job.ts'
import { messageOf } from './thrown.ts'

/**
 * Classes of SQLSTATE that speak of the values: 21 cardinality, 22 data (not JSON, a NUL, out of range), 23 constraints, 54 limits
 * (nesting, size of an index row). Not 42: a table or a privilege that is missing is no fault of the job's, and
 * passes once somebody mends it; nor anything that is transient.
 */
const refusal = /^(21|22|23|54)[0-9A-Z]{3}$/

/** Whether PostgreSQL refused the values it was given, whatever its own state. */
export const isRefusal = (thrown: unknown): boolean => refusal.test(codeOf(thrown))

export interface GroupWriter<Item> {
  /** Writes all of them, or none. */
  write(items: readonly Item[]): Promise<void>
  /** What is written in the place of one that was refused. */
  bury(item: Item, why: AppError): Item | Promise<Item>
  /** Of one nothing could be written: even what took its place was refused. */
  giveUp(item: Item, why: AppError): void
}

const writeOne = async <Item>(item: Item, thrown: unknown, writer: GroupWriter<Item>): Promise<Item> => {
  const why = new AppError(
    'RESULT_INVALID',
    `PostgreSQL refused it: ${messageOf(thrown)} (${codeOf(thrown)})`,
  )
  const buried = await writer.bury(item, why)
  try {
    await writer.write([buried])
  } catch (again) {
    if (!isRefusal(again)) throw again
    writer.giveUp(buried, why)
  }
  return buried
}

/**
 * Writes a group; resolves to what was written, in order. Those that are refused are found by halving, in some 2·log₂ n statements
 * each. Rejects with any other failure: the group is to be written again then, and parts of it may be there already.
 */
export const writeGroup = async <Item>(
  items: readonly Item[],
  writer: GroupWriter<Item>,
): Promise<readonly Item[]> => {
  const [first] = items
  if (first === undefined) return []
  try {
    await writer.write(items)
    return items
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown
    if (items.length === 1) return [await writeOne(first, thrown, writer)]
  }
  const middle = Math.ceil(items.length / 2)
  return [
    ...(await writeGroup(items.slice(0, middle), writer)),
    ...(await writeGroup(items.slice(middle), writer)),
  ]
}

/** The outcome of a job whose own could not be stored: dead, without a result. */
export const buriedOutcome = (outcome: Outcome, { code, message }: AppError): Outcome => ({
  ...outcome,
  status: 'dead',
  resultJson: undefined,
  error: { code, message, retryable: false },
})
