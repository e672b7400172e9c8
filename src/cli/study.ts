// `levee study …`: study files before they are published, published versions, and which site holds which of them.
import type { Command } from 'commander'
import { checkCommand } from './study-check.ts'
import { diffCommand } from './study-diff.ts'
import { placeCommand } from './study-place.ts'
import { adoptCommand, publishCommand } from './study-publish.ts'
import { recomputeCommand } from './study-recompute.ts'
import { scheduleCommand } from './study-schedule.ts'
import { listCommand, showCommand } from './study-show.ts'
import { simulateCommand } from './study-simulate.ts'

export function studyCommand(program: Command): void {
  const study = program
    .command('study')
    .description('studies as files and as published versions')
    .addHelpText(
      'after',
      `
Examples:
  levee study check studies/morning-301                                   before anything is published
  levee study publish studies/morning-301 --reason "protocol 1.0"
  levee study diff MORNING-301@1 studies/morning-301                      what an amendment changes, and for whom
  levee study adopt 2 --site 101 --from 2026-12-01 --reason "amendment 1"

How to write a study: docs/study-package.md`,
    )
  checkCommand(study)
  diffCommand(study)
  simulateCommand(study)
  publishCommand(study)
  adoptCommand(study)
  recomputeCommand(study)
  listCommand(study)
  showCommand(study)
  scheduleCommand(study)
  placeCommand(study)
}
