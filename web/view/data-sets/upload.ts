/** Sends files as a data set. By XMLHttpRequest: fetch does not tell how much of a body has gone. */
import { tellAnswered } from '../../kit/api/client.ts'
import type { DataSet } from '../../kit/api/data-set-types.ts'
import { pathOf } from '../../kit/api/path.ts'
import { problemOf, unreachable } from '../../kit/api/problem.ts'
import { askToken, authorization, token } from '../../kit/api/token.ts'

const MAX_NAME = 200

const isLines = (name: string): boolean => /\.(ndjson|jsonl)$/i.test(name)

/** One file as it is; several as CSV files, a series each, named as the file is. */
export const bodyOf = (
  files: readonly File[],
): { readonly body: Blob | FormData; readonly type?: string } => {
  const [only] = files
  if (only && files.length === 1) {
    // What is sent by XMLHttpRequest as a Blob has the Blob's type, whatever it is asked to have.
    const type = isLines(only.name) ? 'application/x-ndjson' : 'text/csv'
    return { body: only.slice(0, only.size, type), type }
  }
  const form = new FormData()
  for (const file of files) form.append('file', file, file.name)
  return { body: form }
}

/** The name of the data set that files become. */
export const nameOf = (files: readonly File[]): string => {
  const [first] = files
  const more = files.length - 1
  return `${first?.name ?? 'Data'}${more > 0 ? ` and ${more} more` : ''}`.slice(0, MAX_NAME)
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const send = (
  files: readonly File[],
  name: string,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<{ readonly status: number; readonly body: unknown }> =>
  new Promise((resolve, reject) => {
    const { body, type } = bodyOf(files)
    const request = new XMLHttpRequest()
    request.open('POST', `/api${pathOf('/data-sets', { name })}`)
    if (type !== undefined) request.setRequestHeader('content-type', type)
    for (const [header, text] of Object.entries(authorization())) request.setRequestHeader(header, text)
    request.upload.onprogress = ({ loaded, total }) => onFraction(total > 0 ? loaded / total : 0)
    request.onload = () => resolve({ status: request.status, body: jsonOf(request.responseText) })
    request.onerror = () => {
      tellAnswered(false)
      reject(unreachable())
    }
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(body)
  })

/**
 * Resolves to the data set once all of it is kept.
 * @throws ApiError, whose faults name file, line and column; an AbortError where `signal` aborts
 */
export const upload = async (
  files: readonly File[],
  name: string,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<DataSet> => {
  const used = token.value
  const { status, body } = await send(files, name, signal, onFraction)
  if (status >= 200 && status < 300) return body as DataSet
  const problem = problemOf(status, body)
  if (problem.status !== 401) throw problem
  const changed = token.value !== used || (await askToken(used === undefined ? '' : problem.message))
  if (!changed) throw problem
  return upload(files, name, signal, onFraction)
}
