import { api, el, table } from '../dom.js'

const $ = (id) => document.getElementById(id)

/** Rows of a CSV file as a series: pairs where there are two columns, else values. Rows without a number are left out. */
const parse = (text) =>
  text.split(/\r?\n/).flatMap((line) => {
    const cells = line.split(',').map((cell) => cell.trim())
    const value = cells.at(-1) === '' ? Number.NaN : Number(cells.at(-1))
    if (!Number.isFinite(value)) return []
    return cells.length > 1 ? [{ timestamp: cells[0], value }] : [value]
  })

/** The body of the job. Pairs that are too many for one job (900 kB) go as values alone: their times are ours to know. */
const bodyOf = (series) => {
  const body = (points) => JSON.stringify({ type: 'detect', payload: { series: points } })
  const whole = body(series)
  return whole.length <= 900_000 ? whole : body(series.map((it) => it.value ?? it))
}

const plot = (series, anomalies) => {
  const values = series.map((it) => it.value ?? it)
  const [width, height] = [1000, 240]
  const [low, high] = values.reduce(
    ([a, b], it) => [Math.min(a, it), Math.max(b, it)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
  const x = (i) => (i / Math.max(1, values.length - 1)) * width
  const y = (value) => height - 10 - ((value - low) / (high - low || 1)) * (height - 20)
  const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  const marks = anomalies.map(({ start, end }) =>
    el('rect', { x: x(start) - 1, y: 0, width: Math.max(3, x(end) - x(start) + 2), height }),
  )
  return el(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'the series and its anomalies' },
    ...marks,
    el('polyline', { points }),
  )
}

$('file').addEventListener('change', async ({ target }) => {
  const [file] = target.files
  if (!file) return
  try {
    const series = parse(await file.text())
    $('state').textContent = `${series.length} rows; waiting for the result…`
    const job = await api('/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'wait=60' },
      body: bodyOf(series),
    })
    if (job.status !== 'succeeded') throw new Error(job.error?.message ?? `job ${job.id} is ${job.status}`)
    const { anomalies } = job.result
    $('state').textContent = `${series.length} rows, ${anomalies.length} anomalies (job ${job.id})`
    $('plot').replaceChildren(plot(series, anomalies))
    const at = (i) => series[i]?.timestamp ?? i
    const rows = anomalies.map(({ start, end, score }) => [
      at(start),
      at(end),
      end - start + 1,
      score.toFixed(3),
    ])
    $('anomalies').replaceChildren(table(['from', 'to', 'rows', 'score'], rows))
  } catch (error) {
    $('state').textContent = error.message
  }
})

const refresh = async () => {
  try {
    const { partitions: _partitions, decisions, ...rest } = await api('/scaling')
    $('scaling').textContent = JSON.stringify({ ...rest, decisions: decisions.slice(0, 3) }, null, 2)
  } catch (error) {
    $('scaling').textContent = error.message
  }
  setTimeout(refresh, 2000)
}
refresh()
