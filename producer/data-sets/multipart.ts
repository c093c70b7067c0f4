/** Many CSV files in one body, read one after the other as they stream in. */
import type { IncomingHttpHeaders } from 'node:http'
import { parse } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy } from '@fastify/busboy'
import { AppError, toError } from '../../core/errors.ts'
import type { Collector } from './collector.ts'
import { collectCsv } from './csv.ts'

/** Where the parser has nothing to read from any more. */
const notWhole = (cause: unknown): AppError =>
  new AppError('REQUEST_INVALID', `the body is no whole multipart/form-data: ${toError(cause).message}`, {
    cause,
  })

/**
 * Reads the files of a multipart body; a file of one series gives that its own name, without its extension. Other fields are left out.
 * @throws AppError REQUEST_INVALID naming file, line and column
 */
export const collectMultipart = async (
  headers: IncomingHttpHeaders,
  bytes: AsyncIterable<Buffer>,
  to: Collector,
): Promise<void> => {
  const { 'content-type': contentType = '' } = headers
  let parser: ReturnType<typeof Busboy>
  try {
    parser = Busboy({ headers: { 'content-type': contentType }, limits: { fields: 0 } })
  } catch (cause) {
    throw notWhole(cause)
  }
  const failed = new AbortController()
  // The next file comes when the one before has been taken in, but not all of it may have been read by then.
  let reading: Promise<void> = Promise.resolve()
  parser.on('file', (_field: string, stream: Readable, name: string | undefined) => {
    const file = name === undefined || name === '' ? 'a file without a name' : name
    // What fails is told by whoever reads it.
    stream.on('error', () => {})
    reading = reading
      .then(() => collectCsv({ file, bytes: stream, seriesName: parse(file).name }, to))
      .catch((error: unknown) => failed.abort(error instanceof AppError ? error : notWhole(error)))
  })
  try {
    await pipeline(bytes, parser, { signal: failed.signal })
    await reading
  } catch (cause) {
    if (failed.signal.aborted) throw toError(failed.signal.reason)
    throw cause instanceof AppError ? cause : notWhole(cause)
  }
  if (failed.signal.aborted) throw toError(failed.signal.reason)
}
