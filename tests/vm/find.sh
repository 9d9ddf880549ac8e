#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# runtime/find with four cards, of which some may not be opened or have no node.
set -u

cd "$(dirname "$0")/../.."
exec tools/vm/pinion-vm --cards 4 -- build/tests/runtime/find
