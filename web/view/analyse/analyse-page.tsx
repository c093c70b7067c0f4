/** Analyse: a series, what a detector finds in it, and ways to look at that. All of it stands in the address. */

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { DataSet } from '../../kit/api/data-set-types.ts'
import { DropCurtain, UploadNotice } from '../data-sets/uploader.tsx'
import { usePageDrop, useUpload } from '../data-sets/use-upload.ts'
import { addressOf, type Place, placeOf } from './address.ts'
import './analyse.css'
import { Analysis } from './analysis.tsx'
import { Start } from './start.tsx'

export const AnalysePage = () => {
  const { url, route } = useLocation()
  const place = useMemo(() => placeOf(new URL(url, location.origin).search), [url])
  /** Where one is by now, also between two drawings of the page. */
  const here = useRef(place)
  here.current = place
  const go = (change: Partial<Place>, replace = false): void => {
    const next = { ...here.current, ...change }
    if (addressOf(next) === addressOf(here.current)) return
    here.current = next
    route(addressOf(next), replace)
  }
  const uploading = useUpload(({ id }: DataSet) => {
    here.current = { jobs: [] }
    go({ set: id })
  })
  const over = usePageDrop(uploading)
  const nothing = place.set === undefined && place.jobs.length === 0
  useEffect(() => scrollTo(0, 0), [place.set, place.series])
  return (
    <>
      <UploadNotice uploading={uploading} />
      {nothing ? (
        <Start uploading={uploading} />
      ) : (
        <Analysis
          key={`${place.set}|${place.series}|${place.set === undefined ? place.jobs[0] : ''}`}
          place={place}
          go={go}
          uploading={uploading}
        />
      )}
      <DropCurtain over={over} />
    </>
  )
}
