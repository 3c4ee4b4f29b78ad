import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { type CliProject, createCliProject, FERRY } from '../support/cli-project.ts'
import { runProcess } from '../support/run-process.ts'

/** Resolves when the child has said something that matches; rejects when it ends before. */
function waitFor(child: ChildProcess, pattern: RegExp): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      if (pattern.test(said)) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.on('exit', (code) => reject(new Error(`ended with ${code} before it said ${pattern}:\n${said}`)))
  })
}

async function collect(child: ChildProcess): Promise<{ readonly exitCode: number | null; readonly said: string }> {
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, said }
}

const SLOW = ['transfer', '--no-backup', '--no-color', '--json', '--batch-rows', '20', '--throttle', '400']

describe('ferry, interrupted', () => {
  let project: CliProject
  beforeEach(() => {
    project = createCliProject({ people: 2000 })
  })
  afterEach(() => {
    project.drop()
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`stops after the batch on ${signal}, with exit code 130, and resume completes it`, async () => {
      const child = project.start(...SLOW)
      const ended = collect(child)
      await waitFor(child, /"batch:committed","step":1/)
      child.kill(signal)
      const { exitCode, said } = await ended
      expect(exitCode).to.equal(130)
      expect(said).to.match(/stopping after this batch/)
      const rows = Number(project.ask('select count(*) from people'))
      expect(rows).to.be.within(20, 1980)
      expect(rows % 20).to.equal(0)
      const resumed = await project.call('resume', '--throttle', '1000000')
      expect(resumed.exitCode).to.equal(0)
      expect(project.ask('select count(*) from people')).to.equal(2000)
    })
  }

  it('prints the command that goes on', async () => {
    const child = project.start(...SLOW.filter((word) => word !== '--json'))
    const ended = collect(child)
    await waitFor(child, /step \d.*: people/)
    child.kill('SIGINT')
    const { exitCode, said } = await ended
    expect(exitCode).to.equal(130)
    expect(said).to.match(/ferry resume --run \S+/)
  })

  it('does not speak of resume where it was stopped in preflight: the same command starts anew', async () => {
    const large = createCliProject({ people: 30_000 }) // preflight reads them all, which takes a while
    try {
      const child = large.start('transfer', '--no-backup', '--no-color', '--json')
      const ended = collect(child)
      await waitFor(child, /"phase:started","phase":"preflight"/)
      child.kill('SIGINT')
      const { exitCode, said } = await ended
      expect(exitCode).to.equal(130)
      expect(said).to.contain('FERRY_RUN_INTERRUPTED').and.contain('type the same command again').and.not.contain('ferry resume')
      expect(large.ask("select count(*) from sqlite_master where name like 'ferry%'")).to.equal(0)
      expect((await large.call('transfer', '--no-backup')).exitCode).to.equal(0)
    } finally {
      large.drop()
    }
  })

  it('ends at once on a second Ctrl-C, and is resumable all the same', async () => {
    const child = project.start(...SLOW)
    const ended = collect(child)
    await waitFor(child, /"batch:committed","step":1/)
    child.kill('SIGINT')
    await waitFor(child, /stopping after this batch/)
    child.kill('SIGINT')
    expect((await ended).exitCode).to.equal(130)
    expect((await project.call('resume', '--throttle', '1000000')).exitCode).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(2000)
  })

  it('is paused from another terminal and goes on later', async () => {
    const child = project.start(...SLOW)
    const ended = collect(child)
    await waitFor(child, /"batch:committed","step":1/)
    const asked = await project.call('pause')
    expect(asked.exitCode).to.equal(0)
    expect(asked.stdout).to.match(/asked to pause/)
    expect((await ended).exitCode).to.equal(0)
    expect((await project.call('status')).stdout).to.match(/^staff: paused/m)
    expect((await project.call('resume', '--throttle', '1000000')).exitCode).to.equal(0)
  })

  it('refuses a second owner by name, exit code 5', async () => {
    const child = project.start(...SLOW)
    const ended = collect(child)
    await waitFor(child, /"batch:committed","step":1/)
    const second = await project.ferry('resume')
    expect(second.exitCode).to.equal(5)
    expect(second.stderr).to.contain('FERRY_RUN_OWNED').and.contain(String(child.pid))
    child.kill('SIGKILL')
    await ended
    const status = await project.call('status')
    expect(status.stdout, status.stderr).to.match(/interrupted/)
  })

  it('does not crash when its reader goes away', async () => {
    const piped = await runProcess('/bin/bash', ['-c', `set -o pipefail; "${process.execPath}" "${FERRY}" plan | head -n 1`], {
      cwd: project.folder,
    })
    expect(piped.stderr).to.not.match(/EPIPE|Error/)
    expect(piped.exitCode).to.equal(0)
    const moved = await runProcess('/bin/bash', ['-c', `"${process.execPath}" "${FERRY}" transfer --no-backup --json | head -n 1`], {
      cwd: project.folder,
    })
    expect(moved.stderr).to.not.match(/EPIPE/)
    expect(project.ask('select count(*) from people')).to.equal(2000)
  })
})
