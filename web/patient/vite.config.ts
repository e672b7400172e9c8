// Builds the patient app into web/patient/dist, which the HTTP door serves under /app/.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/app/',
  build: { outDir: 'dist', emptyOutDir: true, target: ['es2022', 'chrome111', 'safari16', 'firefox115'], modulePreload: { polyfill: false } },
})
