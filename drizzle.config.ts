import { defineConfig } from 'drizzle-kit'

/** `npm run migration -- --name WHAT` writes the next file of schema/migrations from the tables. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './schema/tables.ts',
  out: './schema/migrations',
})
