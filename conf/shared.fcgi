#!/bin/sh
# SPDX-License-Identifier: ISC
# Earshot on shared hosting: one copy of this script per listener type, named
# macro.fcgi, comment.fcgi and so on, is what the web server runs. Hosts that run
# programs as their owner (suexec) empty the environment, so the store is named
# here. make install-user writes the copies with the right paths.
EARSHOT_HOME='/home/you/earshot/store'
export EARSHOT_HOME
umask 077
exec '/home/you/earshot/bin'/"${0##*/}"
