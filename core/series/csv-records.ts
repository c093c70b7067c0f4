/** CSV as it streams in, record by record (RFC 4180, and what is common beside it). */
import { type Info, parse } from 'csv-parse'
import { AppError, toError } from '../errors.ts'

export interface CsvRecord {
  /** Trimmed. */
  readonly cells: readonly string[]
  /** The line it ends on, from 1. */
  readonly line: number
}

/** A fault of a file, at a line of it. */
export const csvFault = (name: string, message: string, cause?: unknown): AppError =>
  new AppError('REQUEST_INVALID', `${name}: ${message}`, cause === undefined ? {} : { cause })

const DELIMITERS = [',', ';', '\t', '|']
/** A line that has no end by then is none of a CSV file of series: cells, quotes and all. */
const MAX_RECORD_BYTES = 1_000_000

/** The delimiter that the first line has most of outside quotes; a comma where it has none. */
const delimiterOf = (text: string): string => {
  const [line = ''] = text.replace(/^\uFEFF?\s*/, '').split(/\r?\n|\r/, 1)
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

const hasLine = (text: string): boolean => /[\r\n]/.test(text.trimStart())

/** Chunks as bytes; the first is large enough to hold the first line. */
async function* withFirstLine(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk)
    if (head === undefined) {
      yield bytes
      continue
    }
    head = Buffer.concat([head, bytes])
    if (!hasLine(head.toString('latin1')) && head.length < MAX_RECORD_BYTES) continue
    yield head
    head = undefined
  }
  if (head !== undefined) yield head
}

/**
 * The records of a CSV file, as many at once as a chunk ends. Commas, semicolons, tabs or bars; quoted cells, BOM, CRLF; empty lines are
 * left out. Takes no more of the source than is asked for.
 * @param name of the file, for what is said of it
 * @throws AppError REQUEST_INVALID naming file and line: quotes that do not close, records of different lengths, endless ones
 */
export async function* csvRecords(
  source: AsyncIterable<Uint8Array | string>,
  name: string,
): AsyncGenerator<readonly CsvRecord[]> {
  let records: CsvRecord[] = []
  const onRecord = (cells: string[], { lines }: Info): null => {
    records.push({ cells, line: lines })
    return null
  }
  let parser: ReturnType<typeof parse> | undefined
  let failed: Error | undefined
  const open = (delimiter: string) => {
    const options = { bom: true, skip_empty_lines: true, trim: true, max_record_size: MAX_RECORD_BYTES }
    const opened = parse({ ...options, delimiter, on_record: onRecord })
    opened.on('error', (error) => {
      failed ??= error
    })
    return opened
  }
  const take = (): readonly CsvRecord[] => {
    const taken = records
    records = []
    return taken
  }
  try {
    for await (const chunk of withFirstLine(source)) {
      const feeding = parser ?? open(delimiterOf(chunk.toString('utf8', 0, MAX_RECORD_BYTES)))
      parser = feeding
      await new Promise<void>((resolve) => feeding.write(chunk, () => resolve()))
      // A fault of a later line must not hide what was wrong before it.
      if (records.length > 0) yield take()
      if (failed) throw failed
    }
    const ending = parser
    if (ending)
      await new Promise<void>((resolve) =>
        ending
          .end(() => resolve())
          .on('error', () => resolve())
          .resume(),
      )
    if (records.length > 0) yield take()
    if (failed) throw failed
  } catch (cause) {
    if (cause instanceof AppError || cause !== failed) throw cause
    throw csvFault(name, toError(cause).message, cause)
  } finally {
    parser?.destroy()
  }
}
