#!/bin/sh
# Everything a change must pass, cheap first; ends with the closing lines of node's own test runner.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH"
export PATH
echo '== format and lint'; biome ci .
echo '== types'; tsc -p tsconfig.json; tsc -p src/study/tsconfig.json; tsc -p web/patient/tsconfig.json; tsc -p web/patient/tsconfig.tests.json; tsc -p web/patient/src/sw/tsconfig.json; tsc -p tests/browser/tsconfig.json
echo '== contract'; buf lint contract
echo '== patient app'; node tools/build-web.ts
echo '== tests'
exec node --test --test-concurrency=2 "src/**/*.test.ts" "web/patient/src/**/*.test.ts" "tests/**/*.test.ts"
