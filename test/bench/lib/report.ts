/** The report: what was compared and where, the tables, and the ratios with their goals. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { Contestant } from '../contestants/contestant.ts'
import type { Options } from './args.ts'
import { findRedis } from './redis.ts'
import type { Section } from './section.ts'
import { summarize } from './statistics.ts'
import { ratioTable, sectionText } from './table.ts'

export interface Report {
  readonly options: Options
  readonly contestants: readonly Contestant[]
  readonly sections: readonly Section[]
  readonly seconds: number
}

const machine = (): string => {
  const all = cpus()
  return `${all.length} × ${all[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.versions.node}, Redis ${findRedis()?.version ?? 'none'}`
}

/** Those that have a row: `ours`, or `ours, 1,000 waiting`. */
const takingPart = ({ contestants, sections }: Report): readonly Contestant[] => {
  const names = new Set(sections.flatMap(({ rows }) => rows.map(({ name }) => name.split(',')[0])))
  return contestants.filter(({ name }) => names.has(name))
}

export const reportText = (report: Report): string => {
  const { options, sections, seconds } = report
  const ratios = sections.flatMap((section) => section.ratios).filter(({ goal }) => goal !== undefined)
  return [
    '# Benchmark',
    `${machine()}. ${options.rounds} rounds, contestants in turns; median (least–most). Ratios are taken round by round. Took ${Math.round(seconds)} s.`,
    takingPart(report)
      .map(({ name, about }) => `- **${name}**: ${about}`)
      .join('\n'),
    ...sections.map(sectionText),
    ...(ratios.length > 0 ? ['## Goals', ratioTable(ratios)] : []),
  ].join('\n\n')
}

const summarized = ({ rows, ratios, ...section }: Section) => ({
  ...section,
  rows: rows.map(({ name, note, measures }) => ({
    name,
    note,
    measures: Object.fromEntries(
      Object.entries(measures).map(([column, values]) => [column, { ...summarize(values), values }]),
    ),
  })),
  ratios: ratios.map((ratio) => ({ ...ratio, ...summarize(ratio.values) })),
})

/** Writes `.md` and `.json`; gives the text. */
export const writeReport = (report: Report): string => {
  const { options, sections, seconds } = report
  const text = reportText(report)
  mkdirSync(dirname(options.out), { recursive: true })
  writeFileSync(`${options.out}.md`, `${text}\n`)
  const json = {
    machine: machine(),
    options,
    seconds,
    contestants: takingPart(report).map(({ name, about }) => ({ name, about })),
    sections: sections.map(summarized),
  }
  writeFileSync(`${options.out}.json`, `${JSON.stringify(json, undefined, 2)}\n`)
  return text
}
