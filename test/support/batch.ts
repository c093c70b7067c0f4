/** Sends NDJSON and reads the answers as they come, at the same time. */
import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { createInterface } from 'node:readline'

export interface LineAnswer {
  readonly line: number
  readonly id?: string
  readonly status: string | number
  readonly code?: string
  readonly errors?: readonly { readonly pointer: string }[]
}

export interface Batch {
  readonly status: number
  readonly contentType: string
  readonly answers: LineAnswer[]
}

export interface BatchOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Called with each answer; may destroy the request. */
  readonly onAnswer?: (answer: LineAnswer, request: ClientRequest) => void
}

/** Sends the pieces as they are; resolves at the end of the answer, or of the connection. */
export const sendBatch = (
  url: string,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  { headers = {}, onAnswer }: BatchOptions = {},
): Promise<Batch> =>
  new Promise((resolve, reject) => {
    const answers: LineAnswer[] = []
    const outgoing = request(`${url}/api/jobs/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', ...headers },
    })
    outgoing.once('response', (response) => {
      const end = (): void =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          answers,
        })
      response.once('error', end)
      const lines = createInterface(response)
      // The connection broke: what was read until then is the answer.
      lines.once('error', end)
      lines.on('line', (line) => {
        const answer = JSON.parse(line) as LineAnswer
        answers.push(answer)
        onAnswer?.(answer, outgoing)
      })
      lines.once('close', end)
    })
    outgoing.once('error', reject)
    const gone = new AbortController()
    outgoing.once('close', () => gone.abort())
    const send = async (): Promise<void> => {
      for await (const piece of pieces) {
        if (outgoing.destroyed) return
        if (!outgoing.write(piece)) await once(outgoing, 'drain', { signal: gone.signal })
      }
      outgoing.end()
    }
    send().catch((error: unknown) => {
      if (!gone.signal.aborted) reject(error)
    })
  })

/** Submissions as lines. */
export const ndjson = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('')
