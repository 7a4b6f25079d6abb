#!/bin/sh
# Makes the folders that the shop needs.
set -eu
mkdir -p "${INSTANCE_ROOT:-/}/run" "${INSTANCE_ROOT:-/}/var/www"
