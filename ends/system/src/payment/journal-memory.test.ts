import { journalSuite } from './journal.suite.ts'
import { MemoryJournal } from './journal-memory.ts'

journalSuite('in memory', async () => new MemoryJournal())
