import { defineLinks } from './links-transfer.ts'

/** That transfer as a file, for worker threads; its folder comes from the environment. */
export default defineLinks(process.env.FERRY_LINKS_FOLDER ?? '')
