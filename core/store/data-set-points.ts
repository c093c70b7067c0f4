/** The points of data sets: written and read in pieces, doubles in little endian. */
import { byteas, ints } from './binary-arrays.ts'
import type { DataSetSeries } from './data-sets.ts'
import type { Database } from './database.ts'

/** Points of one piece at most. */
export const MAX_PIECE = 65_536

/** Points that follow each other. */
export interface Points {
  /** NaN where one is missing. */
  readonly values: Float64Array
  /** Milliseconds since the epoch; undefined where the series has no timestamps. */
  readonly timesMs: Float64Array | undefined
}

export interface Piece extends Points {
  /** The series' number. */
  readonly series: number
  /** Its place among the pieces of the series, from 0 on. */
  readonly piece: number
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Doubles as bytes, little endian. */
const encode = (numbers: Float64Array): Uint8Array => {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  return isLittleEndian ? bytes : Buffer.from(bytes).swap64()
}

/** Puts the doubles of a piece whose first one is row `row` where they belong: row `from` is the first of `numbers`. */
const decodeInto = (numbers: Float64Array, from: number, row: number, bytes: Buffer): void => {
  const target = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  const [skipped, at] = [8 * Math.max(0, from - row), 8 * Math.max(0, row - from)]
  const copied = bytes.copy(target, at, skipped)
  if (!isLittleEndian) target.subarray(at, at + copied).swap64()
}

/** Adds pieces, in one statement. */
export const addPieces = async (db: Database, id: string, pieces: readonly Piece[]): Promise<void> => {
  await db.pool.query({
    name: 'add-pieces',
    text: `insert into data_set_pieces (data_set, series, piece, points, "values", times)
           select $1, * from unnest($2::int[], $3::int[], $4::int[], $5::bytea[], $6::bytea[])`,
    values: [
      id,
      ints(pieces.map(({ series }) => series)),
      ints(pieces.map(({ piece }) => piece)),
      ints(pieces.map(({ values }) => values.length)),
      byteas(pieces.map(({ values }) => encode(values))),
      byteas(pieces.map(({ timesMs }) => (timesMs ? encode(timesMs) : null))),
    ],
  })
}

interface PieceAt {
  readonly piece: number
  readonly points: number
  /** The row of its first point. */
  readonly row: number
}

/** The pieces that hold rows `from` to `end`, in groups that are read at once: of some {@link MAX_PIECE} points. */
const groupPieces = (pieces: readonly Omit<PieceAt, 'row'>[], from: number, end: number): PieceAt[][] => {
  const groups: PieceAt[][] = []
  let [row, size] = [0, MAX_PIECE]
  for (const it of pieces) {
    if (row < end && row + it.points > from) {
      if (size + it.points > MAX_PIECE) {
        groups.push([])
        size = 0
      }
      groups.at(-1)?.push({ ...it, row })
      size += it.points
    }
    row += it.points
  }
  return groups
}

/**
 * The points of a series, all of them, or `limit` from the row `from` on; 16 bytes a point. Read in parts, so that no more lies in memory
 * besides. Undefined where they were deleted meanwhile.
 */
export const readPoints = async (
  db: Database,
  id: string,
  { number, points, firstMs }: DataSetSeries,
  from = 0,
  limit = points,
): Promise<Points | undefined> => {
  const end = Math.min(points, from + limit)
  const values = new Float64Array(Math.max(0, end - from))
  const timesMs = firstMs === undefined ? undefined : new Float64Array(values.length)
  const { rows: pieces } = await db.pool.query<{ piece: number; points: number }>({
    name: 'list-pieces',
    text: 'select piece, points from data_set_pieces where data_set = $1 and series = $2 order by piece',
    values: [id, number],
  })
  let read = 0
  for (const group of groupPieces(pieces, from, end)) {
    const [first, last] = [group[0]?.piece, group.at(-1)?.piece]
    const query = {
      text: `select "values" as numbers, times from data_set_pieces
              where data_set = $1 and series = $2 and piece between $3 and $4 order by piece`,
      values: [id, number, first, last],
    }
    const { rows } = await db.pool.query<{ numbers: Buffer; times: Buffer | null }>(query)
    for (const [at, { numbers, times }] of rows.entries()) {
      const row = group[at]?.row ?? 0
      decodeInto(values, from, row, numbers)
      if (timesMs && times) decodeInto(timesMs, from, row, times)
      read += Math.min(end, row + numbers.length / 8) - Math.max(from, row)
    }
  }
  return read === values.length ? { values, timesMs } : undefined
}
