// Which figures of the parts become which metrics.
import type { DoorFigures } from './api/door-figures.ts'
import type { LedgerView } from './api/ledger.ts'
import type { Devices } from './identity/devices.ts'
import type { Journal } from './intake/journal.ts'
import type { Trial } from './processing/trial.ts'
import type { ClaimStore } from './sending/claim-store.ts'
import type { Sender } from './sending/sender.ts'
import type { Later } from './storage/later.ts'
import type { MetricSources } from './system/metrics.ts'

type Sources = {
  doors: DoorFigures
  journal: Journal
  trial: Trial
  devices: Devices
  ledger: () => Later<LedgerView>
  messages: ClaimStore
  /** Of all studies together. */
  signatures: () => Later<Readonly<Record<'waiting' | 'verified' | 'failed', number>>>
  sending: Sender | undefined
}

/** Everything /metrics shows. */
export function metricSources(sources: Sources): MetricSources {
  const { doors, trial, ledger, signatures } = sources
  const ledgerGauge = (
    help: string,
    member: 'received' | 'applied' | 'quarantined' | 'waiting' | 'retrying' | 'dead' | 'declared',
  ) => ({
    help,
    label: 'study',
    read: async () => (await ledger()).studies.map((s) => [s.studyId, s[member]] as const),
  })
  return {
    gauges: { ...gauges(sources), ...sendingGauges(sources) },
    labelled: {
      levee_problems_total: { help: 'Problems answered, by code', label: 'code', read: () => doors.problems },
      levee_ledger_received: ledgerGauge('Entries in the journal', 'received'),
      levee_ledger_applied: ledgerGauge('Entries that are responses', 'applied'),
      levee_ledger_quarantined: ledgerGauge('Entries waiting for a named person', 'quarantined'),
      levee_ledger_waiting: ledgerGauge('Entries not taken yet', 'waiting'),
      levee_ledger_retrying: ledgerGauge('Entries to be tried again', 'retrying'),
      levee_ledger_dead: ledgerGauge('Dead letters', 'dead'),
      levee_ledger_declared: ledgerGauge('Entries that devices hold and that have not arrived', 'declared'),
      levee_signatures: {
        help: 'Signatures of devices, by what is known of them',
        label: 'state',
        read: async () => Object.entries(await signatures()),
      },
    },
    histograms: {
      levee_ack_seconds: { help: 'Request head to acknowledgement', read: () => doors.acknowledged.counts() },
      levee_applied_lag_seconds: { help: 'Receipt to commit of the effect', read: () => trial.figures().lag },
    },
  }
}

/** Single numbers; `_total` ones count since the start. */
function gauges({ doors, journal, trial, devices, ledger }: Sources): MetricSources['gauges'] {
  return {
    levee_received_total: {
      help: 'Submissions acknowledged for the first time since the start',
      read: () => doors.received,
    },
    levee_duplicates_total: {
      help: 'Acknowledgements of submissions kept before',
      read: () => doors.duplicates,
    },
    levee_journal_position: {
      help: 'Last position of the journal',
      read: () => journal.figures().position,
    },
    levee_journal_waiting: {
      help: 'Submissions waiting for the disk',
      read: () => journal.figures().waiting,
    },
    levee_journal_commits_total: {
      help: 'Group commits since the start',
      read: () => journal.figures().commits,
    },
    levee_processing_position: {
      help: 'Last position processing has taken',
      read: () => trial.figures().position,
    },
    levee_processing_restarts_total: {
      help: 'Restarts of the processing thread',
      read: () => trial.figures().restarts,
    },
    levee_processing_backlog: {
      help: 'Entries not taken yet',
      read: () => Math.max(0, journal.figures().position - trial.figures().position),
    },
    levee_closed_lanes: {
      help: 'Occasions that wait for a retry',
      read: () => trial.figures().closedLanes,
    },
    levee_devices: { help: 'Devices in good standing', read: () => devices.size },
    levee_ledger_balanced: {
      help: '1 while every entry is accounted for',
      read: async () => ((await ledger()).balanced ? 1 : 0),
    },
  }
}

/** What waits for delivery in the installation, and what this node delivered. */
function sendingGauges({ messages, sending }: Sources): MetricSources['gauges'] {
  return {
    levee_outbox_open: {
      help: 'Messages not sent yet',
      read: async () => (await messages.figures()).open,
    },
    levee_outbox_oldest_seconds: {
      help: 'Age of the oldest message not sent yet',
      read: async () => {
        const { oldestOpenAt } = await messages.figures()
        return oldestOpenAt === undefined ? 0 : (Date.now() - oldestOpenAt) / 1000
      },
    },
    levee_outbox_given_up: {
      help: 'Messages that were given up',
      read: async () => (await messages.figures()).givenUp,
    },
    levee_webhook_sent_total: {
      help: 'Messages delivered since the start',
      read: () => sending?.figures().sent ?? 0,
    },
    levee_webhook_failed_total: {
      help: 'Attempts to deliver that failed since the start',
      read: () => sending?.figures().failed ?? 0,
    },
  }
}
