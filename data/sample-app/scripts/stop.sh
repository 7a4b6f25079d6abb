#!/bin/sh
# Takes the shop out of service. CodeDeploy runs the script of the version that is installed, not of the new one.
set -eu
rm -f "${INSTANCE_ROOT:-/}/run/shop.serving"
echo "The shop is closed."
