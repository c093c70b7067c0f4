/**
 * A bare `node:http` server, as anybody would write it: collects the body, parses it, answers. With `LIBRARY` and `PLACE` it adds
 * the job to that library before it answers; without it does nothing: the floor of a submission over HTTP.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type LibraryName, loadLibrary } from '../libraries/index.ts'
import type { LibraryClient, Place } from '../libraries/library.ts'
import { runChild, setting } from './child.ts'

interface Submission {
  readonly type: string
  readonly payload: Record<string, unknown>
}

const take = async (
  client: LibraryClient | undefined,
  { payload }: Submission,
  waits: boolean,
): Promise<void> => {
  if (client === undefined) return
  if (!waits) await client.add(payload)
  else if (client.addAndWait !== undefined) await client.addAndWait(payload)
  else throw new Error('it can’t tell when a job is done')
}

await runChild(async () => {
  const name = setting('LIBRARY')
  const client =
    name === ''
      ? undefined
      : await (await loadLibrary(name as LibraryName)).connect(JSON.parse(setting('PLACE')) as Place)
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answer = (status: number, value: unknown): void => {
        const body = JSON.stringify(value)
        response.writeHead(status, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        })
        response.end(body)
      }
      const submission = JSON.parse(Buffer.concat(chunks).toString()) as Submission
      take(client, submission, request.headers['prefer'] !== undefined).then(
        () =>
          answer(202, {
            id: randomUUID(),
            type: submission.type,
            status: 'queued',
            attempts: [],
            submittedAt: new Date().toISOString(),
          }),
        (error: unknown) => answer(500, { message: String(error) }),
      )
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = address instanceof Object ? address.port : 0
  return {
    port,
    async stop() {
      server.close()
      server.closeAllConnections()
      await client?.close()
    },
  }
})
