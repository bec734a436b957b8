#!/bin/sh
# Makes every PNG in this folder from its SVG source. Needs rsvg-convert (Debian: librsvg2-bin).
set -eu
cd "$(dirname "$0")"

app() { rsvg-convert --width "$1" --height "$1" --output "$2" app.svg; }
app 32 32x32.png
app 128 128x128.png
app 256 128x128@2x.png
app 512 icon.png

for source in tray-*.svg; do
    rsvg-convert --width 32 --height 32 --output "${source%.svg}.png" "$source"
done
