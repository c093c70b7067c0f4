import type { BatchDetector } from '../detector.ts'
import { discord } from './discord.ts'
import { kmeans } from './kmeans.ts'
import { poly } from './poly.ts'
import { spectralResidual } from './spectral-residual.ts'
import { subPca } from './sub-pca.ts'

/** The detectors that look at a whole series at once. */
export const batch: readonly BatchDetector[] = [subPca, poly, kmeans, spectralResidual, discord]
