/** kubectl, on the cluster that KUBECONFIG names. */
import { type ChildProcess, spawn } from 'node:child_process'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface KubectlOptions {
  /** Its standard input. */
  readonly input?: string
  readonly limitMs?: number
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts kubectl; it ends with this process at the latest. */
export const startKubectl = (args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): ChildProcess => {
  const child = spawn('kubectl', args, { stdio: [stdin, 'pipe', 'pipe'] })
  children.add(child)
  child.once('close', () => children.delete(child))
  return child
}

/** Runs kubectl to its end, however it ends. @throws Error where that takes longer than the limit */
export const tryKubectl = (
  args: readonly string[],
  { input, limitMs = 60_000 }: KubectlOptions = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = startKubectl(args, input === undefined ? 'ignore' : 'pipe')
    const text = { out: '', err: '' }
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text.out += chunk
    })
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text.err += chunk
    })
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, limitMs)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      if (late) reject(new Error(`kubectl ${args.join(' ')} took longer than ${limitMs} ms: ${text.err}`))
      else resolve({ code, ...text })
    })
    child.stdin?.on('error', () => {}).end(input)
  })

/** Runs kubectl to its end; gives its output. @throws Error with its complaint where it fails */
export const kubectl = async (args: readonly string[], options: KubectlOptions = {}): Promise<string> => {
  const { code, out, err } = await tryKubectl(args, options)
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err.trim() || out.trim()}`)
  return out
}
