// Reads the QR code of the activation sheet with the phone's own camera, inside the app. Pictures stay in the page.

import { useEffect, useRef, useState } from 'preact/hooks'
import { decodeQR } from 'qr/decode.js'
import { useRestWords } from '../words/words.ts'
import { Notice, Page } from './page.tsx'

/** A picture is looked at so often, in milliseconds: quick enough for a hand, slow enough for a cheap phone. */
const lookEveryMs = 250
/** Longest side of the picture that is looked at, in pixels. */
const longest = 640

/** `onFound` gets the text of the code, or null where the patient went back. */
export default function Scanner({ onFound }: { onFound: (text: string | null) => void }) {
  const t = useRestWords()
  const video = useRef<HTMLVideoElement>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    const ends = new AbortController()
    scan(video.current!, ends.signal).then(
      (text) => {
        if (text !== null) onFound(text)
      },
      () => setFailed(true),
    )
    return () => ends.abort()
  }, [])
  return (
    <Page title={t.scan} lead={failed ? undefined : t.scanText} back={() => onFound(null)}>
      {failed ? (
        <Notice>{t.scanNoCamera}</Notice>
      ) : (
        <video ref={video} class="camera" muted playsInline tabIndex={-1} />
      )}
    </Page>
  )
}

/** Resolves with the first code seen, or null when it was ended; rejects where there is no camera or no leave to use it. */
async function scan(video: HTMLVideoElement, ended: AbortSignal): Promise<string | null> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment' },
    audio: false,
  })
  try {
    video.srcObject = stream
    await video.play()
    const canvas = document.createElement('canvas')
    while (!ended.aborted) {
      const text = codeOf(video, canvas)
      if (text !== null) return text
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
    return null
  } finally {
    for (const track of stream.getTracks()) track.stop()
  }
}

function codeOf(video: HTMLVideoElement, canvas: HTMLCanvasElement): string | null {
  const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight, 1))
  canvas.width = Math.round(video.videoWidth * scale)
  canvas.height = Math.round(video.videoHeight * scale)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null || canvas.width === 0) return null
  context.drawImage(video, 0, 0, canvas.width, canvas.height)
  try {
    return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height))
  } catch {
    // No code in this picture.
    return null
  }
}
