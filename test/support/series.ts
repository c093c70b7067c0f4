/** Series for tests of whole scans: a day's wave with noise, and a spike where one is asked for. */
import { randomFrom } from './random.ts'

const START = Date.UTC(2026, 0, 1)

/** `timestamp,value` rows of one series of five-minute steps; `spikeAt`: a row that stands out by far. */
export const waveCsv = (seed: number, rows: number, spikeAt?: number): string => {
  const random = randomFrom(seed)
  const lines = Array.from({ length: rows }, (_, row) => {
    const wave = 10 * Math.sin((2 * Math.PI * row) / 288)
    const value = 50 + wave + random() + (row === spikeAt ? 60 : 0)
    return `${new Date(START + row * 300_000).toISOString()},${value.toFixed(3)}`
  })
  return `timestamp,value\n${lines.join('\n')}\n`
}

/** A multipart body of CSV files, by their names, and its media type. */
export const filesBody = async (
  files: ReadonlyMap<string, string>,
): Promise<{ readonly raw: Uint8Array; readonly type: string }> => {
  const form = new FormData()
  for (const [name, text] of files) form.append('files', new Blob([text], { type: 'text/csv' }), name)
  const encoded = new Request('http://localhost', { method: 'POST', body: form })
  return {
    raw: new Uint8Array(await encoded.arrayBuffer()),
    type: encoded.headers.get('content-type') ?? '',
  }
}
