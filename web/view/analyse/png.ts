/** The chart as a picture: title, the two drawings, and what is what. */
import type uPlot from 'uplot'
import { type Colours, faded } from '../../kit/chart/colours.ts'

const FONT = 'Geist, Arial, sans-serif'
const ROOM = 16
const TITLE = 44
const LEGEND = 30

const legend = (colours: Colours): readonly (readonly [string, string])[] => [
  [colours.accent, 'value'],
  [faded(colours.soft, 0.35), 'expected'],
  [colours.warn, 'minor'],
  [colours.bad, 'major, critical'],
  [faded(colours.soft, 0.7), 'score'],
]

/** In the resolution of the screen. */
export const pictureOf = (
  title: string,
  about: string,
  plots: readonly uPlot[],
  colours: Colours,
): Promise<Blob | null> => {
  const canvases = plots.map((plot) => plot.ctx.canvas)
  const ratio = devicePixelRatio || 1
  const width = Math.max(...canvases.map((it) => it.width)) + 2 * ROOM * ratio
  const heights = canvases.reduce((sum, it) => sum + it.height, 0)
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = heights + (2 * ROOM + TITLE + LEGEND) * ratio
  const context = canvas.getContext('2d')
  if (!context) return Promise.resolve(null)
  context.fillStyle = colours.surface
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.textBaseline = 'top'
  context.fillStyle = colours.ink
  context.font = `600 ${15 * ratio}px ${FONT}`
  context.fillText(title, ROOM * ratio, ROOM * ratio)
  context.fillStyle = colours.soft
  context.font = `${12 * ratio}px ${FONT}`
  context.fillText(about, ROOM * ratio, (ROOM + 21) * ratio)
  let top = (ROOM + TITLE) * ratio
  for (const it of canvases) {
    context.drawImage(it, ROOM * ratio, top)
    top += it.height
  }
  let left = (ROOM + 8) * ratio
  for (const [colour, text] of legend(colours)) {
    context.fillStyle = colour
    context.fillRect(left, top + 13 * ratio, 12 * ratio, 8 * ratio)
    context.fillStyle = colours.soft
    context.fillText(text, left + 17 * ratio, top + 11 * ratio)
    left += context.measureText(text).width + 36 * ratio
  }
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}
