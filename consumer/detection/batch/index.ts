/** The detectors that look at a whole series at once. */
import type { BatchDetector } from '../detector.ts'
import { discord } from './discord.ts'
import { esd } from './esd.ts'
import { kmeans } from './kmeans.ts'
import { mad } from './mad.ts'
import { poly } from './poly.ts'
import { spectralResidual } from './spectral-residual.ts'
import { subPca } from './sub-pca.ts'

export const batch: readonly BatchDetector[] = [subPca, kmeans, poly, spectralResidual, discord, mad, esd]
