#!/bin/sh
# Puts the shop into service. On a real instance this would start the web server.
set -eu
cp "${INSTANCE_ROOT:-/}/var/www/shop/version.txt" "${INSTANCE_ROOT:-/}/run/shop.serving"
echo "The shop is open, with version $(cat "${INSTANCE_ROOT:-/}/run/shop.serving")."
