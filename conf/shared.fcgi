#!/bin/sh
# SPDX-License-Identifier: ISC
# Earshot on shared hosting: one copy of this script per program, named TYPE.fcgi, is
# what the web server runs. Hosts that run programs as their owner (suexec) empty the
# environment, so the store is named here. install-web writes the copies with the
# right paths.
EARSHOT_HOME='/home/you/earshot/store'
export EARSHOT_HOME
umask 077
exec '/home/you/earshot/bin'/"${0##*/}"
