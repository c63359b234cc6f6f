import { defineConfig } from 'vite';

export default defineConfig({
  logLevel: 'error', // packages' "use client" lines would fill pages
  // Some packages below @grafana/ui look at process.env, which a browser does not have.
  define: { 'process.env': '{}' },
  build: { chunkSizeWarningLimit: 20000, sourcemap: false },
});
