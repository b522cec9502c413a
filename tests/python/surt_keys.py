"""Prints the SURT key of each URL given, as the Internet Archive's library makes it."""

import sys

import surt

for url in sys.argv[1:]:
    print(surt.surt(url))
