import { defineWorld } from './world.ts'

/** The world's transfer as a file, for worker threads; its places come from the environment. */
export default defineWorld(process.env.FERRY_WORLD_SNAPSHOT ?? '', process.env.FERRY_WORLD_FOLDER ?? '')
