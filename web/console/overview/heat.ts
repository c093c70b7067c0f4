/** Partitions as rows of cells, coloured by lag. Pure. */
import type { PartitionLag, Priority } from '../../kit/api/types.ts'

/** The hottest; each level is about three times the one before: 0, 1, 4, 10, 32, 100, 317, 1000. */
export const HOTTEST = 7

/** 0 for none, to {@link HOTTEST} from 1000 jobs on: always the same colour for the same lag. */
export const heatOf = (lag: number): number =>
  lag <= 0 ? 0 : Math.min(HOTTEST, 1 + Math.floor(2 * Math.log10(lag) + 1e-9))

export interface Strip {
  readonly topic: string
  readonly priority: Priority
  readonly cells: readonly PartitionLag[]
  readonly lag: number
  /** Nothing has ever come. */
  readonly unused: boolean
}

const order: readonly Priority[] = ['high', 'normal', 'low']

/** A row a topic, in the order in which jobs are taken. */
export const stripsOf = (partitions: readonly PartitionLag[]): readonly Strip[] =>
  [...Map.groupBy(partitions, ({ topic }) => topic)]
    .map(([topic, cells]) => ({
      topic,
      priority: cells[0]?.priority ?? 'normal',
      cells: cells.toSorted((a, b) => a.partition - b.partition),
      lag: cells.reduce((sum, { lag }) => sum + lag, 0),
      unused: cells.every(({ endOffset, lag }) => endOffset === 0 && lag === 0),
    }))
    .sort((a, b) => order.indexOf(a.priority) - order.indexOf(b.priority))

/** Where an arrow key leads from a cell; undefined for other keys. Rows and columns are not left. */
export const moved = (
  key: string,
  [row, column]: readonly [row: number, column: number],
  lengths: readonly number[],
): readonly [number, number] | undefined => {
  const last = (at: number): number => Math.max(0, (lengths[at] ?? 1) - 1)
  const to = (at: number): readonly [number, number] => [at, Math.min(column, last(at))]
  switch (key) {
    case 'ArrowLeft':
      return [row, Math.max(0, column - 1)]
    case 'ArrowRight':
      return [row, Math.min(last(row), column + 1)]
    case 'ArrowUp':
      return to(Math.max(0, row - 1))
    case 'ArrowDown':
      return to(Math.min(lengths.length - 1, row + 1))
    case 'Home':
      return [row, 0]
    case 'End':
      return [row, last(row)]
    default:
      return undefined
  }
}
