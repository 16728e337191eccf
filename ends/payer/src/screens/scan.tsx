import type { App } from '../app.ts'
import { takeScanned } from '../flow-visit.ts'
import type { ScanState } from '../model.ts'
import { Act, type InApp, Mark, Title } from './parts.tsx'

/** The camera inside the page, for people whose camera app does not read codes. */
export function Scan({ app, state }: InApp & { state: ScanState }) {
  const { speech } = app.model
  if (state.kind === 'foreign') return <Foreign app={app} host={state.host} />
  if (state.kind === 'no-camera') {
    return (
      <div class="body" data-testid="screen-scan" data-camera={state.why}>
        <Title>{speech.say('scanTitle')}</Title>
        <p class="lead">{speech.say(state.why)}</p>
      </div>
    )
  }
  const text = { starting: 'scanStarting', looking: 'scanText', other: 'scanOther' } as const
  return (
    <div class="body" data-testid="screen-scan" data-camera={state.kind}>
      <Title>{speech.say('scanTitle')}</Title>
      <div class="camera">
        <video playsInline muted aria-hidden="true" ref={cameraRef(app)} data-testid="camera" />
      </div>
      <p class="lead" role="status" data-testid="scan-text">
        {speech.say(text[state.kind])}
      </p>
    </div>
  )
}

function Foreign({ app, host }: InApp & { host: string }) {
  const { speech } = app.model
  return (
    <>
      <div class="body result stop" data-testid="screen-scan-foreign">
        <Mark tone="stop" />
        <Title>{speech.say('scanForeignTitle')}</Title>
        <p class="lead">{speech.say('scanForeignText', { host, own: location.host })}</p>
      </div>
      <div class="acts">
        <Act
          app={app}
          label={speech.say('scanAgain')}
          testid="scan"
          onAct={() => app.set({ page: { kind: 'scan', state: { kind: 'starting' } } })}
        />
      </div>
    </>
  )
}

let watching: { video: HTMLVideoElement; end: AbortController } | null = null

let cameraRefs: { app: App; ref: (video: HTMLVideoElement | null) => void } | null = null

/** The same function at every painting: another one would stop the camera and start it again. */
function cameraRef(app: App): (video: HTMLVideoElement | null) => void {
  if (cameraRefs?.app !== app) cameraRefs = { app, ref: (video) => watchIn(app, video) }
  return cameraRefs.ref
}

/** The camera runs exactly as long as its picture is on the page. */
function watchIn(app: App, video: HTMLVideoElement | null): void {
  if (video === null) {
    watching?.end.abort()
    watching = null
    return
  }
  if (watching?.video === video) return
  watching?.end.abort()
  watching = { video, end: new AbortController() }
  void startCamera(app, video, watching.end.signal)
}

async function startCamera(app: App, video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  const { watch } = await import('../scan/camera.ts')
  const failure = await watch(
    video,
    {
      onText: (text) => takeScanned(app, text),
      onReady: () => app.set({ page: { kind: 'scan', state: { kind: 'looking' } } }),
    },
    signal,
  )
  if (failure !== null && !signal.aborted)
    app.set({ page: { kind: 'scan', state: { kind: 'no-camera', why: failure } } })
}
