#!/bin/sh
rm -rf dist coverage .next
find . -name "*.log" -delete
