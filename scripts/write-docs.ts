import { readFileSync, writeFileSync } from 'node:fs'
import { GENERATED_PARTS, replacePart } from './generated-docs.ts'

/** `npm run docs`: writes the parts of the docs that come from the code. */
for (const { page, name, render } of GENERATED_PARTS) {
  writeFileSync(page, replacePart(readFileSync(page, 'utf8'), name, await render()))
}
