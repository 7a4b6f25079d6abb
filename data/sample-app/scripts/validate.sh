#!/bin/sh
# A deployment is only well when the page is there and tells the version that was installed.
set -eu
version=$(cat "${INSTANCE_ROOT:-/}/run/shop.serving")
grep -q "Version $version" "${INSTANCE_ROOT:-/}/var/www/shop/index.html"
echo "The page tells version $version."
