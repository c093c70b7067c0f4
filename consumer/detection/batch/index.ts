import type { BatchDetector } from '../detector.ts'
import { kmeans } from './kmeans.ts'
import { subPca } from './sub-pca.ts'

/** The detectors that look at a whole series at once. */
export const batch: readonly BatchDetector[] = [subPca, kmeans]
