import { describeMatrix } from './matrix.ts'

await describeMatrix(true)
