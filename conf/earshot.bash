# SPDX-License-Identifier: ISC
# Completion for bash: earshot(1) is asked what may stand next. What it does not
# know, such as files, bash completes by itself.
_earshot()
{
	mapfile -t COMPREPLY < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _earshot earshot
