import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:4400'
const zodWithoutEval = fileURLToPath(new URL('src/zod-without-eval.ts', import.meta.url))

export default defineConfig({
  plugins: [react()],
  resolve: { alias: [{ find: /^zod$/, replacement: zodWithoutEval }] },
  // The server's policy lets no inline script run; assets stay files of their own.
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The plots are a chunk of their own, asked for by the pages that have one.
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': server } },
})
