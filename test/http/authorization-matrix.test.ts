import { describeMatrix } from './authorization/matrix.ts'

await describeMatrix(false)
