/** What is drawn over and under the lines: decisions in a lane below the last chart, loads as bands, the moment that is pointed at. */
import type uPlot from 'uplot'
import type { Decision } from '../../kit/api/types.ts'
import { type Colours, faded } from '../../kit/chart/colours.ts'
import { keyOf, turnOf } from './decisions.ts'

/** Height of the lane, px. */
export const LANE = 18
/** Height of the room above the first chart, px. */
export const LOAD_ROOM = 16
const FONT = '11px Geist, Waiting, system-ui, sans-serif'
/** Room that the words of a mark keep from the next one's, px. */
const APART = 8

/** What the charts show beside their data; changed in place, seen at the next drawing. */
export interface Scene {
  decisions: readonly Decision[]
  /** Milliseconds since the epoch. */
  loads: readonly { readonly from: number; readonly to: number }[]
  marked: number | undefined
  chosen: string | undefined
  min: number
  max: number
}

/** A canvas counts device pixels. */
const ratioOf = (plot: uPlot): number => plot.ctx.canvas.width / plot.width

const within = (plot: uPlot, x: number): boolean =>
  x >= plot.bbox.left - 1 && x <= plot.bbox.left + plot.bbox.width + 1

const xOf = (plot: uPlot, at: number): number => plot.valToPos(at / 1_000, 'x', true)

/** A line at the moment that the list, or a key, points at; the pointer has a line of uPlot's own. */
export const drawMarked = (plot: uPlot, { accent }: Colours, { marked }: Scene): void => {
  if (marked === undefined) return
  const x = Math.round(xOf(plot, marked))
  if (!within(plot, x)) return
  const { ctx, bbox } = plot
  ctx.save()
  ctx.fillStyle = accent
  ctx.fillRect(x, bbox.top, Math.max(1, ratioOf(plot)), bbox.height)
  ctx.restore()
}

export const drawLoads = (plot: uPlot, { soft }: Colours, { loads }: Scene, named: boolean): void => {
  const { ctx, bbox } = plot
  const ratio = ratioOf(plot)
  ctx.save()
  for (const { from, to } of loads) {
    const right = bbox.left + bbox.width
    const [a, b] = [Math.max(bbox.left, xOf(plot, from)), Math.min(right, xOf(plot, to))]
    if (b <= bbox.left || a >= right) continue
    ctx.fillStyle = faded(soft, 0.09)
    ctx.fillRect(a, bbox.top, Math.max(ratio, b - a), bbox.height)
    ctx.fillStyle = faded(soft, 0.7)
    ctx.fillRect(a, bbox.top, Math.max(ratio, b - a), 2 * ratio)
    if (!named) continue
    ctx.font = FONT.replace('11', String(11 * ratio))
    ctx.fillStyle = soft
    ctx.textAlign = 'left'
    ctx.textBaseline = 'bottom'
    ctx.fillText('load', a, bbox.top - 2 * ratio)
  }
  ctx.restore()
}

/** A triangle that points up or down. */
const turnPath = (ctx: CanvasRenderingContext2D, up: boolean, x: number, y: number, size: number): void => {
  const tip = (up ? -0.8 : 0.8) * size
  ctx.beginPath()
  ctx.moveTo(x - size, y - tip)
  ctx.lineTo(x + size, y - tip)
  ctx.lineTo(x, y + tip)
  ctx.closePath()
}

/** Each decision on the axis, with its numbers where there is room; limits of the number of workers as faint lines. */
export const drawMarks = (plot: uPlot, colours: Colours, scene: Scene): void => {
  const { ctx, bbox } = plot
  const ratio = ratioOf(plot)
  ctx.save()
  ctx.fillStyle = faded(colours.soft, 0.45)
  // Not known before the first is told.
  const limits = scene.max === 0 ? [] : new Set([scene.min, scene.max])
  for (const limit of limits) {
    const y = Math.round(plot.valToPos(limit, 'y', true))
    for (let x = bbox.left; x < bbox.left + bbox.width; x += 6 * ratio) ctx.fillRect(x, y, 2 * ratio, ratio)
  }
  const y = bbox.top + bbox.height + (LANE / 2 + 3) * ratio
  ctx.font = FONT.replace('11', String(11 * ratio))
  ctx.textAlign = 'left'
  ctx.textBaseline = 'middle'
  // From the newest on: where there is no room it is the older ones that are not named.
  let free = bbox.left + bbox.width
  for (const it of scene.decisions) {
    const x = xOf(plot, Date.parse(it.at))
    if (!within(plot, x)) continue
    const turn = turnOf(it)
    const chosen = scene.chosen === keyOf(it)
    ctx.fillStyle = turn === 'up' || chosen ? colours.accent : colours.soft
    ctx.strokeStyle = ctx.fillStyle
    ctx.lineWidth = ratio
    if (turn === 'same') {
      // All stays as it is: a tick, which takes no room from those that change something.
      ctx.fillRect(x, bbox.top + bbox.height, (chosen ? 3 : 1) * ratio, 5 * ratio)
      continue
    }
    turnPath(ctx, turn === 'up', x, y, (chosen ? 6 : 4.5) * ratio)
    if (it.shadow) ctx.stroke()
    else ctx.fill()
    const text = `${it.from}→${it.to}`
    const end = x + 8 * ratio + ctx.measureText(text).width
    if (end + APART * ratio <= free || chosen) {
      ctx.fillStyle = chosen ? colours.ink : colours.soft
      ctx.fillText(text, x + 8 * ratio, y)
    }
    free = Math.min(free, x - 5 * ratio)
  }
  ctx.restore()
}
