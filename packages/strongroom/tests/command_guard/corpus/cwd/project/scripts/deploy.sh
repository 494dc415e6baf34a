#!/bin/sh
set -e
npm ci
npm run build
rsync -av dist/ deploy@web1:/var/www/site/
