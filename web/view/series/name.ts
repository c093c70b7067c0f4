/** What a standing series may be called (core/series/watch.ts). */
export const SERIES_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/
