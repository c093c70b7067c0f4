/** Sections as Markdown. */
import { type Goal, type Ratio, type Row, reaches, type Section } from './section.ts'
import { summarize } from './statistics.ts'

/** `12,345` or `12,345 (11,900–12,800)`; nothing where there is no value. */
export const describeValues = (values: readonly number[] | undefined, decimals: number): string => {
  if (values === undefined || values.length === 0) return ''
  const format = new Intl.NumberFormat('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  const { median, min, max } = summarize(values)
  const spread = values.length > 1 ? ` (${format.format(min)}–${format.format(max)})` : ''
  return format.format(median) + spread
}

/** Cells as wide as their column, which makes it readable as text, too. The first column is of names, the others of numbers. */
export const toTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (column === 0 ? (cells[column] ?? '').padEnd(width) : (cells[column] ?? '').padStart(width))).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

const describeGoal = (goal: Goal | undefined): string =>
  goal === undefined ? '' : `${goal.better === 'more' ? '≥' : '≤'} ${goal.limit}`

const verdict = (ratio: Ratio): string => {
  const reached = reaches(summarize(ratio.values).median, ratio.goal)
  return reached === undefined ? '' : reached ? 'reached' : 'missed'
}

export const ratioTable = (all: readonly Ratio[]): string =>
  toTable(
    ['ratio', 'median (min–max)', 'goal', ''],
    all.map((ratio) => [
      ratio.name,
      describeValues(ratio.values, 2),
      describeGoal(ratio.goal),
      verdict(ratio),
    ]),
  )

const rowCells = (row: Row, columns: Section['columns']): string[] => [
  row.name + (row.note === undefined ? '' : ` (${row.note})`),
  ...columns.map(({ name, decimals = 0 }) => describeValues(row.measures[name], decimals)),
]

export const sectionText = ({ title, about, columns, rows, ratios }: Section): string =>
  [
    `## ${title}`,
    about,
    toTable(
      ['', ...columns.map(({ name }) => name)],
      rows.map((row) => rowCells(row, columns)),
    ),
    ...(ratios.length > 0 ? [ratioTable(ratios)] : []),
  ].join('\n\n')
