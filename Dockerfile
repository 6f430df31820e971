# Node 24: Node 20, which the project still supports, is past its end of life. Pinned: the same sources, the same image.
ARG BASE=node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM ${BASE}
# npm starts the commands of the README, and has nothing to write for that.
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data \
  NPM_CONFIG_CACHE=/tmp/npm NPM_CONFIG_LOGS_MAX=0 NPM_CONFIG_UPDATE_NOTIFIER=false
WORKDIR /app
COPY --from=build /app/package.json /app/run.js ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN mkdir /data /sauvegardes && chown node:node /data /sauvegardes
USER node
VOLUME /data
EXPOSE 3000
# Alive is enough here: an orchestrator kills what is not, and no restart brings a database back.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health/live').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server/main.js"]
