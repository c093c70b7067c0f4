/** A folder of pages as the build makes one, but small: what serves it is tested, not what is in it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const page = (app: string): string =>
  `<!doctype html><title>${app}</title><script type="module" src="/${app === 'view' ? 'view/' : ''}assets/${app}-1a2b.js"></script>`

/** What it holds, by path: each with its compressed neighbours, except for the font. */
export const pagesContent: Readonly<Record<string, string>> = {
  'index.html': page('console'),
  'assets/console-1a2b.js': `document.title += ' runs'\n`.repeat(20),
  'assets/style-1a2b.css': 'body { color: red }\n',
  'assets/geist-1a2b.woff2': 'a font',
  'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'view/index.html': page('view'),
  'view/assets/view-1a2b.js': `document.title += ' runs'\n`,
}

/** Gives its path; it goes with the process. */
export const makePagesFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(pagesContent)) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    if (name.endsWith('.woff2')) continue
    writeFileSync(`${file}.br`, brotliCompressSync(text))
    writeFileSync(`${file}.gz`, gzipSync(text))
  }
  return folder
}
