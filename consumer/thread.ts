/** What runs inside a handler thread: loads the handler from its file once, runs attempts, answers with plain data. */
import { parentPort } from 'node:worker_threads'
import type { Handler } from '../core/handler.ts'
import { platformOf } from '../core/handlers/platform.ts'
import { loadHandler } from '../core/handlers/registry.ts'
import { callHandler } from './call-handler.ts'
import { runAs, takeStray } from './guard/scope.ts'
import { resultJson } from './result-json.ts'
import { sentNotes } from './thread-notes.ts'
import { failureOf, type ThreadMessage, type ThreadOutput, type ThreadTask } from './thread-protocol.ts'
import { handlerError } from './thrown.ts'

const platform = platformOf({})
const handlers = new Map<string, Promise<Handler>>()

const load = (file: string, type: string): Promise<Handler> => {
  const present = handlers.get(file)
  if (present) return present
  const loading = runAs({ id: undefined, type }, () => loadHandler(file))
  handlers.set(file, loading)
  return loading
}

const tell = (message: ThreadMessage): void => parentPort?.postMessage(message)

/** The attempt that runs, or ran last. */
let current = 0

/** The attempt it belongs to fails, and this thread ends with it: the main thread sees to that. */
const onStray = (thrown: unknown): void => {
  const stray = takeStray(thrown)
  // Not a handler's: whatever it was, a new thread is the better one.
  if (!stray) process.exit(1)
  const { error, ...about } = stray
  const failure = failureOf(error)
  tell({ handlerThread: 'stray', run: stray.late ? 0 : current, stray: { ...about, failure } })
}
process.on('uncaughtException', onStray)
process.on('unhandledRejection', onStray)

export default async ({ run, file, payload, loaded, ...about }: ThreadTask): Promise<ThreadOutput> => {
  const { notes, end } = sentNotes((news) => tell({ handlerThread: 'notes', run, notes: news }))
  try {
    const handler = await load(file, about.type)
    current = run
    tell({ handlerThread: 'begins', run })
    // The thread is ended when the job is aborted, so a signal that never fires is the whole truth in here.
    const { signal } = new AbortController()
    const context = { ...about, signal, progress: notes.progress, log: notes.log, platform }
    const call = (): unknown =>
      loaded ? handler.run(payload, context) : callHandler(handler, payload, context)
    const json = resultJson(await runAs(about, call))
    return { ok: true, json, notes: notes.whole() }
  } catch (thrown) {
    return { ok: false, failure: failureOf(handlerError(thrown)), notes: notes.whole() }
  } finally {
    end()
  }
}
