/** Reads QR codes from the phone's camera. Loaded only when the scanner opens. */

export interface Watcher {
  /** A code was read: 'taken' ends the watching. */
  onText(text: string): 'taken' | 'refused'
  onReady(): void
}

export type CameraFailure = 'cameraInsecure' | 'cameraMissing' | 'cameraDenied'

type Reader = (video: HTMLVideoElement) => Promise<string | null>

interface NativeDetector {
  detect(source: CanvasImageSource): Promise<readonly { rawValue: string }[]>
}
interface NativeDetectorClass {
  new (options: { formats: string[] }): NativeDetector
  getSupportedFormats(): Promise<string[]>
}

declare global {
  /** Shape Detection API; not in every browser, and not yet in TypeScript's own list. */
  var BarcodeDetector: NativeDetectorClass | undefined
}

const LOOK_PAUSE_MS = 120
/** Enough for a QR of version 12 across half of the picture, and quick on an old phone. */
const PICTURE_SIDE_MAX_PX = 720

/**
 * Shows the camera in `video` and looks for codes until one is taken or `signal` is aborted. Returns why there
 * is no camera, or null once it has ended.
 */
export async function watch(
  video: HTMLVideoElement,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<CameraFailure | null> {
  if (!isSecureContext || navigator.mediaDevices === undefined) return 'cameraInsecure'
  const [stream, reader] = await Promise.all([openCamera(), makeReader()])
  if (typeof stream === 'string') return stream
  try {
    if (signal.aborted) return null
    video.srcObject = stream
    await video.play()
    watcher.onReady()
    while (!signal.aborted) {
      const text = await reader(video).catch(() => null)
      if (text !== null && !signal.aborted && watcher.onText(text) === 'taken') return null
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS))
    }
    return null
  } finally {
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
}

async function openCamera(): Promise<MediaStream | CameraFailure> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: { ideal: 1280 } },
      audio: false,
    })
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    return name === 'NotAllowedError' || name === 'SecurityError' ? 'cameraDenied' : 'cameraMissing'
  }
}

/** The browser's own detector where it has one, else jsQR, loaded for it. */
async function makeReader(): Promise<Reader> {
  const native = globalThis.BarcodeDetector
  const formats = (await native?.getSupportedFormats().catch(() => null)) ?? []
  if (native !== undefined && formats.includes('qr_code')) {
    const detector = new native({ formats: ['qr_code'] })
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null
  }
  const jsQR = await loadJsQR()
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  return async (video) => {
    const scale = Math.min(1, PICTURE_SIDE_MAX_PX / Math.max(video.videoWidth, video.videoHeight))
    canvas.width = Math.round(video.videoWidth * scale)
    canvas.height = Math.round(video.videoHeight * scale)
    if (context === null || canvas.width === 0 || canvas.height === 0) return null
    context.drawImage(video, 0, 0, canvas.width, canvas.height)
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height)
    return jsQR(data, width, height, { inversionAttempts: 'attemptBoth' })?.data ?? null
  }
}

type JsQR = typeof import('jsqr').default

/** jsQR is CommonJS: bundlers and TypeScript disagree on which `default` is the function. */
async function loadJsQR(): Promise<JsQR> {
  const { default: outer }: { default: JsQR | { default: JsQR } } = await import('jsqr')
  return typeof outer === 'function' ? outer : outer.default
}
