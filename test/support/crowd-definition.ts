import { defineCrowd } from './crowd.ts'

/** The crowd's transfer as a file, for worker threads; its places come from the environment. */
export default defineCrowd(process.env.FERRY_CROWD_SOURCE ?? '', process.env.FERRY_CROWD_FOLDER ?? '')
