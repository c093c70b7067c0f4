/** The batch detectors. */
import type { BatchDetector } from '../detector.ts'

export const batch: readonly BatchDetector[] = []
