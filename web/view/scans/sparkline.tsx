/** A small drawing of the series around an anomaly; read once it comes into view. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { RankedAnomaly } from '../../kit/api/scan-types.ts'
import { type Spark, sparkOf, stretchOf } from './spark.ts'
import { readStretch } from './stretches.ts'

const WIDTH = 168
const HEIGHT = 34

const drawn = async (dataSet: string, { series, start, end, peak }: RankedAnomaly): Promise<Spark> => {
  const stretch = stretchOf({ start, end })
  const { from, values } = await readStretch(dataSet, series, stretch)
  return sparkOf(values, { start: start - from, end: end - from, peak: peak - from }, WIDTH, HEIGHT)
}

/** A drawing for the eye: the row says the same in words. */
export const Sparkline = ({
  dataSet,
  anomaly,
}: {
  readonly dataSet: string
  readonly anomaly: RankedAnomaly
}) => {
  const element = useRef<HTMLSpanElement>(null)
  const [spark, setSpark] = useState<Spark | 'failed'>()

  useEffect(() => {
    const home = element.current
    if (!home) return
    let gone = false
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return
        observer.disconnect()
        drawn(dataSet, anomaly).then(
          (it) => gone || setSpark(it),
          () => gone || setSpark('failed'),
        )
      },
      { rootMargin: '100px' },
    )
    observer.observe(home)
    return () => {
      gone = true
      observer.disconnect()
    }
  }, [dataSet, anomaly])

  return (
    <span ref={element} class="scan-spark" aria-hidden="true">
      {spark === 'failed' && <span class="soft small">not there</span>}
      {spark !== undefined && spark !== 'failed' && (
        <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
          <path d={spark.usual} class="usual" />
          <path d={spark.flagged} class="flagged" />
          {spark.peak && <circle cx={spark.peak[0]} cy={spark.peak[1]} r="2.25" />}
        </svg>
      )}
    </span>
  )
}
