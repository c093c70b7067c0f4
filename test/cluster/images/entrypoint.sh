#!/bin/sh
# The entry point that the Dockerfile gives the image.
exec node --disable-warning=TimeoutNegativeWarning "$@"
