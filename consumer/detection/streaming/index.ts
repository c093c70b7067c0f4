/** The streaming detectors. */
import type { StreamingDetector } from '../detector.ts'
import { forecast } from './forecast/index.ts'
import { relativeEntropyDetector } from './relative-entropy.ts'

export const streaming: readonly StreamingDetector[] = [forecast, relativeEntropyDetector]
