/** A series that is not there (yet): it can be made. */
import { useState } from 'preact/hooks'
import { Empty } from '../../kit/parts/states.tsx'
import { SettingsDialog } from './settings-dialog.tsx'

export const Missing = ({ name, refresh }: { readonly name: string; readonly refresh: () => void }) => {
  const [creating, setCreating] = useState(false)
  return (
    <>
      <div class="head">
        <h1 class="series-name">{name}</h1>
      </div>
      <section class="panel">
        <Empty title="There is no such series">
          <span>Create it, or send made-up points: the first append makes it, with defaults.</span>
          <div class="row">
            <button type="button" class="primary" onClick={() => setCreating(true)}>
              Create {name}
            </button>
            <a href="/view/series">To all series</a>
          </div>
        </Empty>
      </section>
      {creating && (
        <SettingsDialog
          name={name}
          onDone={() => {
            setCreating(false)
            refresh()
          }}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  )
}
