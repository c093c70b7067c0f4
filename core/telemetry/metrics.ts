import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** A registry of this process's own (nothing global), with Node's default metrics under the prefix `anomgrd_`. */
export const createRegistry = (node: string): Registry => {
  const registry = new Registry()
  registry.setDefaultLabels({ node })
  collectDefaultMetrics({ register: registry, prefix: 'anomgrd_' })
  return registry
}

/** A gauge that is read when it is asked for. */
export const addGauge = (registry: Registry, name: string, help: string, read: () => number): void => {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
