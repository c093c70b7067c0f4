/**
 * Builds the pages: `node web/build.ts [FOLDER]` (`make pages`), by default into web/dist. Two apps, each whole by itself: two processes serve them,
 * and while one of these is replaced by a newer one the other must find all of its own.
 */
import { globSync } from 'node:fs'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'
import { build } from 'vite'
import { type App, apps, configOf } from './apps.ts'

const distDir = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist'))

const fontLicense = join(import.meta.dirname, '../node_modules/@fontsource-variable/geist/LICENSE')

/** What each of the pages may weigh, compressed, bytes: all that it loads, the font included. */
const BUDGET = 150_000

const brotli = promisify(brotliCompress)
const zipped = promisify(gzip)

const buildApp = (app: App): Promise<unknown> =>
  build({
    ...configOf(app),
    logLevel: 'warn',
    build: {
      outDir: join(distDir, app.base),
      emptyOutDir: false,
      target: 'es2022',
      // The Content-Security-Policy takes no fonts and scripts from data: addresses.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      license: { fileName: 'licenses.md' },
    },
  })

/** Writes a file's compressed neighbours, and gives the size that travels. */
const compress = async (path: string): Promise<number> => {
  const body = await readFile(path)
  if (/\.(woff2|png)$/.test(path)) return body.length
  const [br, gz] = await Promise.all([
    brotli(body, { params: { [zlib.BROTLI_PARAM_QUALITY]: 11, [zlib.BROTLI_PARAM_SIZE_HINT]: body.length } }),
    zipped(body, { level: 9 }),
  ])
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)])
  return gz.length
}

await rm(distDir, { recursive: true, force: true })
for (const app of apps) {
  await buildApp(app)
  // The font's licence wants to go with it.
  await copyFile(fontLicense, join(distDir, app.base, 'assets/geist-license.txt'))
}
const sizes = new Map<string, number>()
for (const file of globSync('**/*.{html,js,css,svg,woff2}', { cwd: distDir })) {
  sizes.set(file, await compress(join(distDir, file)))
}
for (const { folder } of apps) {
  const own = [...sizes].filter(([file]) => file.startsWith('view/') === (folder === 'view'))
  const total = own.reduce((sum, [, size]) => sum + size, 0)
  console.log(`pages: ${folder} ${(total / 1000).toFixed(1)} kB compressed, of ${BUDGET / 1000} kB`)
  if (total > BUDGET) process.exitCode = 1
}
