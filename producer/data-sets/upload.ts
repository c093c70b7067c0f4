/** Takes uploads of data sets: reads what comes, writes pieces, and leaves nothing of what does not come whole. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Config } from '../../core/config.ts'
import { AppError, toError } from '../../core/errors.ts'
import { addPieces } from '../../core/store/data-set-points.ts'
import { beginDataSet, completeDataSet, type DataSet, deleteDataSet } from '../../core/store/data-sets.ts'
import { type Database, storeError } from '../../core/store/database.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { Collector } from './collector.ts'
import { collectCsv } from './csv.ts'
import { collectMultipart } from './multipart.ts'
import { collectNdjson } from './ndjson.ts'

/** What is not whole by then is given up: retention deletes it where nobody else does. */
const UPLOAD_LIMIT_MS = 3_600_000

/** How to read a body, by its media type. */
const readers: Readonly<
  Record<string, (request: IncomingMessage, bytes: AsyncIterable<Buffer>, to: Collector) => Promise<void>>
> = {
  'text/csv': (_request, bytes, to) => collectCsv({ file: 'the body', bytes }, to),
  'application/x-ndjson': (_request, bytes, to) => collectNdjson(bytes, to),
  'multipart/form-data': ({ headers }, bytes, to) => collectMultipart(headers, bytes, to),
}

export const uploadTypes = Object.keys(readers)

const tooLarge = (limit: number): AppError =>
  new AppError('PAYLOAD_TOO_LARGE', `An upload may have ${limit.toLocaleString('en')} bytes at most.`)

/** The request's bytes, which stays open when nobody reads on: an answer is to follow. */
async function* bytesOf(request: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
  let count = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer
    count += bytes.length
    if (count > limit) throw tooLarge(limit)
    yield bytes
  }
}

/** Of an upload that is refused so many times the limit may come: cut off before it has sent all, a client often does not see its answer. */
const PATIENCE = 4

/** Lets a client send what nobody reads, so that it reads its answer; one that sends on and on is cut off. */
const discard = (request: IncomingMessage, limit: number): void => {
  let count = 0
  request.on('data', (chunk: Buffer) => {
    count += chunk.length
    if (count > PATIENCE * limit) request.destroy()
  })
  request.resume()
}

/** What failed, as it is told: wrong content as wrong content, whatever the form of the body. */
const told = (error: unknown, { destroyed }: IncomingMessage): unknown => {
  if (!(error instanceof AppError)) {
    // Nobody is there to be told.
    return destroyed
      ? new AppError('REQUEST_INVALID', `The upload was cut off: ${toError(error).message}`)
      : error
  }
  if (error.code !== 'REQUEST_INVALID' || error.faults.length > 0) return error
  const { code, message } = error
  return new AppError(code, message, { faults: [{ path: '', message }], cause: error })
}

export interface UploadParts {
  readonly db: Database
  readonly settings: Config['dataSets']
  readonly log: Logger
}

/**
 * Takes one upload. Memory: what waits to be written (collector.ts), and a line of the body; the client waits while it is written.
 * @throws AppError REQUEST_INVALID naming file, line and column, PAYLOAD_TOO_LARGE, STORE_UNAVAILABLE
 */
export type Upload = (request: IncomingMessage, name: string) => Promise<DataSet>

export const createUpload = ({ db, settings: { maxBytes, keptMs }, log }: UploadParts): Upload => {
  const stored = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw storeError(error)
    })

  const take = async (request: IncomingMessage, id: string): Promise<DataSet> => {
    const [type = ''] = (request.headers['content-type'] ?? '').toLowerCase().split(/\s*;/)
    const collector = new Collector((pieces) => stored(addPieces(db, id, pieces)))
    await readers[type]?.(request, bytesOf(request, maxBytes), collector)
    const done = await stored(completeDataSet(db, id, await collector.end(), keptMs))
    if (done) return done
    throw new AppError('REQUEST_INVALID', `An upload may take ${UPLOAD_LIMIT_MS / 60_000} minutes at most.`)
  }

  return async (request, name) => {
    const id = randomUUID()
    try {
      if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
      await stored(beginDataSet(db, id, name, UPLOAD_LIMIT_MS))
      return await take(request, id)
    } catch (error) {
      discard(request, maxBytes)
      await deleteDataSet(db, id).catch((failure: unknown) =>
        log.warn({ err: failure, dataSet: id }, 'what there is of an upload is left to retention'),
      )
      throw told(error, request)
    }
  }
}
