import { type Debugger, Session } from 'node:inspector'

const FRAMES = 10

/**
 * Where the main thread is at this moment, innermost call first: asked of the engine itself from another thread, since the
 * main thread answers nothing. For a process that is about to end: the main thread is left halted. Empty where it gives no
 * answer within the limit, being in native code.
 */
export const mainThreadStack = (limitMs: number): Promise<string[]> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, [])
    const session = new Session()
    const urls = new Map<string, string>()
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
    session.on('Debugger.paused', ({ params }) => {
      clearTimeout(timer)
      const say = ({ functionName, location }: Debugger.CallFrame): string => {
        const { scriptId, lineNumber, columnNumber } = location
        const place = `${urls.get(scriptId) ?? ''}:${lineNumber + 1}:${(columnNumber ?? 0) + 1}`
        return functionName === '' ? place : `${functionName} (${place})`
      }
      resolve(params.callFrames.slice(0, FRAMES).map(say))
    })
    try {
      session.connectToMainThread()
      session.post('Debugger.enable')
      session.post('Debugger.pause')
    } catch {
      clearTimeout(timer)
      resolve([])
    }
  })
