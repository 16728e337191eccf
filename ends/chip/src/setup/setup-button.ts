import process from 'node:process'

/**
 * The chip's own set-up button, held for five seconds: whatever watches the pin (on Linux a daemon for input events)
 * sends the process SIGUSR2. It is not the machine's front button, which payers press. Gives the way to stop listening.
 */
export function onSetupButton(held: () => void): () => void {
  process.on('SIGUSR2', held)
  return () => process.off('SIGUSR2', held)
}
