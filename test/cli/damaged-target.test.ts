import { closeSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { expect } from 'chai'
import { type CliProject, createCliProject } from '../support/cli-project.ts'

const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  cut: (file) => truncateSync(file, 5_000),
  'no database any more': (file) => writeFileSync(file, 'hello\n'),
  'overwritten in the middle': (file) => {
    const opened = openSync(file, 'r+')
    writeSync(opened, Buffer.alloc(16 * 4096, 0xa5), 0, undefined, 4096)
    closeSync(opened)
  },
  gone: (file) => rmSync(file),
}

describe('ferry backup restore, of a target that is damaged', () => {
  let project: CliProject
  afterEach(() => {
    project.drop()
  })

  for (const [what, damage] of Object.entries(DAMAGES)) {
    it(`${what}: says so, and puts the backup back; the run then goes on`, async () => {
      project = createCliProject({ people: 200 })
      // a process of its own, which is gone when its run comes back out of the backup
      expect((await project.ferry('transfer')).exitCode).to.equal(0)
      damage(project.database)
      const { exitCode, stderr } = await project.call('status')
      expect(exitCode).to.equal(1)
      if (what !== 'gone') expect(stderr).to.match(/FERRY_TARGET_DAMAGED[\s\S]*ferry backup restore/)
      expect(JSON.parse((await project.call('backup', 'list', '--json')).stdout)).to.have.length(1)
      const restored = await project.call('backup', 'restore', '--yes')
      expect(restored.exitCode, restored.stderr).to.equal(0)
      expect(project.ask('pragma integrity_check')).to.equal('ok')
      expect(project.ask('select count(*) from people')).to.equal(0)
      expect((await project.call('resume')).exitCode).to.equal(0)
      expect(project.ask('select count(*) from people')).to.equal(200)
    })
  }
})
