/** `make run`: AnomalyGuard on one machine. `node local/main.ts`; the variables are those of core/config.ts. */
import { fileURLToPath } from 'node:url'
import { runLocal } from './run.ts'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

// A terminal that is closed, or a pipe whose reader has left, must not end us before what we have started.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.exit(
  await runLocal(
    {
      install: path('../core/install.ts'),
      master: path('../producer/main.ts'),
      scaler: path('../scaler/main.ts'),
      webDir: path('../web/dist'),
    },
    process.env,
    (line) => console.log(line),
  ),
)
