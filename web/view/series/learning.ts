/** When a standing series is known well enough for alarms. */

/** No alarm is raised in so many first points: `WARM_UP` of consumer/handlers/watch/watcher.ts, told in docs/detection.md. */
export const LEARNING_POINTS = 250
